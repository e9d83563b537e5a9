import { expect, test } from 'vitest';
import type { Store } from '../../src/core/ports.js';
import type { RepositoryVersion, StoredArtifact } from '../../src/core/repository.js';
import { artifact, newVersion } from './content.js';
import { describeDatabases } from './databases.js';

function named(name: string, more: Partial<StoredArtifact> = {}): StoredArtifact {
  return artifact(`p/${encodeURIComponent(name)}-${more.version ?? '1'}.${more.arch ?? 'noarch'}.rpm`, undefined, { name, version: '1', arch: 'noarch', ...more });
}

async function record(store: Store, repository: string, added: readonly StoredArtifact[], base?: RepositoryVersion, removed: readonly StoredArtifact[] = []): Promise<RepositoryVersion> {
  return store.recordVersion(newVersion(repository, { type: 'rpm', base, addedArtifacts: added, removedArtifactPaths: removed.map(({ path }) => path) }));
}

describeDatabases('packages by name', (use) => {
  test('a glob means what it says, also where it has what SQL takes for its own', async () => {
    const store = await use().open();
    const names = ['Kernel', 'kernel-core', 'kern_el', 'kern%el', 'kern\\el', 'kern[el]', 'libkernel', 'größe', 'GRÖSSE', 'x'];
    await record(store, 'r', names.map((name) => named(name)));
    const find = async (glob: string): Promise<readonly string[]> => store.findPackageNames(glob, {}, 100);
    expect(await find('kernel')).toEqual(['Kernel']);
    expect(await find('KERNEL*')).toEqual(['Kernel', 'kernel-core']);
    expect(await find('*kernel*')).toEqual(['Kernel', 'kernel-core', 'libkernel']);
    expect(await find('kern?el')).toEqual(['kern%el', 'kern\\el', 'kern_el']);
    expect(await find('kern_el')).toEqual(['kern_el']);
    expect(await find('kern%el')).toEqual(['kern%el']);
    expect(await find('kern\\el')).toEqual(['kern\\el']);
    expect(await find('kern[el]')).toEqual(['kern[el]']);
    expect(await find('*GRÖ*')).toEqual(['GRÖSSE']);
    expect(await find('gr*')).toEqual(['GRÖSSE', 'größe']);
    expect(await find(`'; drop table artifacts; --`)).toEqual([]);
    expect(await find('*')).toEqual([...names].sort());
    expect(await store.findPackageNames('*', {}, 3)).toEqual([...names].sort().slice(0, 3));
  });

  test('found is what latest or a snapshot holds, and nothing else', async () => {
    const store = await use().open();
    const [old, frozen, kept, fresh] = ['1', '2', '3', '4'].map((version) => named('a', { version })) as [StoredArtifact, StoredArtifact, StoredArtifact, StoredArtifact];
    const gone = named('gone');
    const first = await record(store, 'r', [old, kept, gone]);
    const second = await record(store, 'r', [frozen], first, [old, gone]);
    await store.createSnapshot('r', 's1', second);
    await store.createSnapshot('r', 's2', second);
    await record(store, 'r', [fresh], second, [frozen]);
    const held = await store.listHeldPackages(['a', 'gone'], {});
    expect(held.map(({ version, isInLatest, snapshots }) => [version, isInLatest, snapshots])).toEqual([
      ['2', false, ['s1', 's2']], ['3', true, ['s1', 's2']], ['4', true, []],
    ]);
    expect(held[0]).toMatchObject({ ...frozen, repository: 'r', type: 'rpm', isSynced: true });
    expect(await store.findPackageNames('*', {}, 10)).toEqual(['a']);
    await store.createSnapshot('r', 's0', first);
    expect(await store.findPackageNames('*', {}, 10)).toEqual(['a', 'gone']);
    expect((await store.listHeldPackages(['gone'], {})).map(({ snapshots }) => snapshots)).toEqual([['s0']]);
  });

  test('one that left and came back is one, held by the snapshots of both times', async () => {
    const store = await use().open();
    const it = named('a');
    const described = { ...it, attributes: { summary: 'better' } };
    const first = await record(store, 'r', [it]);
    await store.createSnapshot('r', 'before', first);
    const second = await record(store, 'r', [named('b')], first, [it]);
    await store.createSnapshot('r', 'without', second);
    await record(store, 'r', [described], second);
    expect(await store.listHeldPackages(['a'], {})).toEqual([expect.objectContaining({ isInLatest: true, snapshots: ['before'], attributes: { summary: 'better' } })]);
  });

  test('merges belong to their owner and have no latest of their own', async () => {
    const store = await use().open();
    await record(store, 'r', [named('a')]);
    await record(store, 'r_x', [named('c')]);
    const merge = await record(store, 'r/merge/m', [named('b')]);
    const common = await record(store, 'merged/merge/m', [named('b')]);
    expect(await store.findPackageNames('*', {}, 10)).toEqual(['a', 'c']);
    await store.createSnapshot('r', 'm', merge);
    await store.createSnapshot('merged', 'm', common);
    expect((await store.listHeldPackages(['b'], {})).map(({ repository, isSynced, isInLatest, snapshots }) => [repository, isSynced, isInLatest, snapshots]))
      .toEqual([['merged', false, false, ['m']], ['r', false, false, ['m']]]);
    expect(await store.findPackageNames('*', { repository: 'r' }, 10)).toEqual(['a', 'b']);
    expect(await store.listHeldPackages(['a', 'b', 'c'], { repository: 'r' })).toHaveLength(2);
  });

  test('a text is looked for in names, and after those in summaries', async () => {
    const store = await use().open();
    const summaries: readonly (readonly [string, string?])[] = [
      ['mysql', 'A server'], ['zlib-mysql'], ['admin', 'Looks after MySQL servers'], ['plain', 'A 100% "free" back\\slash_tool'], ['null', 'free \0 of charge'], ['none'], ['summary', 'x'],
    ];
    await record(store, 'r', summaries.map(([name, summary]) => named(name, { attributes: { section: 'mysection', ...(summary === undefined ? {} : { summary }) } })));
    const find = async (text: string, filter = {}, limit = 100): Promise<readonly string[]> => store.searchPackageNames(text, filter, limit);
    expect(await find('MySQL')).toEqual(['mysql', 'zlib-mysql', 'admin']);
    expect(await find('mysql', {}, 2)).toEqual(['mysql', 'zlib-mysql']);
    expect(await find('mysql', { type: 'apt' })).toEqual([]);
    expect(await find('server')).toEqual(['admin', 'mysql']);
    expect(await find('100% "FREE" back\\slash_')).toEqual(['plain']);
    // Nothing stands for anything else, and nothing but the summary is looked at.
    for (const text of ['m_sql', 'back%tool', 'mysection', '*']) expect(await find(text)).toEqual([]);
    expect(await find('summary')).toEqual(['summary']);
  });

  test('a summary counts where the package that has it is held', async () => {
    const store = await use().open();
    const old = named('a', { version: '1', attributes: { summary: 'a database' } });
    const first = await record(store, 'r', [old]);
    await record(store, 'r', [named('a', { version: '2', attributes: { summary: 'a toy' } })], first, [old]);
    expect(await store.searchPackageNames('database', {}, 10)).toEqual([]);
    await store.createSnapshot('r', 's', first);
    expect(await store.searchPackageNames('database', {}, 10)).toEqual(['a']);
  });

  test('narrowed down by architecture and type', async () => {
    const store = await use().open();
    await record(store, 'r', [named('a', { arch: 'x86_64' }), named('a', { arch: 'aarch64' }), named('b', { arch: 'aarch64' })]);
    await store.recordVersion(newVersion('d', { type: 'apt', addedArtifacts: [named('a', { arch: 'amd64' })] }));
    expect(await store.findPackageNames('*', { arch: 'x86_64' }, 10)).toEqual(['a']);
    expect(await store.findPackageNames('*', { type: 'apt' }, 10)).toEqual(['a']);
    expect((await store.listHeldPackages(['a'], { arch: 'aarch64', type: 'rpm' })).map(({ repository, arch }) => [repository, arch])).toEqual([['r', 'aarch64']]);
    expect(await store.listHeldPackages(['a', 'b'], {})).toHaveLength(4);
  });

  test('a name is found by its index', async () => {
    const database = use();
    const store = await database.open();
    await record(store, 'r', Array.from({ length: 3000 }, (_, index) => named(`p${index}`)));
    const query = 'select * from artifacts where name = \'p7\'';
    if (database.dialect === 'postgresql') await database.query('analyze artifacts');
    const plan = await database.query(database.dialect === 'sqlite' ? `explain query plan ${query}` : `explain ${query}`);
    expect(JSON.stringify(plan)).toContain('artifacts_name');
    if (database.dialect === 'postgresql') return;
    // Names and summaries are read off the index alone, which is a tenth of the table.
    const search = 'select id from artifacts where lower(attributes ->> \'summary\') like \'%x%\' and lower(name) not like \'%x%\'';
    expect(JSON.stringify(await database.query(`explain query plan ${search}`))).toContain('COVERING INDEX artifacts_name');
  });
});
