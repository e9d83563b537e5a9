import { chmodSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { migrations, type Migration } from '../../migrations/index.js';
import { newVersion } from './content.js';
import { describeDatabases } from './databases.js';
import { startChild } from './start-child.js';

const addsTable: Migration = {
  name: '9999-adds-a-table',
  up: async (db) => {
    await sql`create table later (id integer)`.execute(db);
  },
};
const fails: Migration = {
  name: '9999-fails-half-way',
  up: async (db) => {
    await sql`create table half (id integer)`.execute(db);
    await sql`insert into nowhere values (1)`.execute(db);
  },
};
const names = migrations.map(({ name }) => name);

describeDatabases('migrations', (use) => {
  test('a new database gets all of them, once', async () => {
    const store = await use().openAsIs({ migrationsPending: 'allow' });
    expect(await store.status()).toMatchObject({ dialect: use().dialect, applied: [], pending: names });
    expect(await store.migrate()).toMatchObject({ applied: names, pending: [] });
    expect(await store.migrate()).not.toHaveProperty('backup');
    expect(await store.status()).toMatchObject({ applied: names, pending: [] });
    await expect(use().openAsIs()).resolves.toBeDefined();
  });

  test('a database that is empty is refused with the command that fills it', async () => {
    await use().openAsIs({ migrationsPending: 'allow' });
    await expect(use().openAsIs()).rejects.toMatchObject({ code: 'E_DATABASE_SCHEMA', hint: expect.stringContaining('chantal init') as unknown });
  });

  test('an older database is refused with the command that migrates it, which backs it up first', async () => {
    const database = use();
    const before = await database.open();
    const version = await before.recordVersion(newVersion('r'));
    await before.close();
    const withLater = [...migrations, addsTable];
    await expect(database.openAsIs({ migrations: withLater })).rejects.toMatchObject({
      code: 'E_DATABASE_SCHEMA', exitCode: 15, hint: expect.stringContaining(database.dialect === 'sqlite' ? 'backed up beside its file' : 'pg_dump') as unknown, context: { expected: addsTable.name },
    });
    const store = await database.openAsIs({ migrations: withLater, migrationsPending: 'allow' });
    const { applied, backup } = await store.migrate();
    expect(applied).toEqual([...names, addsTable.name]);
    expect(await store.listVersions('r')).toEqual([version]);
    expect(await database.query('select * from later')).toEqual([]);
    if (database.dialect === 'postgresql') expect(backup).toBeUndefined();
    else expectBackup(database.directory, backup ?? '');
  });

  test('of many backups the three newest stay, and what killed runs left of theirs goes', async () => {
    const database = use();
    await (await database.open()).close();
    if (database.dialect === 'sqlite') chmodSync(join(database.directory, 'chantal.db'), 0o600);
    const old = ['20240101T000000000Z', '20240301T000000000Z', '20240201T000000000Z'].map((stamp) => `chantal.db.backup-0000-old-${stamp}`);
    for (const name of [...old, 'chantal.db.backup-0000-old-20240401T000000000Z.partial-999999999', `chantal.db.backup-x.partial-${process.pid}`, 'chantal.db.backup-mine', 'other']) writeFileSync(join(database.directory, name), '');
    const { backup } = await (await database.openAsIs({ migrations: [...migrations, addsTable], migrationsPending: 'allow' })).migrate();
    const kept = readdirSync(database.directory).filter((name) => name === 'other' || name.includes('backup'));
    if (database.dialect === 'postgresql') {
      expect([backup, kept]).toEqual([undefined, expect.arrayContaining(old)]);
      return;
    }
    expect(statSync(backup ?? '').mode & 0o777).toBe(0o600);
    expect(kept.sort()).toEqual([old[1], old[2], basename(backup ?? ''), `chantal.db.backup-x.partial-${process.pid}`, 'chantal.db.backup-mine', 'other'].sort());
  });

  test('a migration that fails leaves the database as it was', async () => {
    const database = use();
    await (await database.open()).recordVersion(newVersion('r'));
    const store = await database.openAsIs({ migrations: [...migrations, fails], migrationsPending: 'allow' });
    await expect(store.migrate()).rejects.toMatchObject({ code: 'E_DATABASE' });
    expect(await store.status()).toMatchObject({ applied: names, pending: [fails.name] });
    await expect(database.query('select * from half')).rejects.toThrow();
    await expect(database.openAsIs()).resolves.toBeDefined();
  });

  test('a newer database is refused, and not touched', async () => {
    const database = use();
    await (await database.open({ migrations: [...migrations, addsTable] })).close();
    const newer = { code: 'E_DATABASE_SCHEMA', message: expect.stringContaining('newer') as unknown, context: { found: addsTable.name } };
    await expect(database.openAsIs()).rejects.toMatchObject(newer);
    const store = await database.openAsIs({ migrationsPending: 'allow' });
    await expect(store.migrate()).rejects.toMatchObject(newer);
    expect((await store.status()).applied).toEqual([...names, addsTable.name]);
  });

  test('several processes may migrate a new database at once', async () => {
    const { url, locksPath } = use();
    const children = [1, 2, 3].map(() => startChild('migrate', { url, locksPath }));
    for (const child of children) expect(JSON.parse(await child.hear())).toEqual({ applied: names, pending: [] });
  });
});

/** Whole, readable, of the old schema, and the only one. */
function expectBackup(directory: string, backup: string): void {
  expect(backup).toMatch(new RegExp(`^${directory}/chantal\\.db\\.backup-${names.at(-1)}-20260131T\\d+Z$`));
  expect(readdirSync(directory).filter((name) => name.includes('backup')).map((name) => join(directory, name))).toEqual([backup]);
  const database = new Database(backup, { readonly: true });
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(database.prepare('select name from repositories').all()).toEqual([{ name: 'r' }]);
  expect(() => database.prepare('select * from later')).toThrow();
  database.close();
}
