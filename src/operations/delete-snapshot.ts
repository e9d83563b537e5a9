/** Operations: remove a snapshot: its tree and its name. Its packages stay until `db cleanup`. */

import type { App } from '../core/app.js';
import { findSnapshot, viewSnapshot } from '../queries/snapshots.js';
import { snapshotTarget } from './publish-repository.js';
import type { SnapshotView } from './results.js';

/**
 * The tree goes first: killed in between, the snapshot is still listed (unpublished), and deleting it again finishes.
 * @param name `S` where it is unambiguous, `X/S` always. @throws E_SNAPSHOT_UNKNOWN, E_SNAPSHOT_AMBIGUOUS
 */
export async function deleteSnapshot(app: App, name: string): Promise<SnapshotView> {
  const snapshot = await findSnapshot(app, name);
  const { repository } = snapshot;
  const lock = await app.store.acquireLock(`snapshots/${repository}`, 'snapshot delete');
  try {
    const view = await viewSnapshot(app, snapshot);
    const target = snapshotTarget(snapshot.name);
    for (const publication of await app.store.listPublications({ repository, target })) {
      await app.publisher.removeSnapshot(publication.path);
    }
    await app.store.removePublications({ repository, target });
    await app.store.deleteSnapshot(snapshot);
    return view;
  } finally {
    await lock.release();
  }
}
