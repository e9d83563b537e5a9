/** Operations: forget the validators, so that the next sync asks upstream unconditionally. Bodies stay in the pool. */

import type { App } from '../core/app.js';
import type { RepositorySettings } from '../core/settings.js';

export interface ClearCacheResult {
  /** The one that was asked for; without: all. */
  readonly repository?: string;
  readonly removed: number;
}

export async function clearCache(app: App, repository: RepositorySettings | undefined): Promise<ClearCacheResult> {
  const removed = await (repository === undefined ? app.clearCache() : app.clearCache(repository));
  await app.store.recordAudit({ event: 'cache.cleared', resource: repository?.name ?? 'cache', changes: [`documents.removed:${removed}`] });
  return { ...(repository === undefined ? {} : { repository: repository.name }), removed };
}
