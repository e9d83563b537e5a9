/** Core: a place in a document of keys and lists, and how it is written for people. Pure. */

/** Keys and list indices. */
export type KeyPath = readonly (string | number)[];

/** Dotted: `rpm.gpgkey_url.0` → `rpm.gpgkey_url[0]`. */
export function formatKey(path: KeyPath): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`)).join('');
}
