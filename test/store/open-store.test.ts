import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { migrations } from '../../migrations/index.js';
import type { Store } from '../../src/core/ports.js';
import { createDatabase } from '../../src/store/database.js';
import { openSqlite } from '../../src/store/dialect-sqlite.js';
import { openStore, type StoreOptions } from '../../src/store/open-store.js';
import { createStore } from '../../src/store/sql-store.js';
import { isPostgresInstalled } from '../support/postgres.js';
import { artifact, newVersion } from './content.js';
import { describeDatabases } from './databases.js';

const clock = { now: () => new Date() };
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chantal-store-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function open(url: string, migrationsPending: StoreOptions['migrationsPending'] = 'refuse'): Promise<Store> {
  return openStore({ url, poolSize: 2, locksPath: join(directory, 'locks'), clock, migrationsPending });
}

describe('opening SQLite', () => {
  test('an absent file is an error that names init, and stays absent', async () => {
    const path = join(directory, 'state/chantal.db');
    await expect(open(`sqlite:///${path}`)).rejects.toMatchObject({ code: 'E_DATABASE_SCHEMA', hint: 'Run chantal init.', context: { path } });
    expect(existsSync(join(directory, 'state'))).toBe(false);
  });

  test('in memory it begins with nothing, leaves nothing, and is another each time', async () => {
    await expect(open('sqlite::memory:')).rejects.toMatchObject({ code: 'E_DATABASE_SCHEMA' });
    const store = await open('sqlite::memory:', 'allow');
    await store.migrate();
    await store.recordVersion(newVersion('r'));
    const other = await open('sqlite::memory:', 'allow');
    await other.migrate();
    expect([(await store.listRepositories()).length, (await other.listRepositories()).length]).toEqual([1, 0]);
    await store.close();
    await other.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  test('files beside it that were made while it was read-only can be written to again once it can', async () => {
    const path = join(directory, 'chantal.db');
    const first = await open(`sqlite:///${path}`, 'allow');
    await first.status();
    for (const suffix of ['-shm', '-wal']) chmodSync(`${path}${suffix}`, 0o444);
    const second = await open(`sqlite:///${path}`, 'allow');
    for (const suffix of ['-shm', '-wal']) expect(statSync(`${path}${suffix}`).mode & 0o777).toBe(statSync(path).mode & 0o777);
    await second.close();
    await first.close();
  });

  test('three slashes and four name the same absolute path; its directory is made when migrations are allowed', async () => {
    for (const slashes of ['//', '///']) {
      const store = await open(`sqlite:${slashes}${directory}/state/chantal.db`, 'allow');
      expect((await store.status()).url).toBe(join(directory, 'state/chantal.db'));
      await store.close();
    }
    expect(existsSync(join(directory, 'state/chantal.db'))).toBe(true);
  });

  test('to report is to look: what is absent stays absent, what is pending is said and left so', async () => {
    const path = join(directory, 'chantal.db');
    await expect(open(`sqlite:///${path}`, 'report')).rejects.toMatchObject({ code: 'E_DATABASE_SCHEMA' });
    expect(existsSync(path)).toBe(false);
    await (await open(`sqlite:///${path}`, 'allow')).close();
    const store = await open(`sqlite:///${path}`, 'report');
    expect(await store.status()).toMatchObject({ applied: [], pending: migrations.map(({ name }) => name) });
    await store.close();
  });

  test('a relative path, or no database at all, is a configuration error', async () => {
    for (const url of ['sqlite://state/chantal.db', 'sqlite:chantal.db', 'mysql://user:secret@host/db', '']) {
      await expect(open(url)).rejects.toMatchObject({ code: 'E_CONFIG' });
      await expect(open(url)).rejects.not.toThrow('secret');
    }
  });

  test('a file that is no database is named and left alone', async () => {
    const path = join(directory, 'notes.txt');
    const text = 'These are notes, and they matter to somebody.\n'.repeat(200);
    writeFileSync(path, text);
    for (const pending of ['refuse', 'allow'] as const) {
      await expect(open(`sqlite:///${path}`, pending)).rejects.toMatchObject({ code: 'E_DATABASE', message: expect.stringContaining(path) as unknown });
    }
    expect(statSync(path).size).toBe(text.length);
  });

  test('a full disk is told as such, and nothing is half recorded', async () => {
    const path = join(directory, 'chantal.db');
    const dialect = openSqlite(path, join(directory, 'locks'));
    const store = createStore(createDatabase(dialect, clock), migrations);
    await store.migrate();
    const first = await store.recordVersion(newVersion('r', { addedArtifacts: [artifact('a')] }));
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(dialect.kysely);
    await sql`pragma max_page_count = ${sql.lit((rows[0]?.page_count ?? 0) + 10)}`.execute(dialect.kysely);
    const many = Array.from({ length: 5000 }, (_, index) => artifact(`pool/${index}`));
    await expect(store.recordVersion(newVersion('r', { base: first, addedArtifacts: many }))).rejects.toMatchObject({ code: 'E_DISK_FULL', exitCode: 14 });
    expect(await store.listArtifacts(first)).toEqual([artifact('a')]);
    await expect(store.recordVersion(newVersion('r', { base: first, addedArtifacts: [artifact('b')] }))).resolves.toMatchObject({ number: 2 });
    await store.close();
  });
});

describe('opening PostgreSQL', () => {
  test('a server that does not listen is an error that names it, without the password', async () => {
    const port = await unusedPort();
    await expect(open(`postgresql://user:secret@127.0.0.1:${port}/chantal`)).rejects.toMatchObject({
      code: 'E_DATABASE', exitCode: 15, message: expect.stringMatching(/^no connection to the database: postgresql:\/\/\*\*\*@127/) as unknown,
    });
    await expect(open(`postgresql://user:secret@127.0.0.1:${port}/chantal`)).rejects.not.toThrow('secret');
  });

  test.skipIf(!isPostgresInstalled)('a database or a user that does not exist is said', async () => {
    const url = inject('postgresUrl');
    await expect(open(url.replace('/postgres?', '/absent?'))).rejects.toMatchObject({ code: 'E_DATABASE', message: expect.stringContaining('does not exist') as unknown });
    await expect(open(url.replace('chantal@', 'nobody:secret@'))).rejects.toMatchObject({
      code: 'E_DATABASE', message: expect.stringContaining('refused the user') as unknown,
    });
  });
});

describeDatabases('an open store', (use) => {
  test('knows its dialect and shows no password', async () => {
    const store = await use().open();
    const { dialect, url } = await store.status();
    expect(dialect).toBe(use().dialect);
    expect(url).not.toContain('chantal@');
  });

  test('survives the loss of a connection', async () => {
    const database = use();
    const store = await database.open();
    if (database.dialect === 'postgresql') {
      await database.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
    }
    await store.listRepositories().catch(() => undefined);
    expect(await store.listRepositories()).toEqual([]);
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
