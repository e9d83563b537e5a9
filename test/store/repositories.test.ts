import { expect, test } from 'vitest';
import type { Event } from '../../src/core/events.js';
import { artifact, newVersion } from './content.js';
import { describeStores } from './databases.js';

const failed: Event = { type: 'sync.failed', repository: 'r', code: 'E_UPSTREAM', message: 'no answer' };
const failure = { event: failed, error: { code: 'E_UPSTREAM', message: 'no answer' } };
const unchanged = { event: { type: 'sync.unchanged', repository: 'r', version: 1 } satisfies Event };

describeStores('repositories and events', (use) => {
  test('a repository is known from its first outcome on, also from a failure', async () => {
    const store = await use().open();
    expect(await store.findRepository('r')).toBeUndefined();
    await store.recordSyncOutcome('r', 'rpm', failure);
    expect(await store.findRepository('r')).toMatchObject({
      name: 'r', type: 'rpm', lastSync: { outcome: 'failed', error: { code: 'E_UPSTREAM', message: 'no answer' } },
    });
    expect(await store.findRepository('r')).not.toHaveProperty('current');
    expect((await store.listEvents(0, 10)).map(({ event }) => event)).toEqual([failed]);
  });

  test('a recorded version ends a failure', async () => {
    const store = await use().open();
    await store.recordSyncOutcome('r', 'rpm', failure);
    const version = await store.recordVersion(newVersion('r', { type: 'rpm', addedArtifacts: [artifact('a'), artifact('b')] }));
    const repository = await store.findRepository('r');
    expect(repository?.current).toEqual(version);
    expect(repository?.lastSync).toEqual({ at: version.createdAt, outcome: 'synced' });
    expect((await store.listEvents(0, 10)).at(-1)?.event).toEqual({
      type: 'version.recorded', repository: 'r', version: 1, added: 2, removed: 0, artifactCount: 2,
    });
  });

  test('a timer that finds nothing new writes one event and moves the time', async () => {
    const store = await use().open();
    await store.recordVersion(newVersion('r'));
    const types = async () => (await store.listEvents(0, 100)).map(({ event }) => event.type);
    await store.recordSyncOutcome('r', 'apt', unchanged);
    const once = await store.findRepository('r');
    await store.recordSyncOutcome('r', 'apt', unchanged);
    const twice = await store.findRepository('r');
    expect(once?.lastSync?.outcome).toBe('unchanged');
    expect(Date.parse(twice?.lastSync?.at ?? '')).toBeGreaterThan(Date.parse(once?.lastSync?.at ?? ''));
    expect(await types()).toEqual(['version.recorded', 'sync.unchanged']);
    await store.recordSyncOutcome('r', 'apt', failure);
    await store.recordSyncOutcome('r', 'apt', failure);
    await store.recordSyncOutcome('r', 'apt', unchanged);
    expect(await types()).toEqual(['version.recorded', 'sync.unchanged', 'sync.failed', 'sync.failed', 'sync.unchanged']);
    expect((await store.findRepository('r'))?.lastSync).not.toHaveProperty('error');
  });

  test('repositories are listed in name order, with and without a version', async () => {
    const store = await use().open();
    await store.recordVersion(newVersion('b-second'));
    await store.recordSyncOutcome('a-first', 'apt', { event: { ...failed, repository: 'a-first' } });
    await store.recordVersion(newVersion('b.third'));
    expect((await store.listRepositories()).map(({ name, current }) => [name, current?.number])).toEqual([
      ['a-first', undefined], ['b-second', 1], ['b.third', 1],
    ]);
  });

  test('events are read on from the last one seen', async () => {
    const store = await use().open();
    for (const name of ['a', 'b', 'c']) await store.recordVersion(newVersion(name));
    const events = await store.listEvents(0, 2);
    expect(events.map(({ event }) => event.repository)).toEqual(['a', 'b']);
    expect(events[0]?.at).toMatch(/^2026-01-31T12:0\d:\d\d\.000Z$/);
    expect((await store.listEvents(events[1]?.id ?? 0, 2)).map(({ event }) => event.repository)).toEqual(['c']);
  });
});
