/** The database is lost; the pool and the published trees are there. */

import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { collectGarbage } from '../../src/operations/collect-garbage.js';
import { mergeSnapshots } from '../../src/operations/merge-snapshots.js';
import type { RebuildResult } from '../../src/operations/rebuild-database.js';
import { publishSnapshot } from '../../src/operations/publish-repository.js';
import { verifyPool } from '../../src/operations/verify-pool.js';
import type { App } from '../../src/core/app.js';
import { diffVersions } from '../../src/queries/diff-versions.js';
import { listRepositories } from '../../src/queries/repositories.js';
import { listSnapshots } from '../../src/queries/snapshots.js';
import { keyFixture } from '../support/fixtures.js';
import { describeTree, servedFiles } from '../support/tree.js';
import { aptRepository, describeLab, loseDatabase, rpmRepository, type Lab } from './lab.js';

/** Two days of `rpm` and `apt`, with catalogs and snapshots, `few` filtered, and merges within a repository and across. */
async function fill(lab: Lab): Promise<void> {
  writeFileSync(join(lab.tenant.configDir, 'conf.d/signing.yaml'), stringify({ signing: { key_file: keyFixture('stranger', 'private.asc') }, catalog: { enabled: true } }));
  lab.tenant.writeRepository(rpmRepository(`${lab.upstream.url}/rpm`, { name: 'few', filters: { exclude: ['marlin*'] } }));
  lab.tenant.writeRepository(aptRepository(`${lab.upstream.url}/apt`, { name: 'some', filters: { include: ['tidelog'], architectures: ['amd64'] } }));
  lab.tenant.writeRepository({ name: 'flat', type: 'apt', upstream: { url: `${lab.upstream.url}/apt-flat` }, apt: { gpgcheck: false, sources: true } });
  await lab.reopen();
  for (const name of ['rpm', 'apt', 'few', 'flat', 'some']) await lab.sync(name, { snapshotName: 'day1' });
  lab.show('rpm', 'day2');
  lab.show('apt', 'day2');
  for (const name of ['rpm', 'apt', 'few']) await lab.sync(name);
  await lab.freeze('rpm', 'day2');
  await mergeSnapshots(lab.app, { sources: ['rpm/day1', 'rpm/day2'], name: 'both', strategy: 'keep-all', isDryRun: false });
  await mergeSnapshots(lab.app, { sources: ['rpm/day1', 'few/day1'], name: 'across', strategy: 'latest', isDryRun: false });
  await mergeSnapshots(lab.app, { sources: ['apt/day1', 'some/day1'], name: 'debs', strategy: 'latest', isDryRun: false });
}

async function rebuild(lab: Lab): Promise<RebuildResult> {
  const { stdout } = await lab.tenant.run(['db', 'rebuild', '--json']);
  const result = JSON.parse(stdout) as RebuildResult;
  await lab.reopen();
  return result;
}

/** Everything that listing, showing and diffing is made of; without times, and without who signed what is not published any more. */
async function describeState(app: App): Promise<unknown> {
  const snapshots = await app.store.findSnapshots({});
  const contents = await Promise.all(snapshots.map(async ({ repository, name, version }) => [`${repository}/${name}`, {
    line: version.repository, mode: version.mode, signedBy: version.mode === 'verbatim' ? version.signedBy : [], dates: version.dates, validUntil: version.validUntil,
    artifacts: await app.store.listArtifacts(version), files: await app.store.listFiles(version),
  }] as const));
  return {
    repositories: (await listRepositories(app)).map(({ lastSync: _, ...view }) => view),
    snapshots: (await listSnapshots(app)).map(({ createdAt: _, ageMs: __, ...view }) => view),
    contents: Object.fromEntries(contents),
  };
}

async function diff(app: App): Promise<unknown> {
  const { from, to, ...changes } = await diffVersions(app, { from: 'rpm/day1', to: 'rpm/latest' });
  return { ...changes, from: { ...from, createdAt: '' }, to: { ...to, createdAt: '' } };
}

