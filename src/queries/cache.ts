/** Queries: what the HTTP cache holds. */

import type { App, CachedDocument } from '../core/app.js';

/** By URL. */
export async function showCache(app: App): Promise<readonly CachedDocument[]> {
  return [...await app.listCache()].sort((a, b) => (a.url < b.url ? -1 : 1));
}
