/** Store: what only SQLite needs: one connection, WAL, lock files, a backup before a migration. */

import { open, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect, SqliteDriver, CompiledQuery, type DatabaseConnection, type TransactionSettings } from 'kysely';
import { asDiskError } from '../core/errors.js';
import { columnValue, type BulkInsert } from './bulk.js';
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
    compileInsert,
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

/**
 * Waits for another process's write in steps, not inside SQLite: that would stop everything else in this process, its
 * downloads and its other connections, which may be what is waited for.
 */
class ImmediateSqliteDriver extends SqliteDriver {
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

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

/** `values (…), (…)`: the same text for each full batch, so that it is prepared once. */
function compileInsert<Row>({ table, columns, ending = '' }: BulkInsert<Row>, rows: readonly Row[]): CompiledQuery {
  const names = columns.map((column) => column.name).join(', ');
  const values = columns.map((column) => columnValue(column, '?')).join(', ');
  const text = `insert into ${table} (${names}) values ${rows.map(() => `(${values})`).join(', ')} ${ending}`;
  return CompiledQuery.raw(text, rows.flatMap((row) => columns.map((column) => column.value(row))));
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
    if (isBusy(error)) return undefined;
    throw error;
  }
  return {
    async release() {
      file.close();
    },
  };
}
