/** Variables by name, as programs get them. */
export type Environment = Record<string, string | undefined>;
