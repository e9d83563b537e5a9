/** Operations: how a sync went, for the history and for those who count. A dry run is none. */

import type { App } from '../../core/app.js';
import type { TransferReport } from '../../core/ports.js';
import type { SyncRun } from '../../core/service-store.js';
import type { SyncResult } from '../results.js';

/** What a run that never came to its upstream has transferred. */
const nothing = { downloadedBytes: 0, requests: 0, cacheHits: 0, cacheMisses: 0 };

type Outcome = { readonly result: SyncResult } | { readonly error: { readonly code: string; readonly message: string } };

/** That it cannot be written does not undo what the sync has done, nor hide why it failed. */
export async function recordRun(
  app: App, repository: string, startedAt: string, outcome: Outcome, report: Readonly<TransferReport> | undefined,
): Promise<void> {
  const { downloadedBytes, requests, cacheHits, cacheMisses } = report ?? nothing;
  const run: SyncRun = {
    repository, startedAt, finishedAt: app.clock.now().toISOString(), downloadedBytes, requests, ...describe(outcome),
  };
  await app.store.recordRun(run, { hits: cacheHits, misses: cacheMisses })
    .catch((failure: unknown) => app.reporter.log('WARN', `${repository}: the run could not be recorded`, { error: String(failure) }));
}

function describe(outcome: Outcome): Pick<SyncRun, 'result' | 'version' | 'added' | 'removed' | 'error'> {
  if ('error' in outcome) return { result: 'failed', version: 0, added: 0, removed: 0, error: outcome.error };
  const { outcome: result, version, added, removed } = outcome.result;
  if (result === 'planned') throw new Error('a dry run is no run');
  return { result, version, added: added.packages, removed: removed.packages };
}
