/** Operations: what is new upstream: a sync's own look at it, without what follows. */

import type { App } from '../core/app.js';
import type { RepositorySettings } from '../core/settings.js';
import type { CheckResult } from './results.js';
import { syncRepository } from './sync-repository.js';

/**
 * Reads metadata only, and records and publishes nothing. What it has fetched stays in the pool for the next sync; the
 * validators do not: a sync must see for itself what upstream has.
 */
export async function checkRepository(app: App, repository: RepositorySettings, signal?: AbortSignal): Promise<CheckResult> {
  const { plan, type, version, mode, total, download, warnings, unresolved, durationMs } = await syncRepository(app, repository, { isDryRun: true, isForced: false }, signal);
  if (plan === undefined) throw new Error('a dry run makes a plan');
  const { files, bytes } = download;
  return {
    repository: repository.name, type, ...plan, version, mode, total, download: { files, bytes },
    warnings, ...(unresolved === undefined ? {} : { unresolved }), durationMs,
  };
}
