/**
 * Formats, index: an addon as far as it says something of the addon. Each build of a catalog writes another `generated`, and its own version
 * and day into every addon's addresses and `lastUpdated`: between two real versions all 111 differ by that, and none by anything else.
 */

import type { Addon } from './parse-index.js';

/** JSON with sorted keys and a line break at its end: two addons are the same if and only if these bytes are. */
export function normalizeAddon(addon: Addon): Buffer {
  const { logo: _logo, docsUrl: _docsUrl, metadata: { lastUpdated: _lastUpdated, ...metadata }, ...rest } = addon;
  return Buffer.from(`${JSON.stringify(sortKeys({ ...rest, metadata }), undefined, 2)}\n`);
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sortKeys(item)]));
}
