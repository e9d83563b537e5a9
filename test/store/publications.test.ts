import { expect, test } from 'vitest';
import type { Event } from '../../src/core/events.js';
import type { Store } from '../../src/core/ports.js';
import type { Publication, RepositoryVersion } from '../../src/core/repository.js';
import { newVersion } from './content.js';
import { describeStores } from './databases.js';

const published: Event = { type: 'latest.published', repository: 'r', version: 1, path: '/srv/r/latest' };

const begin = (store: Store, version: RepositoryVersion, tree: string, target = 'latest'): Promise<Publication> => (
  store.beginPublication({ repository: 'r', target, version, path: '/srv/r/latest', tree })
);

/** Version 1, 2 … of `r`, one for each tree. */
async function versionsFor(store: Store, count: number): Promise<readonly RepositoryVersion[]> {
  const versions: RepositoryVersion[] = [];
  for (let number = 1; number <= count; number += 1) versions.push(await store.recordVersion(newVersion('r', { base: versions.at(-1) })));
  return versions;
}

const trees = async (store: Store): Promise<readonly string[]> => (await store.listPublications({ repository: 'r' })).map(({ tree, state }) => `${tree} ${state}`);

describeStores('publications', (use) => {
  test('a publication is pending until it is completed, with its event', async () => {
    const store = await use().open();
    const version = await store.recordVersion(newVersion('r'));
    const publication = await begin(store, version, '/t/1');
    expect(publication).toMatchObject({ repository: 'r', target: 'latest', version, path: '/srv/r/latest', tree: '/t/1', state: 'pending' });
    expect(await store.listPublications({})).toEqual([publication]);
    expect(await store.findPublishedPath({ repository: 'r', target: 'latest' })).toBeUndefined();
    expect(await store.completePublication(publication, 2, published)).toEqual([]);
    expect(await store.listPublications({ target: 'latest' })).toMatchObject([{ id: publication.id, state: 'complete' }]);
    expect(await store.findPublishedPath({ repository: 'r', target: 'latest' })).toBe('/srv/r/latest');
    for (const other of [{ repository: 'r', target: 'snapshot:latest' }, { repository: 'q', target: 'latest' }]) expect(await store.findPublishedPath(other)).toBeUndefined();
    expect((await store.listEvents(0, 10)).at(-1)?.event).toEqual(published);
  });

  test('the newest stay, newest first; those that go are returned', async () => {
    const store = await use().open();
    const dropped: (readonly string[])[] = [];
    for (const version of await versionsFor(store, 4)) {
      const gone = await store.completePublication(await begin(store, version, `/t/${version.number}`), 2, published);
      dropped.push(gone.map((one) => one.tree));
    }
    expect(dropped).toEqual([[], [], ['/t/1'], ['/t/2']]);
    expect(await trees(store)).toEqual(['/t/4 complete', '/t/3 complete']);
  });

  test('what a crash left pending does not count, and goes with the next one that is completed', async () => {
    const store = await use().open();
    const [first, second, third] = await versionsFor(store, 3) as [RepositoryVersion, RepositoryVersion, RepositoryVersion];
    await store.completePublication(await begin(store, first, '/t/1'), 2, published);
    await begin(store, second, '/t/2');
    expect(await trees(store)).toEqual(['/t/2 pending', '/t/1 complete']);
    const gone = await store.completePublication(await begin(store, third, '/t/3'), 2, published);
    expect(gone.map(({ tree }) => tree)).toEqual(['/t/2']);
    expect(await trees(store)).toEqual(['/t/3 complete', '/t/1 complete']);
  });

  test('a version that is published again takes the place of its earlier publication, not of the version before', async () => {
    const store = await use().open();
    const [first, second] = await versionsFor(store, 2) as [RepositoryVersion, RepositoryVersion];
    await store.completePublication(await begin(store, first, '/t/1'), 2, published);
    await store.completePublication(await begin(store, second, '/t/2'), 2, published);
    expect(await store.completePublication(await begin(store, second, '/t/2'), 2, published)).toEqual([]);
    expect(await store.completePublication(await begin(store, second, '/t/2-2'), 2, published)).toMatchObject([{ tree: '/t/2' }]);
    expect(await trees(store)).toEqual(['/t/2-2 complete', '/t/1 complete']);
  });

  test('targets are apart: completing and removing one leaves the others', async () => {
    const store = await use().open();
    const version = await store.recordVersion(newVersion('r'));
    await store.recordVersion(newVersion('other'));
    await store.completePublication(await begin(store, version, '/s/q1', 'snapshot:q1'), 1, published);
    await store.beginPublication({ repository: 'other', target: 'latest', version, path: '/o', tree: '/o' });
    await store.completePublication(await begin(store, version, '/t/1'), 1, published);
    await store.completePublication(await begin(store, version, '/t/2'), 1, published);
    expect(await trees(store)).toEqual(['/t/2 complete', '/s/q1 complete']);
    await store.removePublications({ repository: 'r', target: 'latest' });
    expect(await trees(store)).toEqual(['/s/q1 complete']);
    expect(await store.listPublications({ target: 'latest' })).toMatchObject([{ repository: 'other' }]);
  });
});
