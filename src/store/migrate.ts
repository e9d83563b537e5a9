/** Store: brings a database to the schema of this program, or says why it cannot be used. */

import type { Migration } from '../../migrations/index.js';
import { ChantalError } from '../core/errors.js';
import type { StoreStatus } from '../core/ports.js';
import { guard, type Database } from './database.js';
import type { Connection } from './dialect.js';

export async function readStatus(database: Database, migrations: readonly Migration[]): Promise<StoreStatus> {
  const applied = await database.query(listApplied);
  return {
    dialect: database.dialect.name,
    url: database.dialect.location,
    applied,
    pending: pendingOf(migrations, applied).map(({ name }) => name),
  };
}

/** @throws ChantalError E_DATABASE_SCHEMA when migrations are pending, or unknown to this program */
export async function assertCurrent(database: Database, migrations: readonly Migration[]): Promise<void> {
  const applied = await database.query(listApplied);
  assertNotNewer(database, migrations, applied);
  const pending = pendingOf(migrations, applied);
  if (applied.length === 0) throw notInitialised(database.dialect.location);
  if (pending.length === 0) return;
  throw new ChantalError('E_DATABASE_SCHEMA', `the database ${database.dialect.location} is of an older version of chantal`, {
    hint: `Run chantal db migrate; ${database.dialect.backupAdvice}.`,
    context: { expected: pending.map(({ name }) => name).join(', '), found: applied.at(-1) ?? 'no migration' },
  });
}

export function notInitialised(location: string): ChantalError {
  return new ChantalError('E_DATABASE_SCHEMA', `there is no database of chantal at ${location}`, {
    hint: 'Run chantal init.',
    context: { path: location },
  });
}

/**
 * All pending migrations, or none. Several processes may try at once: one applies, the others find nothing left.
 * @throws ChantalError E_DATABASE_SCHEMA when the database is newer than this program
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<StoreStatus & { readonly backup?: string }> {
  const before = await database.query(listApplied);
  assertNotNewer(database, migrations, before);
  const isBackupDue = before.length > 0 && pendingOf(migrations, before).length > 0;
  const backup = isBackupDue ? await backUp(database, before) : undefined;
  await database.write(async (trx) => {
    await database.dialect.lockForMigration(trx);
    await trx.schema.createTable('schema_migrations').ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('applied_at', 'text', (column) => column.notNull())
      .execute();
    const applied = await listApplied(trx);
    assertNotNewer(database, migrations, applied);
    for (const migration of pendingOf(migrations, applied)) {
      await migration.up(trx as never, database.dialect.columnTypes);
      await trx.insertInto('schema_migrations').values({ name: migration.name, applied_at: database.now() }).execute();
    }
  });
  const status = await readStatus(database, migrations);
  return backup === undefined ? status : { ...status, backup };
}

/** @returns where it is; its name ends in `0001-initial-20260131T120000123Z`: the schema it holds, and when it was made. */
function backUp({ dialect, now }: Database, applied: readonly string[]): Promise<string | undefined> {
  return guard(dialect.location, () => dialect.backup(`${applied.at(-1)}-${now().replace(/[-:.]/g, '')}`));
}

function assertNotNewer(database: Database, migrations: readonly Migration[], applied: readonly string[]): void {
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = applied.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new ChantalError('E_DATABASE_SCHEMA', `the database ${database.dialect.location} is newer than this version of chantal`, {
    hint: 'Use the newer chantal, or put the backup from before its migration in place.',
    context: { expected: migrations.at(-1)?.name ?? 'none', found: unknown.join(', ') },
  });
}

function pendingOf(migrations: readonly Migration[], applied: readonly string[]): readonly Migration[] {
  return migrations.filter(({ name }) => !applied.includes(name));
}

/** In order of name, which is the order they were applied in. Empty when the database holds nothing of ours. */
async function listApplied(connection: Connection): Promise<readonly string[]> {
  const tables = await connection.introspection.getTables({ withInternalKyselyTables: false });
  if (!tables.some(({ name }) => name === 'schema_migrations')) return [];
  const rows = await connection.selectFrom('schema_migrations').select('name').orderBy('name').execute();
  return rows.map(({ name }) => name);
}
