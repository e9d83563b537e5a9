/** Queries: snapshots, and what a name on the command line means. */
import type { App } from '../core/app.js';
import type { SnapshotView } from '../operations/results.js';

export async function listSnapshots(_app: App, _repository?: string): Promise<readonly SnapshotView[]> {
  throw new Error('not written yet');
}

/** @param name `S` where it is unambiguous, `X/S` always. @throws E_SNAPSHOT_UNKNOWN, E_SNAPSHOT_AMBIGUOUS listing the candidates */
export async function showSnapshot(_app: App, _name: string): Promise<SnapshotView> {
  throw new Error('not written yet');
}
