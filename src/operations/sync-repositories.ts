/** Operations: several repositories at once; one that fails does not stop the others. */

import pLimit from 'p-limit';
import type { App } from '../core/app.js';
import { isChantalError } from '../core/errors.js';
import type { RepositorySettings } from '../core/settings.js';
import { checkRepository } from './check-repository.js';
import type { CheckResult, Outcome, SyncOutcome } from './results.js';
import type { SyncOptions } from './sync-options.js';
import { syncRepository } from './sync-repository.js';

/** Outcomes in the order of `repositories`. A cancelled run starts no further one. */
export async function syncRepositories(
  app: App, repositories: readonly RepositorySettings[], options: SyncOptions, workers: number, signal?: AbortSignal,
): Promise<readonly SyncOutcome[]> {
  return forEachRepository(app, repositories, workers, async (repository) => syncRepository(app, repository, options, signal), signal);
}

/** The same for what is only looked at. */
export async function checkRepositories(
  app: App, repositories: readonly RepositorySettings[], workers: number, signal?: AbortSignal,
): Promise<readonly Outcome<CheckResult>[]> {
  return forEachRepository(app, repositories, workers, async (repository) => checkRepository(app, repository, signal), signal);
}

async function forEachRepository<Result>(
  app: App, repositories: readonly RepositorySettings[], workers: number, work: (repository: RepositorySettings) => Promise<Result>, signal?: AbortSignal,
): Promise<readonly Outcome<Result>[]> {
  const limit = pLimit(workers);
  return Promise.all(repositories.map(async (repository) => limit(async (): Promise<Outcome<Result>> => {
    const { name } = repository;
    try {
      signal?.throwIfAborted();
      return { repository: name, result: await work(repository) };
    } catch (error) {
      if (!isChantalError(error)) app.reporter.log('DEBUG', `${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return { repository: name, error };
    }
  })));
}
