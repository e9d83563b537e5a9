import { expect, test } from 'vitest';
import { artifact, newVersion } from './content.js';
import { describeDatabases, describeStores } from './databases.js';

describeStores('snapshots', (use) => {
  test('a snapshot names a version and keeps naming it when the repository moves on', async () => {
    const store = await use().open();
    const first = await store.recordVersion(newVersion('r', { addedArtifacts: [artifact('a')] }));
    const snapshot = await store.createSnapshot('r', '2026-q1', first);
    await store.recordVersion(newVersion('r', { base: first, removedArtifactPaths: [artifact('a').path] }));
    expect(snapshot).toMatchObject({ name: '2026-q1', repository: 'r', version: first });
    expect(await store.findSnapshots({ repository: 'r', name: '2026-q1' })).toEqual([snapshot]);
    expect(await store.listArtifacts(snapshot.version)).toEqual([artifact('a')]);
  });

  test('names are unique within a repository, and found across them', async () => {
    const store = await use().open();
    const one = await store.recordVersion(newVersion('one'));
    const two = await store.recordVersion(newVersion('two'));
    await store.createSnapshot('two', 'q1', two);
    await store.createSnapshot('one', 'q1', one);
    await store.createSnapshot('one', 'q0', one);
    await expect(store.createSnapshot('one', 'q1', one)).rejects.toMatchObject({ code: 'E_SNAPSHOT_EXISTS', context: { repository: 'one' } });
    const names = async (filter: { repository?: string; name?: string }) => (
      (await store.findSnapshots(filter)).map(({ repository, name }) => `${repository}/${name}`)
    );
    expect(await names({})).toEqual(['one/q1', 'one/q0', 'two/q1']);
    expect(await names({ name: 'q1' })).toEqual(['one/q1', 'two/q1']);
    expect(await names({ repository: 'one' })).toEqual(['one/q1', 'one/q0']);
    expect(await names({ name: 'q2' })).toEqual([]);
  });

  test('a snapshot may name a version of another line, as a merge does', async () => {
    const store = await use().open();
    await store.recordVersion(newVersion('r'));
    const merged = await store.recordVersion(newVersion('merged.r.m', { addedArtifacts: [artifact('a')] }));
    await store.createSnapshot('r', 'm', merged);
    expect((await store.findSnapshots({ repository: 'r' }))[0]).toMatchObject({ repository: 'r', name: 'm', version: merged });
  });

  test('creating and deleting are events; deleting what is gone is none', async () => {
    const store = await use().open();
    const version = await store.recordVersion(newVersion('r'));
    const snapshot = await store.createSnapshot('r', 'q1', version);
    await store.deleteSnapshot(snapshot);
    await store.deleteSnapshot(snapshot);
    expect(await store.findSnapshots({})).toEqual([]);
    expect((await store.listEvents(0, 10)).map(({ event }) => event).slice(1)).toEqual([
      { type: 'snapshot.created', repository: 'r', snapshot: 'q1', version: 1 },
      { type: 'snapshot.deleted', repository: 'r', snapshot: 'q1' },
    ]);
    await expect(store.createSnapshot('r', 'q1', version)).resolves.toMatchObject({ name: 'q1' });
  });

  test('a repository that was never synced has nothing to freeze', async () => {
    const store = await use().open();
    const version = await store.recordVersion(newVersion('r'));
    await expect(store.createSnapshot('unknown', 'q1', version)).rejects.toMatchObject({ code: 'E_NOT_SYNCED' });
  });
});

describeDatabases('snapshots by two connections', (use) => {
  test('of two that want a name at the same time, one gets it', async () => {
    const database = use();
    const stores = [await database.open(), await database.open()];
    const version = await stores[0]!.recordVersion(newVersion('r'));
    const results = await Promise.allSettled(stores.map((store) => store.createSnapshot('r', 'q1', version)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'E_SNAPSHOT_EXISTS' } });
  });
});
