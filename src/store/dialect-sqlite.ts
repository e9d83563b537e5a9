/** Store: what only SQLite needs: a file in WAL mode, small statements, a backup before a migration. */

import { chmodSync, statSync } from 'node:fs';
import { chmod, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { CompiledQuery, Kysely, sql, type SqlBool } from 'kysely';
import { asDiskError, systemCode } from '../core/errors.js';
import type { StoreHealth } from '../core/store-care.js';
import { flushPath } from '../disk/flush.js';
import { columnValue, type BulkInsert } from './bulk.js';
import type { Connection, Dialect } from './dialect.js';
import { tryLockFile } from './lock-file.js';
import type { Tables } from './schema.js';
import { busyTimeoutMs, ImmediateSqliteDialect } from './sqlite-driver.js';

/** Written as the index has it: only then it is read off that. */
const summary = 'lower(attributes ->> \'summary\')';

/** @param path of an existing file, or of one to be made in an existing directory; `:memory:`: no file */
export function openSqlite(path: string, locksPath: string): Dialect {
  const database = openFile(path);
  const kysely = new Kysely<Tables>({ dialect: new ImmediateSqliteDialect(database) });
  return {
    name: 'sqlite',
    location: path,
    kysely,
    columnTypes: { id: 'integer primary key autoincrement', bytes: 'blob', orderedText: 'text', indexedSummary: summary },
    digestText: 'lower(hex(digest))',
    summaryIsLike: (pattern) => sql<SqlBool>`${sql.raw(summary)} like ${pattern} escape '\\'`,
    rowsPerStatement: 50,
    compileInsert,
    lockForMigration: async () => {},
    lockForEvents: async () => {},
    backupAdvice: 'the database is backed up beside its file first',
    backup: async (label) => (path === ':memory:' ? undefined : backUp(database, path, label)),
    checkHealth,
    tryLock: (name) => tryLockFile(locksPath, name),
    async close() {
      await kysely.destroy();
      database.close();
    },
  };
}

/**
 * SQLite gives the files beside the database the mode that it has. Those that were made while it was read-only stay so when it no
 * longer is, and would keep everybody but root from writing to it. What is not ours to mend, SQLite complains about.
 */
function mendFilesBeside(path: string): void {
  try {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & 0o200) === 0) return;
    for (const beside of [`${path}-shm`, `${path}-wal`]) {
      const found = statSync(beside, { throwIfNoEntry: false });
      if (found !== undefined && (found.mode & 0o200) === 0) chmodSync(beside, mode & 0o777);
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

function openFile(path: string): Database.Database {
  mendFilesBeside(path);
  const database = new Database(path, { timeout: busyTimeoutMs });
  try {
    database.pragma('journal_mode = WAL');
    // A version that is recorded is published: it must be there after a power cut. One commit a sync makes that cheap.
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma('cache_size = -32768');
    database.pragma('journal_size_limit = 67108864');
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** `values (…), (…)`: the same text for each full batch, so that it is prepared once. */
function compileInsert<Row>({ table, columns, ending = '' }: BulkInsert<Row>, rows: readonly Row[]): CompiledQuery {
  const names = columns.map((column) => column.name).join(', ');
  const values = columns.map((column) => columnValue(column, '?')).join(', ');
  const text = `insert into ${table} (${names}) values ${rows.map(() => `(${values})`).join(', ')} ${ending}`;
  return CompiledQuery.raw(text, rows.flatMap((row) => columns.map((column) => column.value(row))));
}

async function checkHealth(connection: Connection): Promise<StoreHealth> {
  const { rows } = await sql<{ quick_check: string }>`pragma quick_check(10)`.execute(connection);
  return { faults: rows.map((row) => row.quick_check).filter((text) => text !== 'ok'), now: new Date().toISOString() };
}

/** The copy gets its name when it is complete and on disk; whoever may not read the database may not read the copy. */
async function backUp(database: Database.Database, path: string, label: string): Promise<string> {
  const target = `${path}.backup-${label}`;
  const partial = `${target}.partial-${process.pid}`;
  try {
    database.prepare('vacuum into ?').run(partial);
    await chmod(partial, (await stat(path)).mode);
    await flushPath(partial);
    await rename(partial, target);
    await flushPath(dirname(path));
    await removeOldBackups(path);
  } catch (error) {
    await rm(partial, { force: true });
    throw asDiskError(error, target);
  }
  return target;
}

const keptBackups = 3;

/** All but the newest, by the time at the end of their names, and what killed runs left of theirs. */
async function removeOldBackups(path: string): Promise<void> {
  const directory = dirname(path);
  const names = (await readdir(directory)).filter((name) => name.startsWith(`${basename(path)}.backup-`));
  const whole = names.filter((name) => /-\d{8}T\d+Z$/.test(name)).sort((a, b) => (stampOf(a) < stampOf(b) ? 1 : -1));
  const abandoned = names.filter((name) => /\.partial-\d+$/.test(name) && !isRunning(Number(name.slice(name.lastIndexOf('-') + 1))));
  for (const name of [...whole.slice(keptBackups), ...abandoned]) await rm(join(directory, name), { force: true });
}

function stampOf(name: string): string {
  return name.slice(name.lastIndexOf('-') + 1);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
