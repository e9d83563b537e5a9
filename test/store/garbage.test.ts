import { expect, test } from 'vitest';
import type { RepositoryVersion } from '../../src/core/repository.js';
import { artifact, file, newVersion } from './content.js';
import { describeDatabases } from './databases.js';

const all = { versions: 1, byRepository: new Map<string, number>(), namedSince: '2000-01-01T00:00:00.000Z' };

/** A small generator: the same seed, the same story. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
}

describeDatabases('forgetting', (use) => {
  test.each([1, 2, 3, 4])('whatever is synced, named and dropped, what is kept reads as it was recorded (story %i)', async (seed) => {
    const store = await use().open();
    const random = randomNumbers(seed);
    const kept = 1 + random(3);
    const model = new Map<number, { readonly version: RepositoryVersion; readonly paths: ReadonlySet<string> }>();
    const named = new Map<string, number>();
    let current: RepositoryVersion | undefined;
    for (let step = 0; step < 30; step += 1) {
      const choice = random(6);
      if (choice < 3) {
        const before = current === undefined ? new Set<string>() : model.get(current.number)?.paths ?? new Set<string>();
        const removed = [...before].filter(() => random(3) === 0);
        const added = [...Array(4).keys()].map(() => `p/${random(12)}`).filter((path, index, paths) => paths.indexOf(path) === index && (!before.has(path) || removed.includes(path)));
        current = await store.recordVersion(newVersion('r', {
          base: current,
          addedArtifacts: added.map((path) => artifact(path, `${path} ${step}`)),
          addedFiles: added.map((path) => file(`f/${path}`, `file ${path} ${step}`)),
          removedArtifactPaths: removed.map((path) => artifact(path).path),
          removedFilePaths: removed.map((path) => file(`f/${path}`).path),
        }));
        model.set(current.number, { version: current, paths: new Set([...before].filter((path) => !removed.includes(path)).concat(added)) });
      } else if (choice === 3 && current !== undefined) {
        await store.createSnapshot('r', `s${step}`, current);
        named.set(`s${step}`, current.number);
      } else if (choice === 4 && named.size > 0) {
        const name = [...named.keys()][random(named.size)] ?? '';
        const [snapshot] = await store.findSnapshots({ name });
        if (snapshot !== undefined) await store.deleteSnapshot(snapshot);
        named.delete(name);
      } else {
        const planned = await store.dropVersions({ ...all, versions: kept }, true);
        expect(await store.dropVersions({ ...all, versions: kept }, false)).toEqual(planned);
        const stays = [...model.keys()].sort((a, b) => b - a).filter((number, index) => index < kept || [...named.values()].includes(number));
        for (const number of [...model.keys()]) if (!stays.includes(number)) model.delete(number);
        await store.forgetBlobs(planned.unnamed.map(({ digest }) => digest));
      }
      expect((await store.listVersions('r')).map(({ number }) => number)).toEqual([...model.keys()].sort((a, b) => a - b));
      const needed = new Set<string>();
      for (const { version, paths } of model.values()) {
        const artifacts = await store.listArtifacts(version);
        const files = await store.listFiles(version);
        expect(artifacts.map(({ path }) => path)).toEqual([...paths].sort());
        expect(files.map(({ path }) => path)).toEqual([...paths].sort().map((path) => `f/${path}`));
        for (const { digest } of [...artifacts, ...files]) needed.add(digest);
      }
      const last = await store.dropVersions({ ...all, versions: 10_000 }, true);
      expect(last.unnamed.filter(({ digest }) => needed.has(digest))).toEqual([]);
      expect((await store.findBlobs([...needed] as never)).size).toBe(needed.size);
    }
    await store.dropVersions({ ...all, versions: kept }, false);
    const rows = await use().query('select count(*) as n from artifacts a where not exists (select 1 from versions v where v.number >= a.added_in and (a.removed_in is null or v.number < a.removed_in))');
    expect(Number(rows[0]?.['n'])).toBe(0);
  });

  test('published versions stay, and each repository has its own number', async () => {
    const store = await use().open();
    for (const repository of ['a', 'b']) {
      let base: RepositoryVersion | undefined;
      for (let number = 1; number <= 4; number += 1) base = await store.recordVersion(newVersion(repository, { base, addedArtifacts: [artifact(`p/${number}`)] }));
    }
    const first = await store.findVersion('a', 1);
    if (first === undefined) throw new Error('recorded above');
    await store.beginPublication({ repository: 'a', target: 'latest', version: first, path: '/x', tree: '/x' });
    const { versions } = await store.dropVersions({ ...all, versions: 2, byRepository: new Map([['b', 3]]) }, false);
    expect(versions).toEqual([{ repository: 'a', number: 2 }, { repository: 'b', number: 1 }]);
    expect(await store.pruneVersions('b', 1)).toBe(2);
    expect(await store.pruneVersions('nobody', 1)).toBe(0);
    expect((await store.listVersions('b')).map(({ number }) => number)).toEqual([4]);
  });

  test('the line of a merge keeps nothing for being new, once it had time to be named', async () => {
    const store = await use().open();
    await store.recordVersion(newVersion('merged/merge/m', { addedArtifacts: [artifact('p/m')] }));
    expect((await store.dropVersions(all, false)).versions).toEqual([]);
    expect((await store.dropVersions({ ...all, namedSince: '2100-01-01T00:00:00.000Z' }, false)).versions).toEqual([{ repository: 'merged/merge/m', number: 1 }]);
    await store.recordVersion(newVersion('merged/merge/m', { addedArtifacts: [artifact('p/m')] }));
  });

  test('only blobs that nothing names are forgotten', async () => {
    const store = await use().open();
    await store.recordVersion(newVersion('r', { addedArtifacts: [artifact('p/a')] }));
    const [held, unknown] = [artifact('p/a').digest, artifact('p/b').digest];
    expect(await store.forgetBlobs([held, unknown])).toEqual(new Set([unknown]));
    expect((await store.findBlobs([held])).size).toBe(1);
  });

  test('held locks are told, those of the dead are cleared away', async () => {
    const store = await use().open();
    const lock = await store.acquireLock('repository/r', 'repo sync');
    await use().query('insert into locks (name, host, pid, command, since) values (\'repository/dead\', \'h\', 1, \'repo sync\', \'2026-01-01T00:00:00.000Z\')');
    expect(await store.listLocks()).toMatchObject([{ name: 'repository/r', command: 'repo sync', pid: process.pid }]);
    await lock.release();
    expect(await store.listLocks()).toEqual([]);
    await (await store.acquireLock('repository/dead', 'repo sync')).release();
  });
});
