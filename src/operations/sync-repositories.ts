/** Operations: several repositories at once; one that fails does not stop the others. */
import type { App } from '../core/app.js';
import type { RepositorySettings } from '../core/settings.js';
import type { SyncOutcome } from './results.js';
import type { SyncOptions } from './sync-repository.js';

export async function syncRepositories(_app: App, _repositories: readonly RepositorySettings[], _options: SyncOptions, _workers: number, _signal?: AbortSignal): Promise<readonly SyncOutcome[]> {
  throw new Error('not written yet');
}
