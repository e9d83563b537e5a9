/** Test support: what a process of its own does to a database. Each says on standard output how far it is. */

import { writeSync } from 'node:fs';
import { sql } from 'kysely';
import { migrations, type Migration } from '../../migrations/index.js';
import type { Store } from '../../src/core/ports.js';
import type { RepositoryVersion } from '../../src/core/repository.js';
import { openStore } from '../../src/store/open-store.js';
import { artifact, newVersion } from './content.js';

export type TaskName = 'holdLock' | 'migrate' | 'stopWhileMigrating' | 'stopWhileRecording';

interface ChildOptions {
  readonly url: string;
  readonly locksPath: string;
}

const say = (text: string): void => {
  writeSync(1, `${text}\n`);
};

const open = ({ url, locksPath }: ChildOptions): Promise<Store> => (
  openStore({ url, locksPath, poolSize: 2, clock: { now: () => new Date() }, migrationsPending: 'allow' })
);

/** Holds a lock until it is told to end or killed. */
async function holdLock(options: ChildOptions & { readonly name: string }): Promise<void> {
  const store = await open(options);
  const lock = await store.acquireLock(options.name, 'repo sync');
  say('held');
  await new Promise((resolve) => process.stdin.once('data', resolve).resume());
  await lock.release();
  await store.close();
  say('released');
  process.stdin.destroy();
}

async function migrate(options: ChildOptions): Promise<void> {
  const store = await open(options);
  const { applied, pending } = await store.migrate();
  say(JSON.stringify({ applied, pending }));
  await store.close();
}

/** Stops for ever in the middle of a migration that has changed half of what it should. */
async function stopWhileMigrating(options: ChildOptions): Promise<void> {
  const half: Migration = {
    name: '9999-half',
    async up(db) {
      await sql`create table half (id integer)`.execute(db);
      await sql`delete from events`.execute(db);
      say('in the middle');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    },
  };
  const store = await openStore({ ...options, poolSize: 2, clock: { now: () => new Date() }, migrationsPending: 'allow', migrations: [...migrations, half] });
  await store.migrate();
}

/** Stops for ever in the middle of recording: thousands of rows are written, the transaction is open. */
async function stopWhileRecording(options: ChildOptions & { readonly base: RepositoryVersion }): Promise<void> {
  const store = await open(options);
  const artifacts = Array.from({ length: 20_000 }, (_, index) => artifact(`pool/${String(index).padStart(6, '0')}`, `interrupted ${index}`));
  const last = artifacts.at(-1)!;
  artifacts[artifacts.length - 1] = {
    ...last,
    get arch(): string {
      say('in the middle');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return last.arch;
    },
  };
  await store.recordVersion(newVersion('r', { base: options.base, removedArtifactPaths: [artifact('kept').path], addedArtifacts: artifacts }));
}

// While this module loads: the runner that brought it loads nothing more afterwards, and the store loads its drivers late.
const [task, json] = process.argv.slice(2);
const options = JSON.parse(json ?? '') as ChildOptions & { readonly name: string; readonly base: RepositoryVersion };
const tasks: Readonly<Record<TaskName, (given: typeof options) => Promise<void>>> = { holdLock, migrate, stopWhileMigrating, stopWhileRecording };
await tasks[task as TaskName](options);
