/** Operations: one repository's sync, top to bottom. */
import type { App } from '../core/app.js';
import type { RepositorySettings } from '../core/settings.js';
import type { SyncResult } from './results.js';

export interface SyncOptions {
  readonly isDryRun: boolean;
  readonly isForced: boolean;
  /** Freeze the result under this name. */
  readonly snapshotName?: string;
}

export async function syncRepository(_app: App, _repository: RepositorySettings, _options: SyncOptions, _signal?: AbortSignal): Promise<SyncResult> {
  throw new Error('not written yet');
}
