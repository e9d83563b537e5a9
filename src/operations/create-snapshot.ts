/** Operations: freeze a repository's current version under a name, and publish it. */
import type { App } from '../core/app.js';
import type { RepositorySettings } from '../core/settings.js';
import type { SnapshotView } from './results.js';

/** @throws E_NOT_SYNCED, E_SNAPSHOT_EXISTS, E_LOCKED */
export async function createSnapshot(_app: App, _repository: RepositorySettings, _name: string, _signal?: AbortSignal): Promise<SnapshotView> {
  throw new Error('not written yet');
}
