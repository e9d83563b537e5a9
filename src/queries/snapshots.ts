/** Queries: snapshots, and what a name on the command line means. */

import { join } from 'node:path';
import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import type { Snapshot } from '../core/repository.js';
import type { SnapshotView } from '../operations/results.js';
import { snapshotsDirectory } from './snapshot-directory.js';

/** By repository, oldest first. */
export async function listSnapshots(app: App, repository?: string): Promise<readonly SnapshotView[]> {
  const snapshots = await app.store.findSnapshots(repository === undefined ? {} : { repository });
  return Promise.all(snapshots.map(async (snapshot) => viewSnapshot(app, snapshot)));
}

/** @param name `S` where it is unambiguous, `X/S` always. @throws E_SNAPSHOT_UNKNOWN, E_SNAPSHOT_AMBIGUOUS listing the candidates */
export async function showSnapshot(app: App, name: string): Promise<SnapshotView> {
  return viewSnapshot(app, await findSnapshot(app, name));
}

/** @throws E_SNAPSHOT_UNKNOWN, E_SNAPSHOT_AMBIGUOUS */
export async function findSnapshot(app: App, qualified: string): Promise<Snapshot> {
  const slash = qualified.indexOf('/');
  const found = await app.store.findSnapshots(
    slash === -1 ? { name: qualified } : { repository: qualified.slice(0, slash), name: qualified.slice(slash + 1) },
  );
  const [only] = found;
  if (only === undefined) {
    throw new ChantalError('E_SNAPSHOT_UNKNOWN', `there is no snapshot ${JSON.stringify(qualified)}`, {
      hint: 'See what there is with: chantal snapshot list',
    });
  }
  if (found.length === 1) return only;
  throw new ChantalError('E_SNAPSHOT_AMBIGUOUS', `several repositories have a snapshot ${JSON.stringify(qualified)}`, {
    hint: `Say which: ${found.map((snapshot) => `${snapshot.repository}/${snapshot.name}`).join(', ')}.`,
  });
}

export async function viewSnapshot(app: App, snapshot: Snapshot): Promise<SnapshotView> {
  const { name, repository, createdAt, version } = snapshot;
  const [publication] = await app.store.listPublications({ repository, target: `snapshot:${name}` });
  const record = await app.store.findRepository(version.repository);
  return {
    name,
    repository,
    type: record?.type ?? '',
    version: version.number,
    createdAt,
    ageMs: Math.max(0, app.clock.now().getTime() - Date.parse(createdAt)),
    packages: version.artifactCount,
    bytes: version.artifactBytes,
    metadataFiles: version.fileCount,
    path: publication?.path ?? join(snapshotsDirectory(app.settings, repository), name),
    isPublished: publication?.state === 'complete',
  };
}
