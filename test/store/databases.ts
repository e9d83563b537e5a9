/** Test support: one body of tests over SQLite and PostgreSQL, a fresh database for each test. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/core/ports.js';
import { openStore, type StoreOptions } from '../../src/store/open-store.js';
import { createPostgresDatabase, isPostgresInstalled } from '../support/postgres.js';

/** A clock that never shows the same time twice. */
function tickingClock(): StoreOptions['clock'] {
  let ticks = Date.parse('2026-01-31T12:00:00Z');
  return { now: () => new Date(ticks += 1000) };
}

type Kind = 'sqlite' | 'postgresql' | 'memory';

export interface TestDatabase {
  readonly dialect: 'sqlite' | 'postgresql';
  readonly directory: string;
  readonly url: string;
  readonly locksPath: string;
  /** Open and migrated; a second call is a second connection, as another process would have. Closed after the test. */
  open(options?: Partial<StoreOptions>): Promise<Store>;
  /** Without migrating. */
  openAsIs(options?: Partial<StoreOptions>): Promise<Store>;
  /** SQL past the store. */
  query(text: string): Promise<readonly Record<string, unknown>[]>;
}

const kept = [
  { dialect: 'sqlite' as const, isInstalled: true },
  { dialect: 'postgresql' as const, isInstalled: isPostgresInstalled },
];

/** @param body is run once for each kind of database; `use()` is the one of the test that runs */
export function describeDatabases(title: string, body: (use: () => TestDatabase) => void): void {
  describeEach(kept, title, body);
}

/** The same, and over a database in memory: for what is asked of a store alone, by one connection. */
export function describeStores(title: string, body: (use: () => Pick<TestDatabase, 'open'>) => void): void {
  describeEach([...kept, { dialect: 'memory' as const, isInstalled: true }], title, body);
}

function describeEach(databases: readonly { readonly dialect: Kind; readonly isInstalled: boolean }[], title: string, body: (use: () => TestDatabase) => void): void {
  describe.each(databases)(`${title}, $dialect`, ({ dialect, isInstalled }) => {
    describe.skipIf(!isInstalled)('', () => {
      let database: TestDatabase & { destroy(): Promise<void> };
      beforeEach(async () => {
        database = await createDatabase(dialect);
      });
      afterEach(() => database.destroy());
      body(() => database);
    });
  });
}

async function createDatabase(dialect: Kind): Promise<TestDatabase & { destroy(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'chantal-store-'));
  const locksPath = join(directory, 'locks');
  const server = dialect === 'postgresql' ? await createPostgresDatabase() : undefined;
  const file = join(directory, 'chantal.db');
  const opened: Store[] = [];
  const url = server?.url ?? (dialect === 'memory' ? 'sqlite::memory:' : `sqlite:///${file}`);
  const clock = tickingClock();
  const openAsIs: TestDatabase['openAsIs'] = async (options = {}) => {
    const store = await openStore({ url, poolSize: 5, locksPath, clock, migrationsPending: 'refuse', ...options });
    opened.push(store);
    return store;
  };
  return {
    dialect: server === undefined ? 'sqlite' : 'postgresql',
    directory,
    url,
    locksPath,
    openAsIs,
    async open(options) {
      const store = await openAsIs({ migrationsPending: 'allow', ...options });
      await store.migrate();
      return store;
    },
    query: (text) => (server === undefined ? queryFile(file, text) : server.query(text)),
    async destroy() {
      for (const store of opened) await store.close();
      await server?.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function queryFile(path: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const database = new Database(path);
  try {
    const statement = database.prepare<[], Record<string, unknown>>(text);
    if (statement.reader) return statement.all();
    statement.run();
    return [];
  } finally {
    database.close();
  }
}
