/** Operations: publish what is recorded already, explicitly. */
import type { App } from '../core/app.js';
import type { RepositorySettings } from '../core/settings.js';
import type { PublishResult } from './results.js';

/** Publishes `latest` anew, checking every file of the tree. @throws E_NOT_SYNCED */
export async function publishRepository(_app: App, _repository: RepositorySettings): Promise<PublishResult> {
  throw new Error('not written yet');
}

/** @param name `S` or `X/S` @throws E_SNAPSHOT_UNKNOWN, E_SNAPSHOT_AMBIGUOUS */
export async function publishSnapshot(_app: App, _name: string): Promise<PublishResult> {
  throw new Error('not written yet');
}
