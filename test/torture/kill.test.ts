/** Torture: kill -9 at any instant, at random and at named points: clients see the old state or the new, and the next run finishes the work. */

import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TaskMeta } from 'vitest';
import { makeTenant } from '../support/tenant.js';
import { describeTree } from '../support/tree.js';
import { openArena, repair, type Arena } from './arena.js';
import { rounds } from './duration.js';
import { afterTime, atEntry, atRequest, runAndKill, type KillPoint } from './killer.js';
import { findTreeFaults } from './published.js';
import { createRandom, seed, type Random } from './random.js';
import { startReader } from './reader.js';
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
    name: 'export',
    prepare: async ({ tenant }, round) => ['export', '--snapshot', 'target/first', '--to', join(tenant.basePath, `bundle-${round}`)],
    finishes: [0],
  },
];

describe.each(['apt', 'rpm'] as const)('kill -9, %s', { timeout: 600_000 }, (kind) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena({ kind, repository: { retention: { versions: 1 } } });
    await arena.tenant.runJson(['snapshot', 'create', '--repo-id', 'target', '--name', 'first']);
    await arena.advance();
    await arena.accept();
    await arena.tenant.runJson(['snapshot', 'create', '--repo-id', 'target', '--name', 'second']);
  });
  afterAll(async () => arena.close());

  it('repo sync, at named points', async ({ task }) => {
    for (const index of sync.points!(arena).keys()) await killOnce(arena, sync, index, (points) => points[index]!, task.meta);
    await repair(arena);
    expect(task.meta.kills).toBeGreaterThan(sync.points!(arena).length / 2);
  });

  it('repo sync, at random', async ({ task }) => {
    const random = createRandom(seed);
    for (const round of rounds(4, 0.1)) await killOnce(arena, sync, round, () => atRandom(random), task.meta);
    await repair(arena);
  });

  for (const work of others) {
    it(work.name, async ({ task }) => {
      const random = createRandom(seed);
      const choose = (round: number) => (points: readonly KillPoint[]): KillPoint => points[round] ?? (points.length > 0 && random.next() < 0.5 ? random.pick(points) : atRandom(random));
      for (const round of rounds(2, 0.02)) await killOnce(arena, work, round, choose(round), task.meta);
      await repair(arena);
    });
  }

  it('import', async ({ task }) => {
    const bundle = join(arena.tenant.basePath, 'bundle');
    await arena.tenant.runJson(['export', '--snapshot', 'target/first', '--to', bundle]);
    const random = createRandom(seed);
    for (const round of rounds(2, 0.02)) {
      const directory = join(arena.tenant.basePath, `far-${round}`);
      mkdirSync(directory);
      const far = makeTenant(directory);
      await far.runJson(['init']);
      const { isKilled } = await runAndKill(['import', '--from', bundle], far.configDir, afterTime(150 + random.next() * 400));
      task.meta.kills = (task.meta.kills ?? 0) + (isKilled ? 1 : 0);
      for (const name of visible(join(far.basePath, 'www/target/snapshots'))) expect(findTreeFaults(kind, join(far.basePath, 'www/target/snapshots', name))).toEqual([]);
      const rerun = await far.run(['import', '--from', bundle]);
      expect([0, ...(isKilled ? [] : [6])], `seed ${seed}: ${rerun.stderr}`).toContain(rerun.exitCode);
      expect(findTreeFaults(kind, join(far.basePath, 'www/target/snapshots/first'))).toEqual([]);
    }
  });

  it('db migrate', async ({ task }) => {
    const random = createRandom(seed);
    for (const round of rounds(3, 0.02)) {
      const directory = join(arena.tenant.basePath, `new-${round}`);
      mkdirSync(directory);
      const fresh = makeTenant(directory);
      mkdirSync(fresh.basePath);
      const point = round === 0 ? atEntry(fresh.basePath, 'the database is there', /^chantal\.db/) : afterTime(100 + random.next() * 300);
      const { isKilled } = await runAndKill(['db', 'migrate'], fresh.configDir, point);
      task.meta.kills = (task.meta.kills ?? 0) + (isKilled ? 1 : 0);
      expect(await fresh.run(['db', 'migrate'])).toMatchObject({ exitCode: 0 });
      expect(await fresh.run(['db', 'status'])).toMatchObject({ exitCode: 0 });
    }
  });
});

/** Of a command that takes half a second on an idle machine, the half of it starting. */
function atRandom(random: Random): KillPoint {
  return afterTime(150 + random.next() * 600);
}

/** One kill: everything that is published is whole all the time, nothing that should stay changes, and the same command then ends well. */
async function killOnce(arena: Arena, work: Work, round: number, choose: (points: readonly KillPoint[]) => KillPoint, meta: TaskMeta): Promise<void> {
  const args = await work.prepare(arena, round);
  const frozen = snapshotsOf(arena);
  const kept = Object.fromEntries(['first', 'second'].map((name) => [name, describeTree(join(frozen, name))]));
  const point = choose(work.points?.(arena) ?? []);
  const reader = startReader(arena.kind, arena.latest);
  const { isKilled } = await runAndKill(args, arena.tenant.configDir, point);
  const { faults, looks } = reader.stop();
  meta.kills = (meta.kills ?? 0) + (isKilled ? 1 : 0);
  meta.looks = (meta.looks ?? 0) + looks;
  const where = `${work.name}, round ${round}, killed ${point.name}, seed ${seed}`;
  expect(faults, where).toEqual([]);
  for (const name of visible(frozen)) expect(findTreeFaults(arena.kind, join(frozen, name)), `${where}: snapshot ${name}`).toEqual([]);

  const again = startReader(arena.kind, arena.latest);
  const rerun = await arena.tenant.run([...args, '--json']);
  const seen = again.stop();
  meta.looks += seen.looks;
  expect(seen.faults, `${where}, run again`).toEqual([]);
  expect(isKilled ? work.finishes : [...work.finishes, 6, 5], `${where}: ${rerun.stdout}${rerun.stderr}`).toContain(rerun.exitCode);
  for (const [name, tree] of Object.entries(kept)) expect(describeTree(join(frozen, name)), where).toEqual(tree);
}

/** Names without a dot are what a web server's users see. */
function visible(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory).filter((name) => !name.startsWith('.') && statSync(join(directory, name)).isDirectory()) : [];
}
