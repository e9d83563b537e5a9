/** Serve: values of ours → keys as JSON APIs write them: `sizeBytes` → `size_bytes`, and `isX`, `hasX` → `x`. Pure. */

/** Keys of records that are data themselves (attributes) stay as they are. */
export function toWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [wireKey(key), key === 'attributes' ? inner : toWire(inner)]));
}

function wireKey(key: string): string {
  const bare = /^(?:is|has)([A-Z].*)$/.exec(key)?.[1] ?? key;
  return bare.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}
