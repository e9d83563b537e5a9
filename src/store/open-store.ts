/** Store: opens what `database.url` names. Drivers are loaded here and not before: they cost a tenth of a second at start. */

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Migration } from '../../migrations/index.js';
import { asDiskError, ChantalError, systemCode } from '../core/errors.js';
import type { Clock, Store } from '../core/ports.js';
import { redactUrl } from '../core/redact.js';
import { makeDirectories } from '../disk/make-directories.js';
import type { Dialect } from './dialect.js';

export interface StoreOptions {
  /** `sqlite:////absolute/path` (three slashes or four), `sqlite::memory:` (gone when it is closed) or `postgresql://user:password@host/db`. */
  readonly url: string;
  /** Connections to PostgreSQL at most, besides one for each lock that is held. SQLite has one. */
  readonly poolSize: number;
  /** A local directory for the lock files that go with SQLite; made when missing. */
  readonly locksPath: string;
  readonly clock: Clock;
  /** `allow`: for `init` and `db migrate`; a new SQLite file and its directory are made. `report`: to look at one that exists. */
  readonly migrationsPending: 'refuse' | 'allow' | 'report';
  /** Those of the program unless said otherwise. */
  readonly migrations?: readonly Migration[];
}

/** @throws ChantalError E_DATABASE when it cannot be reached, E_DATABASE_SCHEMA when it must be made or migrated first, or is newer */
export async function openStore(options: StoreOptions): Promise<Store> {
  const dialect = await openDialect(options);
  const { createDatabase } = await import('./database.js');
  const { createStore } = await import('./sql-store.js');
  const { assertCurrent } = await import('./migrate.js');
  const migrations = options.migrations ?? (await import('../../migrations/index.js')).migrations;
  const database = createDatabase(dialect, options.clock);
  try {
    if (options.migrationsPending === 'refuse') await assertCurrent(database, migrations);
  } catch (error) {
    await dialect.close();
    throw error;
  }
  return createStore(database, migrations);
}

async function openDialect(options: StoreOptions): Promise<Dialect> {
  const { guard } = await import('./database.js');
  if (/^postgres(ql)?:\/\//.test(options.url)) {
    const { openPostgres } = await import('./dialect-postgres.js');
    return guard(redactUrl(options.url), () => openPostgres(options.url, options.poolSize));
  }
  const { openSqlite } = await import('./dialect-sqlite.js');
  if (options.url === 'sqlite::memory:') return openSqlite(':memory:', options.locksPath);
  const path = sqlitePath(options.url);
  if (options.migrationsPending === 'allow') makeDirectoryOf(path);
  else await assertExists(path);
  return guard(path, () => openSqlite(path, options.locksPath));
}

/** @throws ChantalError E_CONFIG */
function sqlitePath(url: string): string {
  const path = /^sqlite:\/\/\/\/?([^/].*)$/.exec(url)?.[1];
  if (path !== undefined) return `/${path}`;
  throw new ChantalError('E_CONFIG', `database.url names no database: ${redactUrl(url)}`, {
    hint: 'Write sqlite:////absolute/path or postgresql://user:password@host/database.',
  });
}

function makeDirectoryOf(path: string): void {
  try {
    makeDirectories(dirname(path));
  } catch (error) {
    throw asDiskError(error, dirname(path));
  }
}

async function assertExists(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw asDiskError(error, path);
    const { notInitialised } = await import('./migrate.js');
    throw notInitialised(path);
  }
}
