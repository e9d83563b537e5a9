/** Operations: upstream is as it was. See to it that what we hold and show is whole, and put right what is not. */

import type { Root, RepositoryVersion } from '../../core/repository.js';
import { isLatestWhole, publishLatest } from '../publish-latest.js';
import type { SyncResult } from '../results.js';
import type { VersionContent } from '../version-content.js';
import { assertSpace, planFetch, runFetch, type FetchPlan } from './fetch-content.js';
import { lostTasks, type HeldContent } from './held-content.js';
import { putSessionKeys, type SyncSession } from './session.js';
import { nothing, summarize } from './sync-result.js';

export async function keepVersion(session: SyncSession, root: Root, version: RepositoryVersion, { content, lost }: HeldContent): Promise<SyncResult> {
  const { app, repository, source, options, upstream } = session;
  const plan = await planFetch(source, lostTasks(content, lost));
  const summary = { previous: version, version, added: nothing, removed: nothing, warnings: root.warnings };
  if (options.isDryRun) return summarize(session, { ...summary, outcome: 'planned', planned: plan });

  if (lost.size > 0) await restore(session, plan, version, lost.size);
  const request = { repository: repository.name, latestPath: repository.latestPath, version, content, isIncremental: false };
  const isWhole = lost.size === 0 && (await isLatestWhole(app, request));
  if (!isWhole) await publish(session, request);

  await app.store.recordSyncOutcome(repository.name, repository.type, {
    event: { type: 'sync.unchanged', repository: repository.name, version: version.number },
  });
  await upstream.commitCache();
  session.progress({ stage: 'done' });
  return summarize(session, { ...summary, outcome: isWhole ? 'unchanged' : 'repaired' });
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

async function publish(session: SyncSession, request: Parameters<typeof publishLatest>[1] & { readonly content: VersionContent }): Promise<void> {
  session.progress({ stage: 'publish' });
  await publishLatest(session.app, request);
}
