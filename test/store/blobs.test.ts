import { expect, test } from 'vitest';
import { digestOf, type Checksum } from '../../src/core/digest.js';
import { artifact, blobOf, file, newVersion } from './content.js';
import { describeStores } from './databases.js';

describeStores('blobs', (use) => {
  test('the database names what a version was recorded with, and nothing else', async () => {
    const store = await use().open();
    const [a, b] = [artifact('a'), artifact('b')];
    await store.recordVersion(newVersion('r', { addedArtifacts: [a], blobs: [blobOf(a), blobOf(a), blobOf(b)] }));
    expect(await store.findBlobs([a.digest, b.digest, a.digest, digestOf('c')])).toEqual(new Map([[a.digest, blobOf(a)], [b.digest, blobOf(b)]]));
    expect(await store.findBlobs([])).toEqual(new Map());
  });

  test('a version lists each blob once, however many paths have it', async () => {
    const store = await use().open();
    const addedArtifacts = [artifact('a', 'same'), artifact('b', 'same'), artifact('c')];
    const version = await store.recordVersion(newVersion('r', { addedArtifacts, addedFiles: [file('x', 'same'), file('y')] }));
    const digests = (await store.listBlobs(version)).map(({ digest }) => digest).sort();
    expect(digests).toEqual([digestOf('same'), digestOf('c'), digestOf('y')].sort());
  });

  test('a blob that is recorded again has the time it has now', async () => {
    const store = await use().open();
    const a = artifact('a');
    await store.recordVersion(newVersion('one', { addedArtifacts: [a] }));
    await store.recordVersion(newVersion('two', { addedArtifacts: [a], blobs: [blobOf(a, 1_800_000_000_000)] }));
    expect((await store.findBlobs([a.digest])).get(a.digest)).toEqual(blobOf(a, 1_800_000_000_000));
  });

  test('updating corrects the times of known blobs and names no new one', async () => {
    const store = await use().open();
    const [a, b] = [artifact('a'), artifact('b')];
    await store.recordVersion(newVersion('r', { addedArtifacts: [a] }));
    await store.updateBlobs([blobOf(a, 42), blobOf(b, 42)]);
    expect(await store.findBlobs([a.digest, b.digest])).toEqual(new Map([[a.digest, blobOf(a, 42)]]));
  });

  test('what was once recorded under a checksum of upstream is found by it', async () => {
    const store = await use().open();
    const sha512: Checksum = { algorithm: 'sha512', hex: '0f'.repeat(64) };
    const unknown: Checksum = { algorithm: 'sha512', hex: '1f'.repeat(64) };
    const a = artifact('a', 'a', { checksum: sha512 });
    const first = await store.recordVersion(newVersion('one', { addedArtifacts: [a] }));
    await store.recordVersion(newVersion('two', { addedArtifacts: [a] }));
    await store.recordVersion(newVersion('one', { base: first, removedArtifactPaths: [a.path] }));
    expect(await store.findDigests([sha512, unknown, sha512])).toEqual(new Map([[`sha512:${sha512.hex}`, a.digest]]));
  });

  test('files of more than four gigabytes keep their size', async () => {
    const store = await use().open();
    const big = { ...blobOf({ digest: digestOf('iso') }), sizeBytes: 9_876_543_210 };
    const version = await store.recordVersion(newVersion('r', {
      addedArtifacts: [artifact('iso', 'iso', { sizeBytes: big.sizeBytes })], blobs: [big],
    }));
    expect(version.artifactBytes).toBe(9_876_543_210);
    expect((await store.listArtifacts(version))[0]?.sizeBytes).toBe(9_876_543_210);
    expect(await store.findVersion('r', 1)).toEqual(version);
  });
});
