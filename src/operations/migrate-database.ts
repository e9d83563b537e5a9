/** Operations: bring the database up to this program, after a backup. */

import type { App } from '../core/app.js';
import type { StoreStatus } from '../core/ports.js';

export interface MigrateDatabaseResult extends StoreStatus {
  /** What this run applied; empty: nothing was due, and no backup was made. */
  readonly newlyApplied: readonly string[];
  /** The copy made before. SQLite only. */
  readonly backup?: string;
}

/** Idempotent. @throws E_DATABASE, E_DATABASE_SCHEMA when the database is newer than this program */
export async function migrateDatabase(app: App): Promise<MigrateDatabaseResult> {
  const before = await app.store.status();
  const after = await app.store.migrate();
  if (before.pending.length > 0) await app.store.recordAudit({ event: 'database.migrated', resource: 'database', changes: before.pending });
  return { ...after, newlyApplied: before.pending };
}
