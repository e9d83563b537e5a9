import { expect, test } from 'vitest';
import { digestOf } from '../../src/core/digest.js';
import { artifact, blobOf, file, newVersion } from './content.js';
import { describeDatabases, describeStores } from './databases.js';

describeStores('versions', (use) => {
  test('a version comes back as it was recorded, from every way to it', async () => {
    const store = await use().open();
    const recorded = await store.recordVersion(newVersion('jammy', {
      mode: 'regenerated',
      rootFingerprint: digestOf('InRelease'),
      settingsDigest: digestOf('components'),
      signedBy: ['F6ECB3762474EDA9D21B7022871920D1991BC93C'],
      dates: { 'dists/jammy/InRelease': '2026-01-30T00:00:00.000Z' },
      validUntil: '2026-02-28T00:00:00.000Z',
      addedArtifacts: [artifact('pool/a.deb'), artifact('pool/b.deb')],
      addedFiles: [file('dists/jammy/InRelease')],
    }));
    const bytes = artifact('pool/a.deb').sizeBytes + artifact('pool/b.deb').sizeBytes;
    expect(recorded).toMatchObject({ repository: 'jammy', number: 1, mode: 'regenerated', artifactCount: 2, artifactBytes: bytes, fileCount: 1 });
    expect(await store.findVersion('jammy', 1)).toEqual(recorded);
    expect(await store.listVersions('jammy')).toEqual([recorded]);
    expect((await store.findRepository('jammy'))?.current).toEqual(recorded);
    expect(await store.findVersion('jammy', 2)).toBeUndefined();
    expect(await store.findVersion('focal', 1)).toBeUndefined();
  });

  test('artifacts and files come back with all they say, in order of path', async () => {
    const store = await use().open();
    const artifacts = [
      artifact('Packages/a.rpm', 'one body', { attributes: { component: 'main', summary: 'Grüße "♥" \\ \u0001' }, version: '1:2~rc1-3' }),
      artifact('Packages/a_2.rpm', 'one body'),
      artifact('Packages/a~b.rpm', 'another', { checksum: { algorithm: 'sha512', hex: 'ab'.repeat(64) } }),
      artifact('Packages/é.rpm', 'third'),
    ];
    const files = [file('.treeinfo', 'x', { kind: 'treeinfo' }), file('repodata/aa-primary.xml.gz', 'y', { kind: 'primary', hashNamed: true })];
    const version = await store.recordVersion(newVersion('r', { addedArtifacts: [...artifacts].reverse(), addedFiles: [...files].reverse() }));
    expect(await store.listArtifacts(version)).toEqual(artifacts);
    expect(await store.listFiles(version)).toEqual(files);
  });

  test('the same path may leave and come back with other bytes; old versions keep what they had', async () => {
    const store = await use().open();
    const first = await store.recordVersion(newVersion('r', { addedArtifacts: [artifact('a', 'old'), artifact('b')], addedFiles: [file('Release', '1')] }));
    const second = await store.recordVersion(newVersion('r', {
      base: first,
      addedArtifacts: [artifact('a', 'new'), artifact('c')],
      removedArtifactPaths: [artifact('a').path, artifact('b').path],
      addedFiles: [file('Release', '2')],
      removedFilePaths: [file('Release').path],
    }));
    expect(second).toMatchObject({
      number: 2, artifactCount: 2, fileCount: 1, artifactBytes: artifact('a', 'new').sizeBytes + artifact('c').sizeBytes,
    });
    expect(await store.listArtifacts(first)).toEqual([artifact('a', 'old'), artifact('b')]);
    expect(await store.listArtifacts(second)).toEqual([artifact('a', 'new'), artifact('c')]);
    expect(await store.listFiles(first)).toEqual([file('Release', '1')]);
    const forward = await store.diffVersions(first, second);
    expect(forward).toEqual({
      addedArtifacts: [artifact('a', 'new'), artifact('c')],
      removedArtifacts: [artifact('a', 'old'), artifact('b')],
      addedFiles: [file('Release', '2')],
      removedFiles: [file('Release', '1')],
    });
    expect(await store.diffVersions(second, first)).toEqual({
      addedArtifacts: forward.removedArtifacts, removedArtifacts: forward.addedArtifacts, addedFiles: forward.removedFiles, removedFiles: forward.addedFiles,
    });
  });

  test('what left and came back as it was is no difference', async () => {
    const store = await use().open();
    const first = await store.recordVersion(newVersion('r', { addedArtifacts: [artifact('a')] }));
    const second = await store.recordVersion(newVersion('r', { base: first, removedArtifactPaths: [artifact('a').path] }));
    const third = await store.recordVersion(newVersion('r', { base: second, addedArtifacts: [artifact('a')] }));
    expect(await store.diffVersions(first, third)).toEqual({ addedArtifacts: [], removedArtifacts: [], addedFiles: [], removedFiles: [] });
    expect(await store.diffVersions(first, first)).toEqual({ addedArtifacts: [], removedArtifacts: [], addedFiles: [], removedFiles: [] });
  });

  test('versions of two repositories have no difference to tell', async () => {
    const store = await use().open();
    const one = await store.recordVersion(newVersion('one'));
    const two = await store.recordVersion(newVersion('two'));
    await expect(store.diffVersions(one, two)).rejects.toThrow('no common history');
  });

  test('a delta against a version that is no longer current is refused, and nothing of it is written', async () => {
    const store = await use().open();
    const first = await store.recordVersion(newVersion('r', { addedArtifacts: [artifact('a')] }));
    const second = await store.recordVersion(newVersion('r', { base: first, addedArtifacts: [artifact('b')] }));
    const events = await store.listEvents(0, 100);
    for (const base of [undefined, first]) {
      await expect(store.recordVersion(newVersion('r', { base, addedArtifacts: [artifact('c')] }))).rejects.toMatchObject({
        code: 'E_DATABASE', message: expect.stringContaining('changed by another process') as unknown, context: { repository: 'r', found: 'version 2' },
      });
    }
    expect((await store.findRepository('r'))?.current).toEqual(second);
    expect(await store.findBlobs([artifact('c').digest])).toEqual(new Map());
    expect(await store.listEvents(0, 100)).toEqual(events);
  });

  test('a delta that does not fit is refused whole: an unknown path, a path twice, a blob nobody has named', async () => {
    const store = await use().open();
    const first = await store.recordVersion(newVersion('r', { addedArtifacts: [artifact('a')] }));
    const broken = [
      newVersion('r', { base: first, addedArtifacts: [artifact('b')], removedArtifactPaths: [artifact('x').path] }),
      newVersion('r', { base: first, addedArtifacts: [artifact('b'), artifact('a', 'other')] }),
      newVersion('r', { base: first, addedArtifacts: [artifact('b')], blobs: [] }),
    ];
    for (const version of broken) await expect(store.recordVersion(version)).rejects.toThrow();
    expect(await store.listVersions('r')).toEqual([first]);
    expect(await store.listArtifacts(first)).toEqual([artifact('a')]);
    await expect(store.recordVersion(newVersion('r', { base: first, addedArtifacts: [artifact('b')] }))).resolves.toMatchObject({ number: 2 });
  });

  test('sixty thousand artifacts are recorded, listed, found and compared', async () => {
    const store = await use().open();
    const artifacts = Array.from({ length: 60_000 }, (_, index) => artifact(
      `pool/${String(index).padStart(6, '0')}.deb`, `body ${index}`, { attributes: { component: 'main' } },
    ));
    const first = await store.recordVersion(newVersion('big', { addedArtifacts: artifacts }));
    expect(first.artifactBytes).toBe(artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    const changed = artifacts.filter((_, index) => index % 20 === 0);
    const renewed = changed.map(({ path }) => artifact(path, `new ${path}`));
    const second = await store.recordVersion(newVersion('big', { base: first, addedArtifacts: renewed, removedArtifactPaths: changed.map(({ path }) => path) }));
    expect(await store.listArtifacts(first)).toEqual(artifacts);
    expect(await store.listArtifacts(second)).toEqual(artifacts.map((old, index) => (index % 20 === 0 ? renewed[index / 20] : old)));
    expect(await store.diffVersions(first, second)).toMatchObject({ addedArtifacts: renewed, removedArtifacts: changed });
    const digests = artifacts.map(({ digest }) => digest);
    expect(await store.findBlobs([...digests, digestOf('unknown')])).toEqual(new Map(artifacts.map((one) => [one.digest, blobOf(one)])));
    expect((await store.listBlobs(second)).length).toBe(60_000);
  });
});

describeDatabases('versions by two connections', (use) => {
  test('of two syncs of one repository at the same time, one is recorded', async () => {
    const database = use();
    const stores = [await database.open(), await database.open()];
    const first = await stores[0]!.recordVersion(newVersion('r'));
    const results = await Promise.allSettled(stores.map((store, index) => (
      store.recordVersion(newVersion('r', { base: first, addedArtifacts: [artifact(`from-${index}`)] }))
    )));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const current = (await stores[0]!.findRepository('r'))?.current;
    expect(current).toMatchObject({ number: 2, artifactCount: 1 });
  });

  test('repositories are recorded at the same time, in one process and from a second connection', async () => {
    const database = use();
    const stores = [await database.open(), await database.open()];
    const body = Array.from({ length: 3000 }, (_, index) => artifact(`pool/${index}`, `shared ${index}`));
    const names = Array.from({ length: 8 }, (_, index) => `repository-${index}`);
    await Promise.all(names.map(async (name, index) => {
      const store = stores[index % 2] ?? stores[0]!;
      // Each in another order: writers that take the same blobs must not wait for each other in a circle.
      const added = index % 3 === 0 ? body : [...body].reverse();
      const first = await store.recordVersion(newVersion(name, { addedArtifacts: added }));
      await store.recordVersion(newVersion(name, { base: first, addedArtifacts: [artifact('more')] }));
    }));
    for (const repository of await stores[0]!.listRepositories()) {
      expect(repository.current).toMatchObject({ number: 2, artifactCount: 3001 });
    }
    const ids = (await stores[1]!.listEvents(0, 100)).map(({ id }) => id);
    expect(ids).toHaveLength(16);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  });
});
