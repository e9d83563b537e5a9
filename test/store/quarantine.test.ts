import { expect, test } from 'vitest';
import { migrations } from '../../migrations/index.js';
import type { QuarantinedPackage } from '../../src/core/quarantine.js';
import { parseRelativePath } from '../../src/core/relative-path.js';
import { newVersion } from './content.js';
import { describeDatabases } from './databases.js';

const quarantined = (name: string, more: Partial<QuarantinedPackage> = {}): QuarantinedPackage =>
  ({ path: parseRelativePath(`p/${name}.rpm`), name, version: '1-1', arch: 'noarch', code: 'E_CHECKSUM', message: 'wrong', ...more });
const unchanged = { type: 'sync.unchanged', repository: 'r', version: 1 } as const;

describeDatabases('quarantine', (use) => {
  test('belongs to the version that is recorded, and keeps the time when each was first seen', async () => {
    const store = await use().open();
    const base = await store.recordVersion(newVersion('r', { quarantined: [quarantined('b'), quarantined('a', { url: 'http://h/p/a.rpm' })] }));
    await store.recordVersion(newVersion('other', { quarantined: [quarantined('a')] }));
    const first = await store.listQuarantine('r');
    expect(first).toEqual([
      { ...quarantined('a', { url: 'http://h/p/a.rpm' }), firstSeen: expect.any(String) as string, lastTried: expect.any(String) as string },
      { ...quarantined('b'), firstSeen: expect.any(String) as string, lastTried: expect.any(String) as string },
    ]);
    expect((await store.findRepository('r'))?.quarantined).toBe(2);

    await store.recordSyncOutcome('r', 'apt', { event: unchanged, quarantined: [quarantined('a', { code: 'E_UPSTREAM' }), quarantined('b')] });
    const tried = await store.listQuarantine('r');
    expect(tried.map(({ code, firstSeen }) => [code, firstSeen])).toEqual([['E_UPSTREAM', first[0]?.firstSeen], ['E_CHECKSUM', first[1]?.firstSeen]]);
    expect(tried[0]!.lastTried > first[0]!.lastTried).toBe(true);

    await store.recordVersion(newVersion('r', { base, quarantined: [quarantined('b'), quarantined('c')] }));
    expect((await store.listQuarantine('r')).map(({ name }) => name)).toEqual(['b', 'c']);
    expect((await store.listQuarantine('other')).map(({ name }) => name)).toEqual(['a']);
    const events = (await store.listEvents(0, 100)).map(({ event }) => event).filter(({ repository, type }) => repository === 'r' && type.startsWith('package.'));
    expect(events.map((event) => [event.type, 'name' in event ? event.name : ''])).toEqual([
      ['package.quarantined', 'b'], ['package.quarantined', 'a'], ['package.quarantined', 'c'], ['package.released', 'a'],
    ]);
  });

  test('a version that goes on without nothing ends it, a failure does not', async () => {
    const store = await use().open();
    const base = await store.recordVersion(newVersion('r', { quarantined: [quarantined('a')] }));
    await store.recordSyncOutcome('r', 'apt', { event: { type: 'sync.failed', repository: 'r', code: 'E_UPSTREAM', message: 'no' }, error: { code: 'E_UPSTREAM', message: 'no' } });
    expect(await store.listQuarantine('r')).toHaveLength(1);
    await expect(store.recordVersion(newVersion('r', { quarantined: [quarantined('z')] }))).rejects.toMatchObject({ code: 'E_DATABASE' });
    expect(await store.listQuarantine('r')).toHaveLength(1);
    await store.recordVersion(newVersion('r', { base }));
    expect(await store.listQuarantine('r')).toEqual([]);
    expect((await store.findRepository('r'))?.quarantined).toBe(0);
  });

  test('a database from before is migrated with all it holds', async () => {
    const database = use();
    const [initial] = migrations;
    const before = await database.openAsIs({ migrations: [initial!], migrationsPending: 'allow' });
    await before.migrate();
    await database.query(`insert into repositories (name, type, created_at) values ('r', 'rpm', '2026-01-01T00:00:00.000Z')`);
    await before.close();
    const store = await database.open();
    expect(await store.findRepository('r')).toMatchObject({ name: 'r', quarantined: 0 });
    await store.recordVersion(newVersion('r', { quarantined: [quarantined('a')] }));
    expect(await store.listQuarantine('r')).toHaveLength(1);
  });
});
