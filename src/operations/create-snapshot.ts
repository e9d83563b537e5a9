/** Operations: freeze a repository's current version under a name, and publish it. */

import { join } from 'node:path';
import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import type { RepositoryRecord, RepositoryVersion, Snapshot } from '../core/repository.js';
import type { RepositorySettings } from '../core/settings.js';
import { viewSnapshot } from '../queries/snapshots.js';
import { publishSnapshotTree, snapshotTarget } from './publish-repository.js';
import type { SnapshotView } from './results.js';

/** @throws E_NOT_SYNCED, E_SNAPSHOT_EXISTS, E_PATH_OCCUPIED */
export async function createSnapshot(app: App, repository: RepositorySettings, name: string): Promise<SnapshotView> {
  const [snapshot] = await createSnapshots(app, [repository], name);
  if (snapshot === undefined) throw new Error('one repository gives one snapshot');
  return snapshot;
}

/**
 * Freezes many repositories as they are at one instant, under one name: their versions are read in one query, and nothing is
 * made before each has one and the name is free in all of them.
 * @throws E_NOT_SYNCED, E_SNAPSHOT_EXISTS, E_PATH_OCCUPIED
 */
export async function createSnapshots(app: App, repositories: readonly RepositorySettings[], name: string): Promise<readonly SnapshotView[]> {
  const records = new Map((await app.store.listRepositories()).map((record) => [record.name, record]));
  const frozen = repositories.map((repository) => ({ repository, version: currentOf(records.get(repository.name), repository.name) }));
  for (const { repository } of frozen) await assertNameIsFree(app, repository.name, name);
  const views: SnapshotView[] = [];
  for (const { repository, version } of frozen) views.push(await freezeVersion(app, repository, version, name));
  return views;
}

function currentOf(record: RepositoryRecord | undefined, name: string): RepositoryVersion {
  if (record?.current !== undefined) return record.current;
  throw new ChantalError('E_NOT_SYNCED', `${name} has not been synced yet, so there is nothing to freeze`, {
    hint: `Run: chantal repo sync --repo-id ${name}`,
    context: { repository: name },
  });
}

/**
 * The name is recorded first, then the tree is built and published. Killed in between, the same call finishes the work;
 * a name that stands for another version, or is published already, is a conflict.
 */
export async function freezeVersion(app: App, repository: RepositorySettings, version: RepositoryVersion, name: string): Promise<SnapshotView> {
  const lock = await app.store.acquireLock(`snapshots/${repository.name}`, 'snapshot create');
  try {
    const snapshot = (await findUnfinished(app, repository.name, version, name)) ?? (await app.store.createSnapshot(repository.name, name, version));
    await publishSnapshotTree(app, snapshot, join(repository.snapshotsPath, name));
    return await viewSnapshot(app, snapshot);
  } finally {
    await lock.release();
  }
}

/** Before hours of downloading rather than after. @throws E_SNAPSHOT_EXISTS */
export async function assertNameIsFree(app: App, repository: string, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  const [publication] = await app.store.listPublications({ repository, target: snapshotTarget(name) });
  if (publication?.state === 'complete') throw snapshotExists(repository, name);
}

function snapshotExists(repository: string, name: string): ChantalError {
  return new ChantalError('E_SNAPSHOT_EXISTS', `${repository} has a snapshot ${JSON.stringify(name)} already`, {
    hint: 'Choose another name, or delete that snapshot first.',
    context: { repository },
  });
}

async function findUnfinished(app: App, repository: string, version: RepositoryVersion, name: string): Promise<Snapshot | undefined> {
  const [known] = await app.store.findSnapshots({ repository, name });
  if (known === undefined || known.version.id !== version.id) return undefined;
  const [publication] = await app.store.listPublications({ repository, target: snapshotTarget(name) });
  return publication?.state === 'complete' ? undefined : known;
}
