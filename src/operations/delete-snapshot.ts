/** Operations: remove a snapshot: its tree and its name. Its packages stay until `db cleanup`. */
import type { App } from '../core/app.js';
import type { SnapshotView } from './results.js';

/** @param name `S` where it is unambiguous, `X/S` always. @throws E_SNAPSHOT_UNKNOWN, E_SNAPSHOT_AMBIGUOUS */
export async function deleteSnapshot(_app: App, _name: string): Promise<SnapshotView> {
  throw new Error('not written yet');
}
