import { z } from 'zod';

/** What an install link of a server can say: how it is started or where it is, and which values it needs. */
export const LinkedServer = z.strictObject({
  command: z.string().optional(),
  args: z.array(z.string()),
  env: z.record(z.string(), z.string()),
  url: z.string().optional(),
  headers: z.record(z.string(), z.string()),
});
export type LinkedServer = z.infer<typeof LinkedServer>;

/** A server that somebody offers by a link, for a person to look at. Nothing is started or kept by reading it. */
export const OfferedServer = z.object({
  name: z.string(),
  server: LinkedServer,
  /** Exactly what would be started or called; values of variables and headers are left out. */
  shown: z.string(),
  /** What a person should know before saying yes. */
  warnings: z.array(z.string()),
  /** Why a node would not start it as it is. */
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type OfferedServer = z.infer<typeof OfferedServer>;

export const installPlace = 'install-server';

/** Longer links are refused: systems cut them, and nobody can look through them. */
export const longestInstallLink = 8_000;

/** The link of a server. Values that are given stand in it for everybody to read. */
export function installLink(name: string, { command, args, env, url, headers }: LinkedServer): string {
  const config = {
    ...(command === undefined ? {} : { command, args }),
    ...(url === undefined ? {} : { url }),
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(config));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return `agentruntime://${installPlace}?${new URLSearchParams({ name, config: base64 })}`;
}
