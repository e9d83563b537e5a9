/** Operations: freeze a repository's current version under a name, and publish it. */

import { join } from 'node:path';
import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import type { RepositoryVersion, Snapshot } from '../core/repository.js';
import type { RepositorySettings } from '../core/settings.js';
import { viewSnapshot } from '../queries/snapshots.js';
import { publishSnapshotTree, snapshotTarget } from './publish-repository.js';
import type { SnapshotView } from './results.js';

/** @throws E_NOT_SYNCED, E_SNAPSHOT_EXISTS, E_PATH_OCCUPIED */
export async function createSnapshot(app: App, repository: RepositorySettings, name: string, _signal?: AbortSignal): Promise<SnapshotView> {
  const current = (await app.store.findRepository(repository.name))?.current;
  if (current === undefined) {
    throw new ChantalError('E_NOT_SYNCED', `${repository.name} has not been synced yet, so there is nothing to freeze`, {
      hint: `Run: chantal repo sync --repo-id ${repository.name}`,
      context: { repository: repository.name },
    });
  }
  return freezeVersion(app, repository, current, name);
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
