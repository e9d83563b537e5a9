/** Config: merges the values of several files deeply. Pure. */

/** Maps are merged key by key; anything else, lists too, is replaced by the later one. */
export function mergeDeep(earlier: unknown, later: unknown): unknown {
  if (!isRecord(earlier) || !isRecord(later)) return later === undefined ? earlier : later;
  const keys = new Set([...Object.keys(earlier), ...Object.keys(later)]);
  return Object.fromEntries([...keys].map((key) => [key, mergeDeep(earlier[key], later[key])]));
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
