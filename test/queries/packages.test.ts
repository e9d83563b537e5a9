/** `package search` and `package show`: what is held, where, and where it came from; of both formats, over both databases. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest.js';
import { mergeSnapshots } from '../../src/operations/merge-snapshots.js';
import { searchPackages, type FoundPackage, type SearchRequest } from '../../src/queries/search-packages.js';
import { showPackage } from '../../src/queries/show-package.js';
import { describeLab, rpmRepository, type Lab } from '../operations/lab.js';

async function search(lab: Lab, query: string, more: Partial<SearchRequest> = {}): Promise<readonly FoundPackage[]> {
  return (await searchPackages(lab.app, { query, limit: 100, ...more })).packages;
}

/** Both repositories on day 1 as `one`, then on day 2. */
async function fill(lab: Lab): Promise<void> {
  for (const kind of ['rpm', 'apt'] as const) {
    await lab.sync(kind, { snapshotName: 'one' });
    lab.show(kind, 'day2');
    await lab.sync(kind);
  }
}

describeLab('packages', (lab) => {
  it('are found by part of their name or a glob, by name and repository, with the versions of latest and of snapshots', async () => {
    await fill(lab());
    const found = await search(lab(), 'TIDE');
    expect(found.map(({ name, repository }) => [name, repository])).toEqual([...found].map(({ name, repository }) => [name, repository]).sort());
    expect(found.find(({ repository }) => repository === 'rpm')).toEqual({
      name: 'tidelog', repository: 'rpm', type: 'rpm', summary: 'Follow and summarise log files', arches: ['noarch'], versions: ['2.4.2-1.el9', '2.4.1-3.el9'], latest: ['2.4.2-1.el9'], snapshots: ['one'],
      upstream: `${lab().upstream.url}/rpm`,
    });
    expect(found.find(({ name, repository }) => name === 'tidelog' && repository === 'apt')).toMatchObject({ versions: ['2.4.2-1', '2.4.1-3'], latest: ['2.4.2-1'] });
    expect(await search(lab(), 'tide')).toEqual(found);
    expect(await search(lab(), 'tide', { repository: 'rpm' })).toEqual(found.filter(({ repository }) => repository === 'rpm'));
    expect(await search(lab(), 'tide', { type: 'apt' })).toEqual(found.filter(({ type }) => type === 'apt'));
    expect((await search(lab(), 'tide*', { arch: 'noarch' })).map(({ repository }) => repository)).toEqual(['rpm']);
    expect(await search(lab(), 'ide*')).toEqual([]);
    expect((await search(lab(), 'SUMMARISE log', { repository: 'rpm' })).map(({ name }) => name)).toEqual(['tidelog']);
    expect(await search(lab(), '*SUMMARISE log*')).toEqual([]);
    expect(await search(lab(), 'portglass', { repository: 'rpm' })).toMatchObject([{ latest: [], versions: ['1:0.9.2-4.el9'], snapshots: ['one'] }]);
    const cut = await searchPackages(lab().app, { query: '*', limit: 2 });
    const all = await searchPackages(lab().app, { query: '*', limit: 1000 });
    expect([cut.isCut, all.isCut]).toEqual([true, false]);
    expect(new Set(cut.packages.map(({ name }) => name)).size).toBe(2);
    expect(all.packages.slice(0, cut.packages.length)).toEqual(cut.packages);
    const nothing = await searchPackages(lab().app, { query: 'nothing-like-it', limit: 2 });
    expect(nothing).toEqual({ query: 'nothing-like-it', packages: [], limit: 2, isCut: false });
    for (const query of ['', 'x'.repeat(201)]) await expect(search(lab(), query)).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(search(lab(), 'tide', { repository: 'unknown' })).rejects.toMatchObject({ code: 'E_REPOSITORY_UNKNOWN' });
  });

  it('are shown file by file: what each is, who holds it, where it lies, and where it was fetched', async () => {
    await fill(lab());
    for (const kind of ['rpm', 'apt'] as const) {
      const { name, packages } = await showPackage(lab().app, 'tidelog', { repository: kind });
      expect(name).toBe('tidelog');
      const [newest] = packages;
      expect(newest).toMatchObject({ repository: kind, type: kind, isInLatest: true, snapshots: [] });
      expect(packages.at(-1)).toMatchObject({ isInLatest: false, snapshots: ['one'] });
      for (const { publishedPaths, sha256, sizeBytes } of packages) {
        expect(publishedPaths).toHaveLength(1);
        const bytes = readFileSync(publishedPaths[0] ?? '');
        expect([digestOf(bytes), bytes.length]).toEqual([sha256, sizeBytes]);
      }
      expect(newest?.publishedPaths).toEqual([join(lab().tenant.latest(kind), newest?.path ?? '')]);
      const fetched = await fetch(newest?.upstreamUrl ?? '');
      expect(digestOf(Buffer.from(await fetched.arrayBuffer()))).toBe(newest?.sha256);
      expect(newest?.attributes).toMatchObject(kind === 'rpm' ? { summary: expect.any(String) as unknown } : { component: 'main' });
    }
    expect((await showPackage(lab().app, 'tidelog', {})).packages.map(({ repository }) => repository)).toEqual(expect.arrayContaining(['apt', 'rpm']));
  });

  it('of a merge are its owner\'s, and nobody says that upstream has them there', async () => {
    await lab().sync('rpm', { snapshotName: 'one' });
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { name: 'other' }));
    await lab().reopen();
    await lab().sync('other', { snapshotName: 'one' });
    await mergeSnapshots(lab().app, { sources: ['rpm/one', 'other/one'], name: 'm', strategy: 'latest', isDryRun: false });
    const { packages } = await showPackage(lab().app, 'tidelog', {});
    expect(packages.map(({ repository, isInLatest, snapshots, upstreamUrl }) => [repository, isInLatest, snapshots, upstreamUrl === undefined])).toEqual([
      ['merged', false, ['m'], true], ['other', true, ['one'], false], ['rpm', true, ['one'], false],
    ]);
    expect(packages[0]?.publishedPaths[0]).toMatch(/\/merged\/m\/.*tidelog/);
  });

  it('that nobody holds are refused, with those that are called nearly so', async () => {
    await fill(lab());
    const hint = async (name: string, repository?: string): Promise<string | undefined> => {
      const error = await showPackage(lab().app, name, repository === undefined ? {} : { repository }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'E_PACKAGE_UNKNOWN', exitCode: 5, context: { package: name } });
      return (error as { readonly hint?: string }).hint;
    };
    expect(await hint('tidelgo')).toMatch(/^Did you mean tidelog/);
    expect(await hint('Tidelog')).toMatch(/^Did you mean tidelog/);
    expect(await hint('idelog')).toMatch(/tidelog/);
    expect(await hint('marlin-lib', 'rpm')).toBe('Did you mean marlin-libs?');
    expect(await hint('*')).toContain('package search');
    expect(await hint('completely-different')).toContain('package search');
    await expect(showPackage(lab().app, 'tidelog', { repository: 'unknown' })).rejects.toMatchObject({ code: 'E_REPOSITORY_UNKNOWN' });
  });

  it('come without the credentials in upstream\'s address', async () => {
    const url = lab().upstream.url.replace('//', '//reader:s3cret@');
    lab().tenant.writeRepository(rpmRepository(`${url}/rpm`));
    await lab().reopen();
    await lab().sync('rpm');
    const all = JSON.stringify([await search(lab(), 'tide'), await showPackage(lab().app, 'tidelog', {})]);
    expect(all).not.toMatch(/s3cret/);
    expect(all).toMatch(/\/rpm\/Packages\/t\/tidelog-2\.4\.1-3\.el9\.noarch\.rpm\"/);
  });
});
