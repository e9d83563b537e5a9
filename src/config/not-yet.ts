/** Config: keys that the contract names and this release does nothing with. They are refused by name: no key is silently ignored. */

const later: Readonly<Record<string, readonly string[]>> = {
  global: [],
  repository: ['signing'],
};

/** @param key dotted, as the user wrote it; an entry that ends in a dot stands for every key below it */
export function comesLater(scope: 'global' | 'repository', key: string): boolean {
  return (later[scope] ?? []).some((entry) => (entry.endsWith('.') ? key.startsWith(entry) : key === entry));
}
