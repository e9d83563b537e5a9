/** Operations: publish what is recorded already, explicitly. */

import { join } from 'node:path';
import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import type { PublishReport } from '../core/publisher.js';
import type { Snapshot } from '../core/repository.js';
import type { RepositorySettings } from '../core/settings.js';
import { snapshotsDirectory } from '../queries/snapshot-directory.js';
import { findSnapshot } from '../queries/snapshots.js';
import { isLatestWhole, latestTarget, publishLatest } from './publish-latest.js';
import type { PublishResult } from './results.js';
import { loadContent, publishedEntries } from './version-content.js';

/** Publishes `latest` anew where a file of its tree is missing or differs; otherwise leaves it alone. @throws E_NOT_SYNCED */
export async function publishRepository(app: App, repository: RepositorySettings): Promise<PublishResult> {
  const lock = await app.store.acquireLock(`repository/${repository.name}`, 'publish');
  try {
    const version = (await app.store.findRepository(repository.name))?.current;
    if (version === undefined) {
      throw new ChantalError('E_NOT_SYNCED', `${repository.name} has not been synced yet, so there is nothing to publish`, {
        hint: `Run: chantal repo sync --repo-id ${repository.name}`,
        context: { repository: repository.name },
      });
    }
    const { latestPath } = repository;
    const request = { repository: repository.name, latestPath, version, content: await loadContent(app, version), isIncremental: false };
    const result = { repository: repository.name, target: latestTarget, version: version.number, path: latestPath };
    if (await isLatestWhole(app, request)) return { ...result, outcome: 'unchanged', linked: 0, copied: 0 };
    const { linked, copied } = await publishLatest(app, request);
    return { ...result, outcome: 'published', linked, copied };
  } finally {
    await lock.release();
  }
}

/** Builds the snapshot's directory, or puts right what differs in it. @param name `S` or `X/S` @throws E_SNAPSHOT_UNKNOWN, E_SNAPSHOT_AMBIGUOUS */
export async function publishSnapshot(app: App, name: string): Promise<PublishResult> {
  const snapshot = await findSnapshot(app, name);
  const { repository } = snapshot;
  const lock = await app.store.acquireLock(`snapshots/${repository}`, 'publish');
  try {
    const target = snapshotTarget(snapshot.name);
    const [known] = await app.store.listPublications({ repository, target });
    const path = known?.path ?? join(snapshotsDirectory(app.settings, repository), snapshot.name);
    const { linked, copied } = await publishSnapshotTree(app, snapshot, path);
    return { repository, target, version: snapshot.version.number, path, outcome: linked + copied === 0 ? 'unchanged' : 'published', linked, copied };
  } finally {
    await lock.release();
  }
}

export function snapshotTarget(name: string): string {
  return `snapshot:${name}`;
}

/** The caller holds the lock of the repository's snapshots. */
export async function publishSnapshotTree(app: App, snapshot: Snapshot, path: string): Promise<PublishReport> {
  const { repository, version, name } = snapshot;
  const target = snapshotTarget(name);
  const known = await app.store.listPublications({ repository, target });
  const isOurs = known.some((publication) => publication.path === path);
  const content = await loadContent(app, version);
  const publication = await app.store.beginPublication({ repository, target, version, path, tree: path });
  const report = await app.publisher.publishSnapshot(path, publishedEntries(content), isOurs);
  await app.store.completePublication(publication, 1, { type: 'snapshot.published', repository, snapshot: name, path });
  return report;
}
