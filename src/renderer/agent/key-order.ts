const names = new Intl.Collator('en', { numeric: true });

/** Keys as people look for them: by name, and numbers in them as numbers. */
export function inOrder<T extends { key: string }>(values: readonly T[]): T[] {
  return values.toSorted((a, b) => names.compare(a.key, b.key));
}