describeLab('db rebuild', (lab) => {
  it('finds every repository, snapshot and merge again, and the next syncs fetch no package', async () => {
    await fill(lab());
    const before = await describeState(lab().app);
    const differences = await diff(lab().app);
    const www = join(lab().tenant.basePath, 'www');
    const trees = describeTree(www);
    const drop = await loseDatabase(lab());
    try {
      const result = await rebuild(lab());
      expect(result.skipped).toEqual([]);
      expect(result.restored.map(({ repository, target, lost, foreign }) => [repository, target, lost, foreign])).toEqual([
        ['apt', 'snapshot:day1', [], []], ['apt', 'latest', [], []],
        ['few', 'snapshot:day1', [], []], ['few', 'latest', [], []],
        ['flat', 'snapshot:day1', [], []], ['flat', 'latest', [], []],
        ['rpm', 'snapshot:day1', [], []], ['rpm', 'snapshot:day2', [], []], ['rpm', 'snapshot:both', [], []], ['rpm', 'latest', [], []],
        ['some', 'snapshot:day1', [], []], ['some', 'latest', [], []],
        ['merged', 'snapshot:across', [], []], ['merged', 'snapshot:debs', [], []],
      ]);
      expect(await describeState(lab().app)).toEqual(before);
      expect(await diff(lab().app)).toEqual(differences);
      expect(describeTree(www)).toEqual(trees);
      expect(await collectGarbage(lab().app, false)).toMatchObject({ versions: [] });
      expect((await verifyPool(lab().app, false)).faults).toEqual([]);

      lab().show('apt', 'day2');
      const served = Object.fromEntries(['rpm', 'apt', 'few', 'some'].map((name) => [name, servedFiles(lab().tenant.latest(name))]));
      const asked = lab().upstream.requests.length;
      for (const name of ['rpm', 'apt', 'few']) {
        expect(await lab().sync(name)).toMatchObject({ added: { packages: 0 }, removed: { packages: 0 } });
        expect(await lab().sync(name)).toMatchObject({ outcome: 'unchanged' });
      }
      expect(lab().upstream.requests.slice(asked).filter(({ path }) => /\.(rpm|deb)$/.test(path))).toEqual([]);
      for (const name of ['rpm', 'apt', 'few']) expect(servedFiles(lab().tenant.latest(name))).toMatchObject(withoutCarried(served[name] ?? {}, lab(), name));
      expect(servedFiles(join(www, 'rpm/snapshots'))).toEqual(filesBelow(trees, 'rpm/snapshots/'));
    } finally {
      await drop();
    }
  });

  it('does not touch a database that holds something, and is done again without harm', async () => {
    await lab().sync('rpm', { snapshotName: 's' });
    const before = await describeState(lab().app);
    const refused = await lab().tenant.run(['db', 'rebuild', '--json']);
    expect([refused.exitCode, refused.json()]).toEqual([6, { error: expect.objectContaining({ code: 'E_DATABASE_NOT_EMPTY', hint: expect.stringContaining('move its file away') as unknown }) as unknown }]);
    expect(await describeState(lab().app)).toEqual(before);
    const drop = await loseDatabase(lab());
    try {
      const once = await rebuild(lab());
      const { version } = (await lab().app.store.findSnapshots({}))[0] ?? {};
      expect((await rebuild(lab())).restored.map(({ target, version: number }) => [target, number])).toEqual(once.restored.map(({ target, version: number }) => [target, number]));
      expect(await describeState(lab().app)).toEqual(before);
      expect(await lab().app.store.listVersions('rpm')).toEqual([version]);
    } finally {
      await drop();
    }
  });

  it('finds what belongs to repositories that are no longer configured, and cleanup leaves it alone', async () => {
    for (const name of ['rpm', 'apt']) await lab().sync(name, { snapshotName: 'day1' });
    const trees = describeTree(join(lab().tenant.basePath, 'www'));
    const files = ['rpm', 'apt'].map((name) => join(lab().tenant.configDir, 'repos.d', `${name}.yaml`));
    const texts = files.map((path) => readFileSync(path));
    const drop = await loseDatabase(lab());
    try {
      for (const path of files) rmSync(path);
      const result = await rebuild(lab());
      expect(result.skipped).toEqual([]);
      expect(result.restored.map(({ repository, target, lost, foreign }) => [repository, target, lost, foreign])).toEqual([
        ['apt', 'snapshot:day1', [], []], ['apt', 'latest', [], []], ['rpm', 'snapshot:day1', [], []], ['rpm', 'latest', [], []],
      ]);
      expect((await listSnapshots(lab().app)).map(({ repository, name }) => [repository, name])).toEqual([['apt', 'day1'], ['rpm', 'day1']]);
      expect(await collectGarbage(lab().app, false)).toMatchObject({ versions: [] });
      expect(describeTree(join(lab().tenant.basePath, 'www'))).toEqual(trees);
      expect((await verifyPool(lab().app, false)).faults).toEqual([]);

      files.forEach((path, index) => { writeFileSync(path, texts[index]!); });
      await lab().reopen();
      for (const name of ['rpm', 'apt']) expect(await lab().sync(name)).toMatchObject({ added: { packages: 0 }, removed: { packages: 0 } });
    } finally {
      await drop();
    }
  });

  it('takes up what a killed run has recorded', async () => {
    await lab().sync('rpm', { snapshotName: 'day1' });
    lab().show('rpm', 'day2');
    await lab().sync('rpm', { snapshotName: 'day2' });
    const before = await describeState(lab().app);
    const hidden = join(lab().tenant.basePath, 'hidden');
    const latest = join(lab().tenant.latest('rpm'), '..');
    const drop = await loseDatabase(lab());
    try {
      // As it is when the first run was killed between the two snapshots.
      mkdirSync(hidden);
      renameSync(join(latest, 'latest'), join(hidden, 'latest'));
      renameSync(join(latest, 'snapshots/day2'), join(hidden, 'day2'));
      expect((await rebuild(lab())).restored).toMatchObject([{ target: 'snapshot:day1', version: 1 }]);
      renameSync(join(hidden, 'day2'), join(latest, 'snapshots/day2'));
      renameSync(join(hidden, 'latest'), join(latest, 'latest'));
      expect((await rebuild(lab())).restored.map(({ version }) => version)).toEqual([1, 2, 2]);
      expect(await describeState(lab().app)).toEqual(before);
    } finally {
      await drop();
    }
  });

  it('reads every file: what is damaged is named, and fetched by a repair; trees of others are left alone', async () => {
    await lab().sync('rpm', { snapshotName: 'day1' });
    const { app, tenant, served } = lab();
    const [version] = await app.store.listVersions('rpm');
    const [gone, damaged, kept] = await app.store.listArtifacts(version as never);
    const tree = tenant.snapshot('rpm', 'day1');
    const foreign = join(dirname(tree), 'theirs');
    cpSync(join(served, 'rpm'), foreign, { recursive: true });
    writeFileSync(join(foreign, 'repodata/repomd.xml'), readFileSync(join(foreign, 'repodata/repomd.xml'), 'utf8').replace('</repomd>', '<!-- theirs --></repomd>'));
    writeFileSync(join(tree, 'note.txt'), 'somebody was here');
    const theirs = describeTree(foreign);
    const pooled = (artifact: typeof gone): string => app.pool.pathOf(artifact?.digest as never);
    // Lost altogether; the same bytes changed in pool and trees; lost by the pool alone.
    rmSync(pooled(gone));
    for (const root of [tree, tenant.latest('rpm')]) rmSync(join(root, gone?.path ?? ''));
    const bytes = readFileSync(pooled(damaged));
    chmodSync(pooled(damaged), 0o644);
    writeFileSync(pooled(damaged), bytes.fill(0, 100, 200), { flag: 'r+' });
    rmSync(pooled(kept));
    const drop = await loseDatabase(lab());
    try {
      const { exitCode, stdout } = await tenant.run(['db', 'rebuild']);
      expect(exitCode).toBe(3);
      expect(stdout).toContain(`left alone: ${foreign}`);
      expect(stdout).toContain(`not of ours: ${join(tree, 'note.txt')}`);
      const { restored, skipped } = await rebuild(lab());
      expect(restored.at(-1)).toMatchObject({ target: 'latest', lost: expect.arrayContaining([gone?.path, damaged?.path]) as unknown, packages: version?.artifactCount });
      expect(restored.at(-1)?.lost).toHaveLength(2);
      expect(skipped).toEqual([{ path: foreign, code: 'E_CHECKSUM', message: expect.stringContaining('not a tree of ours') as unknown }]);
      expect(describeTree(foreign)).toEqual(theirs);
      expect(existsSync(pooled(kept))).toBe(true);

      const asked = lab().upstream.requests.length;
      expect(await lab().sync('rpm')).toMatchObject({ added: { packages: 0 }, removed: { packages: 0 } });
      expect(lab().upstream.requests.slice(asked).filter(({ path }) => path.endsWith('.rpm')).map(({ path }) => path.slice('/rpm/'.length)).sort()).toEqual([gone?.path, damaged?.path].sort());
      expect((await verifyPool(lab().app, true)).faults).toEqual([]);
      await publishSnapshot(lab().app, 'rpm/day1');
      expect(servedFiles(tree)).toMatchObject({ [gone?.path ?? '']: gone?.digest, [damaged?.path ?? '']: damaged?.digest });
    } finally {
      await drop();
    }
  });
});

const withoutCarried = (files: Record<string, string>, lab: Lab, name: string): Record<string, string> => {
  const now = servedFiles(lab.tenant.latest(name));
  return Object.fromEntries(Object.entries(files).filter(([path]) => path in now));
};

const filesBelow = (tree: Record<string, string>, prefix: string): Record<string, string> => Object.fromEntries(
  Object.entries(tree).filter(([path, what]) => path.startsWith(prefix) && what.startsWith('file ')).map(([path, what]) => [path.slice(prefix.length), what.split(' ')[2] ?? '']),
);
