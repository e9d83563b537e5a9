/** Torture: kill -9 at any instant, at random and at named points: clients see the old state or the new, and the next run finishes the work. */

import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TaskMeta } from 'vitest';
import { createPostgresDatabase } from '../support/postgres.js';
import { describeTree } from '../support/tree.js';
import { openArena, repair, type Arena } from './arena.js';
import { choose, rounds } from './duration.js';
import { atEntry, atRandom, atRequest, runAndKill, type KillPoint } from './killer.js';
import { findTreeFaults } from './published.js';
import { createRandom, seed } from './random.js';
import { startReader, visibleTrees } from './reader.js';
import './task-meta.js';

interface Work {
  readonly name: string;
  /** What makes the command have something to do, and its arguments. */
  prepare(arena: Arena, round: number): Promise<readonly string[]>;
  /** Exit codes of the run after the kill; 6 and 5: it was done when it was killed. */
  readonly finishes: readonly number[];
  points?(arena: Arena): readonly KillPoint[];
}

const publishing = ({ latest }: Arena): readonly KillPoint[] => {
  const directory = join(latest, '..');
  return [
    atEntry(join(directory, '.latest'), 'a tree is begun', /^\.tmp-/),
    atEntry(join(directory, '.latest'), 'a tree is complete', /^\d/),
    atEntry(join(directory, '.latest'), 'packages are shared', /^packages/),
    atEntry(directory, 'the next link is there', /\.next$/),
    atEntry(directory, 'the link is switched', /^latest$/),
  ];
};

const recording = ({ tenant }: Arena): readonly KillPoint[] => [atEntry(tenant.basePath, 'the database is written', /^chantal\.db-wal$/)];

const sync: Work = {
  name: 'repo sync',
  async prepare(arena) {
    await arena.advance();
    return ['repo', 'sync', '--repo-id', 'target'];
  },
  finishes: [0],
  points: (arena) => [
    atRequest(arena.server, 'the root is asked for', /InRelease$|repomd\.xml$/),
    atRequest(arena.server, 'metadata is asked for', /Packages|primary/),
    atRequest(arena.server, 'a package is asked for', /\.(deb|rpm)$/),
    atEntry(join(arena.tenant.basePath, 'pool/sha256'), 'a blob is in the pool', /./),
    ...recording(arena),
    ...publishing(arena),
  ],
};

const snapshotsOf = ({ tenant }: Arena): string => join(tenant.basePath, 'www/target/snapshots');

const others: readonly Work[] = [
  {
    name: 'snapshot create',
    prepare: async (_, round) => ['snapshot', 'create', '--repo-id', 'target', '--name', `made-${round}`],
    finishes: [0, 6],
    points: (arena) => [...recording(arena), atEntry(snapshotsOf(arena), 'the tree is begun', /./)],
  },
  {
    name: 'snapshot merge',
    prepare: async (_, round) => ['snapshot', 'merge', '--source', 'target/first', '--source', 'target/second', '--strategy', 'keep-all', '--name', `merged-${round}`],
    finishes: [0, 6],
    points: (arena) => [...recording(arena), atEntry(snapshotsOf(arena), 'the tree is begun', /./)],
  },
  {
    name: 'snapshot delete',
    async prepare({ tenant }, round) {
      await tenant.runJson(['snapshot', 'create', '--repo-id', 'target', '--name', `gone-${round}`]);
      return ['snapshot', 'delete', '--name', `target/gone-${round}`];
    },
    finishes: [0, 5],
    points: recording,
  },
  {
    name: 'publish',
    async prepare(arena) {
      // A published file that is lost: the tree must be made again beside.
      const tree = join(arena.latest, arena.kind === 'apt' ? 'dists/heron' : 'repodata');
      for (const name of readdirSync(tree).filter((entry) => /^Release\.gpg$|\.asc$/.test(entry))) rmSync(join(tree, name));
      return ['publish', '--repo-id', 'target'];
    },
    finishes: [0],
    points: publishing,
  },
  {
    name: 'db cleanup',
    async prepare(arena) {
      await arena.advance();
      await arena.accept();
      return ['db', 'cleanup'];
    },
    finishes: [0],
    points: (arena) => [...recording(arena), atEntry(join(arena.tenant.basePath, 'pool/sha256'), 'a blob is removed', /./)],
  },
  { name: 'pool verify --repair', prepare: async () => ['pool', 'verify', '--repair'], finishes: [0] },
  {
    name: 'adopt',
    async prepare(arena, round) {
      await arena.advance();
      const tree = join(arena.tenant.basePath, `adopted-${round}`);
      cpSync(arena.served, tree, { recursive: true });
      return ['adopt', '--repo-id', 'target', '--from', tree];
    },
    finishes: [0],
    points: (arena) => [atRequest(arena.server, 'metadata is asked for', /Packages|primary/), atEntry(join(arena.tenant.basePath, 'pool/sha256'), 'a blob is in the pool', /./), ...recording(arena)],
  },
  {
    name: 'db rebuild',
    async prepare({ tenant }) {
      for (const name of readdirSync(tenant.basePath).filter((entry) => entry.startsWith('chantal.db'))) rmSync(join(tenant.basePath, name));
      return ['db', 'rebuild'];
    },
    finishes: [0],
    points: (arena) => [atEntry(arena.tenant.basePath, 'the database is there', /^chantal\.db$/), ...recording(arena)],
  },
  {
    name: 'export',
    prepare: async ({ tenant }, round) => ['export', '--snapshot', 'target/first', '--to', join(tenant.basePath, `bundle-${round}`)],
    finishes: [0],
  },
];

