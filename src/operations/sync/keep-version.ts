/** Operations: upstream is as it was. See to it that what we hold and show is whole, and put right what is not. */

import { noChanges } from '../../core/diff-versions.js';
import type { QuarantinedPackage } from '../../core/quarantine.js';
import type { Root, RepositoryVersion } from '../../core/repository.js';
import { isLatestSealed, isLatestWhole, publishLatest, sealLatest, type LatestRequest } from '../publish-latest.js';
import type { SyncResult } from '../results.js';
import { assertSpace, planFetch, runFetch, type FetchPlan } from './fetch-content.js';
import { lostTasks, type HeldContent } from './held-content.js';
import { commitCache, putSessionKeys, type SyncSession } from './session.js';
import { nothing, rootView, summarize, type Summary } from './sync-result.js';

/** Nothing was touched since all of it was last found whole, so there is nothing more to look at. undefined: there is. */
export async function confirmVersion(session: SyncSession, root: Root, version: RepositoryVersion): Promise<SyncResult | undefined> {
  const { app, repository, options, glance } = session;
  if (!(await isLatestSealed(app, { repository: repository.name, latestPath: repository.latestPath, version }, glance, options.isDryRun))) return undefined;
  const summary = { previous: version, version, added: nothing, removed: nothing, quarantined: [], warnings: root.warnings };
  if (options.isDryRun) return planned(session, { ...summary, planned: { files: 0, bytes: 0 } }, root, true);
  await conclude(session, version, []);
  return summarize(session, { ...summary, outcome: 'unchanged' });
}

/** @param told what else was found out about it on the way here */
export async function keepVersion(
  session: SyncSession, root: Root, version: RepositoryVersion, { content, lost }: HeldContent, told: Partial<Pick<Summary, 'quarantined' | 'warnings' | 'unresolved'>> = {},
): Promise<SyncResult> {
  const { app, repository, source, options } = session;
  const plan = await planFetch(source, lostTasks(content, lost));
  const summary = { previous: version, version, added: nothing, removed: nothing, quarantined: [], warnings: root.warnings, ...told };
  const request = { repository: repository.name, latestPath: repository.latestPath, version, content, isIncremental: false };
  if (options.isDryRun) return planned(session, { ...summary, planned: plan }, root, lost.size === 0 && (await isLatestWhole(app, request)));
  if (lost.size > 0) await restore(session, plan, version, lost.size);
  const isWhole = lost.size === 0 && (await sealLatest(app, request));
  if (!isWhole) await publish(session, request);

  await conclude(session, version, summary.quarantined);
  return summarize(session, { ...summary, outcome: isWhole ? 'unchanged' : 'repaired' });
}

/** A dry run seals nothing: a sync may be at work on the tree. */
function planned(session: SyncSession, summary: Omit<Summary, 'outcome' | 'plan'>, root: Root, isWhole: boolean): SyncResult {
  session.progress({ stage: 'done' });
  return summarize(session, { ...summary, outcome: 'planned', plan: { due: isWhole ? 'nothing' : 'repair', changes: noChanges, root: rootView(root) } });
}

async function conclude(session: SyncSession, version: RepositoryVersion, quarantined: readonly QuarantinedPackage[]): Promise<void> {
  const { app, repository } = session;
  await app.store.recordSyncOutcome(repository.name, repository.type, {
    event: { type: 'sync.unchanged', repository: repository.name, version: version.number },
    quarantined,
  });
  await commitCache(session);
  session.progress({ stage: 'done' });
}

async function restore(session: SyncSession, plan: FetchPlan, { mode }: RepositoryVersion, lostCount: number): Promise<void> {
  const { app, source, repository } = session;
  app.reporter.log('WARN', `${repository.name}: the pool has lost files of this repository (${lostCount}); they are fetched or made again`);
  await assertSpace(app, plan);
  await runFetch(source, plan, app.settings.download.workers, () => undefined);
  await putSessionKeys(session, mode);
  await app.pool.barrier();
  await app.store.updateBlobs([...source.blobs.values()]);
}

async function publish(session: SyncSession, request: LatestRequest): Promise<void> {
  session.progress({ stage: 'publish' });
  await publishLatest(session.app, request);
  await sealLatest(session.app, request);
}
