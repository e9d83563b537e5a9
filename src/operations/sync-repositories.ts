/** Operations: several repositories at once; one that fails does not stop the others. */

import pLimit from 'p-limit';
import type { App } from '../core/app.js';
import { isChantalError } from '../core/errors.js';
import type { RepositorySettings } from '../core/settings.js';
import type { SyncOutcome } from './results.js';
import type { SyncOptions } from './sync-options.js';
import { syncRepository } from './sync-repository.js';

/** Outcomes in the order of `repositories`. A cancelled run starts no further one. */
export async function syncRepositories(
  app: App, repositories: readonly RepositorySettings[], options: SyncOptions, workers: number, signal?: AbortSignal,
): Promise<readonly SyncOutcome[]> {
  const limit = pLimit(workers);
  return Promise.all(repositories.map(async (repository) => limit(async () => syncOne(app, repository, options, signal))));
}

async function syncOne(app: App, repository: RepositorySettings, options: SyncOptions, signal?: AbortSignal): Promise<SyncOutcome> {
  const { name } = repository;
  try {
    signal?.throwIfAborted();
    return { repository: name, result: await syncRepository(app, repository, options, signal) };
  } catch (error) {
    if (!isChantalError(error)) app.reporter.log('DEBUG', `${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return { repository: name, error };
  }
}