/** Both databases, and with each of them a format. */
const kinds = [{ kind: 'apt', dialect: 'SQLite' }, { kind: 'rpm', dialect: 'SQLite' }, { kind: 'rpm', dialect: 'PostgreSQL' }] as const;

/** Of a command that was done before it could be killed. */
const doneBefore = [6, 5] as const;

describe.each(kinds)('kill -9, $kind, $dialect', { timeout: 600_000 }, ({ kind, dialect }) => {
  let arena: Arena;
  let dropDatabase: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const database = dialect === 'PostgreSQL' ? await createPostgresDatabase() : undefined;
    dropDatabase = database?.drop;
    arena = await openArena({ kind, repository: { retention: { versions: 1 } }, ...(database === undefined ? {} : { settings: { database: { url: database.url } } }) });
    await arena.tenant.runJson(['snapshot', 'create', '--repo-id', 'target', '--name', 'first']);
    await arena.advance();
    await arena.accept();
    await arena.tenant.runJson(['snapshot', 'create', '--repo-id', 'target', '--name', 'second']);
  });
  afterAll(async () => {
    await arena.close();
    await dropDatabase?.();
  });

  it('repo sync, at named points', async ({ task }) => {
    const points = pointsOf(sync, arena, dialect);
    const chosen = choose([...points.keys()], 3, `points ${kind} ${dialect}`);
    for (const index of chosen) await killOnce(arena, sync, index, points[index]!, task.meta);
    await repair(arena);
    expect(task.meta.kills).toBeGreaterThan(chosen.length / 2);
  });

  it('repo sync, at random', async ({ task }) => {
    const random = createRandom(seed);
    for (const round of rounds(2, 0.08)) await killOnce(arena, sync, round, atRandom(random), task.meta);
    await repair(arena);
  });

  // Without its file there is nothing to be rebuilt: PostgreSQL's is dropped by others than us.
  const possible = others.filter(({ name }) => dialect === 'SQLite' || name !== 'db rebuild');

  for (const work of choose(possible, dialect === 'SQLite' ? 2 : 1, `works ${kind} ${dialect}`, ({ name }) => name === 'snapshot merge')) {
    it(work.name, async ({ task }) => {
      const random = createRandom(seed);
      for (const round of rounds(1, 0.015)) {
        const points = pointsOf(work, arena, dialect);
        const point = points[round] ?? (points.length > 0 && random.next() < 0.5 ? random.pick(points) : atRandom(random));
        await killOnce(arena, work, round, point, task.meta);
      }
      await repair(arena);
    });
  }
});

/** What is written by a server of its own cannot be watched. */
function pointsOf(work: Work, arena: Arena, dialect: 'SQLite' | 'PostgreSQL'): readonly KillPoint[] {
  return (work.points?.(arena) ?? []).filter(({ name }) => dialect === 'SQLite' || !name.includes('database'));
}

/** One kill: everything that is published is whole all the time, nothing that should stay changes, and the same command then ends well. */
async function killOnce(arena: Arena, work: Work, round: number, point: KillPoint, meta: TaskMeta): Promise<void> {
  const args = await work.prepare(arena, round);
  const frozen = snapshotsOf(arena);
  const kept = Object.fromEntries(['first', 'second'].map((name) => [name, describeTree(join(frozen, name))]));
  const trees = { latest: arena.latest, snapshots: frozen };
  const reader = startReader(arena.kind, trees);
  const { isKilled } = await runAndKill(args, arena.tenant.configDir, point);
  const { faults, looks } = reader.stop();
  meta.kills = (meta.kills ?? 0) + (isKilled ? 1 : 0);
  meta.looks = (meta.looks ?? 0) + looks;
  const where = `${work.name}, round ${round}, killed ${point.name}, seed ${seed}`;
  expect(faults, where).toEqual([]);
  for (const tree of visibleTrees(frozen)) expect(findTreeFaults(arena.kind, tree), `${where}: ${tree}`).toEqual([]);

  const again = startReader(arena.kind, trees);
  const rerun = await arena.tenant.run([...args, '--json']);
  const seen = again.stop();
  meta.looks += seen.looks;
  expect(seen.faults, `${where}, run again`).toEqual([]);
  expect(isKilled ? work.finishes : [...work.finishes, ...doneBefore], `${where}: ${rerun.stdout}${rerun.stderr}`).toContain(rerun.exitCode);
  for (const [name, tree] of Object.entries(kept)) expect(describeTree(join(frozen, name)), where).toEqual(tree);
}
