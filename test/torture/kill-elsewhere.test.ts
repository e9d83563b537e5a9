/** Torture: kill -9 where a database is made, migrated or filled from elsewhere: what was there stays, and the next run finishes the work. */

import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, type TaskMeta } from 'vitest';
import { migrations } from '../../migrations/index.js';
import { openStore } from '../../src/store/open-store.js';
import { makeTenant, type Tenant } from '../support/tenant.js';
import { openArena, type Arena } from './arena.js';
import { choose, rounds } from './duration.js';
import { atEntry, atRandom, runAndKill, type KillPoint } from './killer.js';
import { findTreeFaults } from './published.js';
import { createRandom, seed, type Random } from './random.js';
import { startReader } from './reader.js';
import './task-meta.js';

describe.each(choose(['apt', 'rpm'] as const, 1, 'kill elsewhere'))('kill -9 elsewhere, %s', { timeout: 600_000 }, (kind) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ kind });
    await arena.tenant.runJson(['snapshot', 'create', '--repo-id', 'target', '--name', 'first']);
  });
  afterAll(async () => arena.close());

  it('import', async ({ task }) => {
    const bundle = join(arena.tenant.basePath, 'bundle');
    await arena.tenant.runJson(['export', '--snapshot', 'target/first', '--to', bundle]);
    const random = createRandom(seed);
    for (const round of rounds(1, 0.02)) {
      const far = makeTenantBelow(arena, `far-${round}`);
      await far.runJson(['init']);
      const snapshots = join(far.basePath, 'www/target/snapshots');
      const point = pick(random, [atEntry(join(far.basePath, 'pool'), 'the pool is written', /./), atEntry(far.basePath, 'the database is written', /^chantal\.db-wal$/)]);
      const reader = startReader(kind, { snapshots });
      const { isKilled } = await runAndKill(['import', '--from', bundle], far.configDir, point);
      const rerun = await far.run(['import', '--from', bundle]);
      count(task.meta, isKilled, reader.stop(), `${point.name}, seed ${seed}`);
      expect([0, ...(isKilled ? [] : [6])], `${point.name}, seed ${seed}: ${rerun.stderr}`).toContain(rerun.exitCode);
      expect(findTreeFaults(kind, join(snapshots, 'first'))).toEqual([]);
    }
  });

  it('db migrate, of a new database', async ({ task }) => {
    const random = createRandom(seed);
    for (const round of rounds(1, 0.02)) {
      const fresh = makeTenantBelow(arena, `new-${round}`);
      mkdirSync(fresh.basePath);
      const { isKilled } = await runAndKill(['db', 'migrate'], fresh.configDir, pick(random, [atEntry(fresh.basePath, 'the database is there', /^chantal\.db/)]));
      count(task.meta, isKilled);
      expect(await fresh.run(['db', 'migrate'])).toMatchObject({ exitCode: 0 });
      expect(await fresh.run(['db', 'status'])).toMatchObject({ exitCode: 0 });
    }
  });

  it('db migrate, of one that holds content', async ({ task }) => {
    const { basePath, configDir } = arena.tenant;
    const random = createRandom(seed);
    const points = [
      atEntry(basePath, 'the backup is begun', /\.backup-.*\.partial-/),
      atEntry(basePath, 'the backup is there', /\.backup-[^.]*$/),
      atEntry(basePath, 'the database is written', /^chantal\.db-wal$/),
    ];
    const content = await describeContent(arena.tenant);
    for (const round of rounds(2, 0.02)) {
      await makeOlder(join(basePath, 'chantal.db'));
      const point = points[round] ?? pick(random, points);
      const reader = startReader(kind, { latest: arena.latest, snapshots: join(basePath, 'www/target/snapshots') });
      const { isKilled } = await runAndKill(['db', 'migrate'], configDir, point);
      const where = `${point.name}, seed ${seed}`;
      count(task.meta, isKilled, reader.stop(), where);
      for (const name of readdirSync(basePath).filter((entry) => /\.backup-[^.]*$/.test(entry))) assertBackup(join(basePath, name));
      expect(await arena.tenant.run(['db', 'migrate']), where).toMatchObject({ exitCode: 0 });
      expect(await describeContent(arena.tenant), where).toEqual(content);
      const sync = await arena.accept();
      expect(JSON.parse(sync.stdout), where).toMatchObject({ repositories: [{ result: { outcome: 'unchanged' } }] });
    }
  });
});

function makeTenantBelow(arena: Arena, name: string): Tenant {
  const directory = join(arena.tenant.basePath, name);
  mkdirSync(directory);
  return makeTenant(directory);
}

function pick(random: Random, points: readonly KillPoint[]): KillPoint {
  return random.next() < 0.5 ? random.pick(points) : atRandom(random);
}

function count(meta: TaskMeta, isKilled: boolean, { faults, looks }: ReturnType<ReturnType<typeof startReader>['stop']> = { faults: [], looks: 0 }, where = ''): void {
  meta.kills = (meta.kills ?? 0) + (isKilled ? 1 : 0);
  meta.looks = (meta.looks ?? 0) + looks;
  expect(faults, where).toEqual([]);
}

/** What commands say of it, but for ages. */
async function describeContent(tenant: Tenant): Promise<unknown> {
  const found = [await tenant.runJson(['package', 'search', 'a']), await tenant.runJson(['snapshot', 'list']), await tenant.runJson(['snapshot', 'show', '--name', 'target/first'])];
  return JSON.parse(JSON.stringify(found, (key, value: unknown) => (key === 'ageMs' ? undefined : value)));
}

/** The same content in the schema of the first migration: what later ones added is left out. */
async function makeOlder(path: string): Promise<void> {
  const older = `${path}-older`;
  const store = await openStore({ url: `sqlite:///${older}`, poolSize: 1, locksPath: `${path}-locks`, clock: { now: () => new Date() }, migrationsPending: 'allow', migrations: migrations.slice(0, 1) });
  await store.migrate();
  await store.close();
  const database = new Database(older);
  database.pragma('foreign_keys = OFF');
  database.prepare('attach ? as today').run(path);
  const tables = database.prepare<[], { name: string }>('select name from sqlite_master where type = \'table\' and name not like \'sqlite_%\' and name <> \'schema_migrations\'').all();
  for (const { name } of tables) {
    const columns = (database.pragma(`table_info(${name})`) as readonly { name: string }[]).map((column) => column.name).join(', ');
    database.exec(`insert into ${name} (${columns}) select ${columns} from today.${name}`);
  }
  database.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  renameSync(older, path);
}

/** It may be put in place of the database: whole, and of the schema before. */
function assertBackup(path: string): void {
  const database = new Database(path, { readonly: true });
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(database.prepare('select name from repositories').all()).toEqual([{ name: 'target' }]);
  expect(database.prepare('select name from schema_migrations').all()).toHaveLength(1);
  database.close();
}
