/** Store: how a transaction on SQLite begins and ends: with the write lock at once, without stopping the process to wait for it. */

import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { CompiledQuery, SqliteDialect, SqliteDriver, type DatabaseConnection, type TransactionSettings } from 'kysely';
import { cacheStatements } from './statement-cache.js';

/** Another process writes for a second at most; what waits longer than this has met something that hangs. */
export const busyTimeoutMs = 30_000;

export class ImmediateSqliteDialect extends SqliteDialect {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateSqliteDriver(this.#database);
  }
}

class ImmediateSqliteDriver extends SqliteDriver {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database: cacheStatements(database) });
    this.#database = database;
  }

  /**
   * A transaction that writes takes the write lock at once: one that starts reading cannot wait for it later. It waits
   * for another process's write in steps, not inside SQLite: that would stop everything else in this process, its
   * downloads and its other connections, which may be what is waited for.
   */
  override async beginTransaction(connection: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    const run = (text: string) => connection.executeQuery(CompiledQuery.raw(text));
    if (settings?.accessMode === 'read only') {
      await run('begin');
      return;
    }
    await run('pragma busy_timeout = 0');
    try {
      await retryWhileBusy(() => run('begin immediate'));
    } finally {
      await run(`pragma busy_timeout = ${busyTimeoutMs}`);
    }
  }

  /** SQLite has rolled back by itself when the disk was full; saying so again would hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}

async function retryWhileBusy(run: () => Promise<unknown>): Promise<void> {
  for (let waitedMs = 0; ;) {
    try {
      await run();
      return;
    } catch (error) {
      if (!isBusy(error) || waitedMs >= busyTimeoutMs) throw error;
    }
    const pauseMs = 5 + Math.random() * 20;
    await setTimeout(pauseMs);
    waitedMs += pauseMs;
  }
}

/** Did another connection have the lock that was needed? */
export function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
