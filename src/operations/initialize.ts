/** Operations: the database of a config directory whose directories are in place. Again: changes nothing. */

import type { App } from '../core/app.js';
import type { InitResult } from './results.js';

/** @param created what was made on the way here. @throws E_DATABASE, E_DATABASE_SCHEMA when the database is newer than this program */
export async function initialize(app: App, created: readonly string[]): Promise<InitResult> {
  const before = await app.store.status();
  const { url } = await app.store.migrate();
  return { created, database: { url, applied: before.pending } };
}
