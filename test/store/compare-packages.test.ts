import { expect, test } from 'vitest';
import { artifact, newVersion } from './content.js';
import { describeStores } from './databases.js';

describeStores('packages of two versions', (use) => {
  test('of one repository: every version under the names that changed, and no other name', async () => {
    const store = await use().open();
    const kept = artifact('p/kept.deb', 'kept', { name: 'kept' });
    const [one, two, three] = ['1', '2', '3'].map((version) => artifact(`p/a_${version}.deb`, `a${version}`, { name: 'a', version }));
    if (one === undefined || two === undefined || three === undefined) throw new Error('three were made');
    const first = await store.recordVersion(newVersion('r', { addedArtifacts: [kept, one, two] }));
    const second = await store.recordVersion(newVersion('r', { base: first, addedArtifacts: [three], removedArtifactPaths: [one.path] }));
    const [from, to] = await store.comparePackages(first, second);
    expect(from.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(['a 1', 'a 2']);
    expect(to.map(({ name, version }) => `${name} ${version}`).sort()).toEqual(['a 2', 'a 3']);
    expect(to.find(({ version }) => version === '3')).toEqual({ name: 'a', arch: three.arch, version: '3', digest: three.digest, sizeBytes: three.sizeBytes });
    expect(await store.comparePackages(second, first)).toEqual([expect.arrayContaining(to as []), expect.arrayContaining(from as [])]);
    expect(await store.comparePackages(second, second)).toEqual([[], []]);
    expect((await store.listPackages(second)).map(({ name, version }) => `${name} ${version}`).sort()).toEqual(['a 2', 'a 3', 'kept 1.0-1']);
  });

  test('of two repositories: those under the names that differ', async () => {
    const store = await use().open();
    const one = await store.recordVersion(newVersion('one', { addedArtifacts: [artifact('p/a.deb'), artifact('p/c.deb')] }));
    const two = await store.recordVersion(newVersion('two', { addedArtifacts: [artifact('p/a.deb'), artifact('p/b.deb')] }));
    const [from, to] = await store.comparePackages(one, two);
    expect(from.map(({ name }) => name)).toEqual(['c.deb']);
    expect(to.map(({ name }) => name)).toEqual(['b.deb']);
  });
});
