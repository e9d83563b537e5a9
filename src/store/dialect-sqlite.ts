/** Store: what only SQLite needs: one connection, WAL, lock files, a backup before a migration. */

import { open, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect, SqliteDriver, CompiledQuery, type DatabaseConnection, type TransactionSettings } from 'kysely';
import { asDiskError } from '../core/errors.js';
import type { Dialect, HeldLock } from './dialect.js';
import type { Tables } from './schema.js';
import { cacheStatements } from './statement-cache.js';

/** Another process writes for a second at most; what waits longer than this has met something that hangs. */
const busyTimeoutMs = 30_000;

/** @param path of an existing file, or of one to be made in an existing directory */
export function openSqlite(path: string, locksPath: string): Dialect {
  const database = new Database(path, { timeout: busyTimeoutMs });
  database.pragma('journal_mode = WAL');
  // A version that is recorded is published: it must be there after a power cut. One commit a sync makes that cheap.
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma('cache_size = -65536');
  database.pragma('journal_size_limit = 67108864');
  const kysely = new Kysely<Tables>({ dialect: new ImmediateSqliteDialect({ database: cacheStatements(database) }) });
  return {
    name: 'sqlite',
    location: path,
    kysely,
    columnTypes: { id: 'integer primary key autoincrement', bytes: 'blob', orderedText: 'text' },
    rowsPerStatement: 50,
    placeholder: () => '?',
    lockForMigration: async () => {},
    lockForEvents: async () => {},
    backup: (label) => backUp(database, path, label),
    tryLock: (name) => tryLockFile(locksPath, name),
    async close() {
      await kysely.destroy();
      database.close();
    },
  };
}

/** A transaction that writes takes the write lock at once: one that starts reading cannot wait for it later (SQLITE_BUSY). */
class ImmediateSqliteDialect extends SqliteDialect {
  readonly #config: ConstructorParameters<typeof SqliteDialect>[0];

  constructor(config: ConstructorParameters<typeof SqliteDialect>[0]) {
    super(config);
    this.#config = config;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateSqliteDriver(this.#config);
  }
}

class ImmediateSqliteDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection, settings?: TransactionSettings): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(settings?.accessMode === 'read only' ? 'begin' : 'begin immediate'));
  }
}

/** The copy gets its name when it is complete and on disk. */
async function backUp(database: Database.Database, path: string, label: string): Promise<string> {
  const target = `${path}.backup-${label}`;
  const partial = `${target}.partial-${process.pid}`;
  database.prepare('vacuum into ?').run(partial);
  try {
    await flush(partial);
    await rename(partial, target);
    await flush(dirname(path));
  } catch (error) {
    throw asDiskError(error, target);
  }
  return target;
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * A database file that holds nothing, opened for the lock that the kernel keeps on it and drops when this process ends,
 * however it ends. The file stays: removing one that another process has just opened would make two locks of it.
 */
async function tryLockFile(locksPath: string, name: string): Promise<HeldLock | undefined> {
  const path = join(locksPath, `${name.replaceAll('/', '%2F')}.lock`);
  try {
    await mkdir(locksPath, { recursive: true });
  } catch (error) {
    throw asDiskError(error, locksPath);
  }
  const file = new Database(path, { timeout: 0 });
  try {
    file.exec('begin exclusive');
  } catch (error) {
    file.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
  return {
    async release() {
      file.close();
    },
  };
}
