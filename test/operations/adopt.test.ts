/** Adopting: what is taken from a tree, what is left, that clean-up waits for the sync, and that the sync then fetches nothing twice. */

import { appendFileSync, chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest.js';
import { adoptTree, type AdoptResult } from '../../src/operations/adopt-tree.js';
import { collectGarbage } from '../../src/operations/collect-garbage.js';
import { verifyPool } from '../../src/operations/verify-pool.js';
import { upstreamFixture } from '../support/fixtures.js';
import { mustRun } from '../support/run.js';
import { temporaryDirectory } from '../support/temp.js';
import { describeTree } from '../support/tree.js';
import { describeLab, rpmRepository, type Lab, type UpstreamKind } from './lab.js';

type Day = 'day1' | 'day2';

const isPackage = (path: string): boolean => /\.(rpm|deb|dsc|tar\.\w+)$/.test(path);

/** As rsync leaves it. */
function copyUpstream(kind: UpstreamKind, day: Day = 'day1'): string {
  const tree = join(temporaryDirectory(), 'tree');
  cpSync(upstreamFixture(kind, day), tree, { recursive: true, preserveTimestamps: true });
  return tree;
}

function packagesIn(tree: string): readonly string[] {
  return readdirSync(tree, { recursive: true, encoding: 'utf8' }).filter(isPackage).sort();
}

async function adopt(lab: Lab, name: string, directory: string, more: { readonly isCopy?: boolean; readonly isDryRun?: boolean } = {}): Promise<AdoptResult> {
  return adoptTree(lab.app, lab.repository(name), { directory, isCopy: false, isDryRun: false, ...more });
}

/** Paths of packages that upstream was asked for since the last look. */
function packageRequests({ upstream }: Lab): readonly string[] {
  return upstream.takeRequests().map(({ path }) => path).filter(isPackage).sort();
}

async function countPooled({ app }: Lab): Promise<number> {
  let count = 0;
  for await (const files of app.pool.list()) count += files.length;
  return count;
}

describeLab('adopt', (lab) => {
  it.each(['rpm', 'apt'] as const)('%s: the sync that follows asks for no package', async (kind) => {
    const tree = copyUpstream(kind);
    const result = await adopt(lab(), kind, tree);
    expect(result).toMatchObject({ outcome: 'adopted', held: { packages: 0 }, missing: { packages: 0, bytes: 0 }, wrong: [], copied: 0, warnings: [] });
    expect(result).toMatchObject({ adopted: result.wanted, linked: result.adopted.packages + result.adoptedMetadata.files });
    expect(await lab().app.store.listRepositories()).toEqual([]);
    // Known by now: the sync trusts what it finds, and reads none of them again.
    const digests = packagesIn(tree).filter((path) => path.endsWith(kind === 'rpm' ? '.rpm' : '.deb')).map((path) => digestOf(readFileSync(join(tree, path))));
    expect((await lab().app.pool.findFaults([...(await lab().app.store.findBlobs(digests)).values()])).touched).toEqual([]);
    expect((await lab().app.store.findBlobs(digests)).size).toBe(digests.length);
    const synced = await lab().sync(kind);
    expect(synced).toMatchObject({ outcome: 'synced', version: 1 });
    expect(packageRequests(lab())).toEqual([]);
    const [some = ''] = packagesIn(tree).filter((path) => path.endsWith(kind === 'rpm' ? 'rpm' : 'deb'));
    expect(statSync(join(lab().tenant.latest(kind), some)).ino).toBe(statSync(join(tree, some)).ino);
  });

  it('nothing is fetched again after a clean-up either, and the sync ends what clean-up had to wait for', async () => {
    const tree = copyUpstream('rpm');
    await adopt(lab(), 'rpm', tree);
    rmSync(tree, { recursive: true });
    expect((await lab().app.store.listVersions('rpm/adopted')).map(({ number }) => number)).toEqual([1]);
    await collectGarbage(lab().app, false);
    lab().upstream.setFault('/rpm/repodata/repomd.xml', { status: 500, times: 1 });
    await expect(lab().sync('rpm')).rejects.toMatchObject({ code: 'E_UPSTREAM' });
    expect(await collectGarbage(lab().app, false)).toMatchObject({ versions: [], files: 0 });
    lab().upstream.takeRequests();
    await lab().sync('rpm');
    expect(packageRequests(lab())).toEqual([]);
    expect(await lab().app.store.listVersions('rpm/adopted')).toEqual([]);
    expect(await collectGarbage(lab().app, false)).toMatchObject({ versions: [], files: 0 });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'unchanged' });
  });

  it('a file that is damaged or cut is named and left, and the sync fetches it', async () => {
    const tree = copyUpstream('rpm');
    const [damaged = '', cut = ''] = packagesIn(tree);
    const bytes = readFileSync(join(tree, damaged));
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(join(tree, damaged), bytes);
    truncateSync(join(tree, cut), 1000);
    const before = describeTree(join(tree, damaged, '..'));
    const result = await adopt(lab(), 'rpm', tree);
    expect(result.missing.packages).toBe(2);
    expect([...result.wrong].sort((a, b) => (a.path < b.path ? -1 : 1))).toMatchObject([
      { path: join(tree, damaged), package: expect.stringMatching(/^beaconctl /) as unknown, expected: expect.stringMatching(/^sha256:/) as unknown, found: `sha256:${digestOf(bytes)}` },
      { path: join(tree, cut), expected: expect.stringMatching(/^\d+ bytes$/) as unknown, found: '1000 bytes' },
    ]);
    expect(describeTree(join(tree, damaged, '..'))[basename(damaged)]).toEqual(before[basename(damaged)]);
    await lab().sync('rpm');
    expect(packageRequests(lab())).toEqual([`/rpm/${damaged}`, `/rpm/${cut}`]);
  });

  it('names and places in the tree do not matter', async () => {
    const tree = copyUpstream('apt');
    const flat = join(tree, '../flat');
    mkdirSync(flat);
    packagesIn(tree).forEach((path, index) => { renameSync(join(tree, path), join(flat, `file-${index}`)); });
    await adopt(lab(), 'apt', flat);
    await lab().sync('apt');
    expect(packageRequests(lab())).toEqual([]);
  });

  it('of an older tree it takes what upstream still has; the sync fetches the rest', async () => {
    const tree = copyUpstream('rpm', 'day1');
    lab().show('rpm', 'day2');
    const stillThere = packagesIn(tree).filter((path) => packagesIn(join(lab().served, 'rpm')).includes(path));
    const result = await adopt(lab(), 'rpm', tree);
    expect(result.unwanted.files).toBeGreaterThan(0);
    expect(result.wrong).toEqual([]);
    await lab().sync('rpm');
    const fetched = packageRequests(lab());
    expect(fetched).toEqual(packagesIn(join(lab().served, 'rpm')).filter((path) => !stillThere.includes(path)).map((path) => `/rpm/${path}`));
    expect(stillThere.length).toBeGreaterThan(0);
    expect(fetched.length).toBeGreaterThan(0);
  });

  it('run again, it takes nothing; run after a kill, it keeps what that left', async () => {
    const tree = copyUpstream('apt');
    const first = await adopt(lab(), 'apt', tree);
    expect(await adopt(lab(), 'apt', tree)).toMatchObject({ held: first.adopted, adopted: { packages: 0 }, adoptedMetadata: { files: 0 }, missing: { packages: 0 } });
    expect(await lab().app.store.listVersions('apt/adopted')).toHaveLength(1);

    const [path = ''] = packagesIn(copyUpstream('rpm'));
    const bytes = readFileSync(join(upstreamFixture('rpm', 'day1'), path));
    const digest = digestOf(bytes);
    const killed = join(temporaryDirectory(), 'a');
    writeFileSync(killed, bytes);
    await lab().app.pool.adopt(killed, [{ checksum: { algorithm: 'sha256', hex: digest } }], 'link');
    const empty = temporaryDirectory();
    expect(await adopt(lab(), 'rpm', empty)).toMatchObject({ held: { packages: 1, bytes: bytes.length }, adopted: { packages: 0 } });
    await collectGarbage(lab().app, false);
    expect(await lab().app.pool.inspect(digest)).toBe('whole');
  });

  it('a second tree adds to the first', async () => {
    const tree = copyUpstream('rpm');
    const other = join(tree, '../other');
    mkdirSync(other);
    const moved = packagesIn(tree).slice(0, 4);
    for (const path of moved) renameSync(join(tree, path), join(other, basename(path)));
    expect((await adopt(lab(), 'rpm', tree)).missing.packages).toBe(moved.length);
    expect(await adopt(lab(), 'rpm', other)).toMatchObject({ adopted: { packages: moved.length }, missing: { packages: 0 } });
    expect((await lab().app.store.listVersions('rpm/adopted')).map(({ number }) => number)).toEqual([2]);
    await collectGarbage(lab().app, false);
    await lab().sync('rpm');
    expect(packageRequests(lab())).toEqual([]);
  });

  it('gives back what the pool has lost of a repository that is mirrored already', async () => {
    await lab().sync('rpm');
    const version = (await lab().app.store.findRepository('rpm'))?.current;
    if (version === undefined) throw new Error('synced above');
    const artifacts = await lab().app.store.listArtifacts(version);
    for (const { digest } of artifacts) await lab().app.pool.remove(digest);
    lab().upstream.takeRequests();
    // Published trees are hard links: they still have the bytes.
    const trees = join(lab().tenant.latest('rpm'), '..');
    expect(await adopt(lab(), 'rpm', trees)).toMatchObject({ adopted: { packages: artifacts.length }, missing: { packages: 0 } });
    await lab().sync('rpm');
    expect(packageRequests(lab())).toEqual([]);
    expect(await collectGarbage(lab().app, false)).toMatchObject({ versions: [{ repository: 'rpm/adopted' }], files: 0 });
  });

  it('upstream\'s checksums may be others than ours', async () => {
    const served = join(lab().served, 'rpm');
    await mustRun('createrepo_c', ['--quiet', '--checksum', 'sha512', served]);
    rmSync(join(served, 'repodata/repomd.xml.asc'));
    rmSync(join(served, '.treeinfo'));
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { rpm: { gpgcheck: false } }));
    await lab().reopen();
    await adopt(lab(), 'rpm', copyUpstream('rpm'));
    await lab().sync('rpm');
    expect(packageRequests(lab())).toEqual([]);
  });

  it('takes only what the filters keep', async () => {
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { filters: { include: ['marlin*'] } }));
    await lab().reopen();
    const tree = copyUpstream('rpm');
    const kept = packagesIn(tree).filter((path) => path.includes('/marlin'));
    await adopt(lab(), 'rpm', tree);
    for (const path of packagesIn(tree)) {
      const digest = digestOf(readFileSync(join(tree, path)));
      expect([path, (await lab().app.pool.stat(digest)) !== undefined]).toEqual([path, kept.includes(path)]);
    }
  });

  it('a copy leaves the tree untouched, a dry run pool and tree', async () => {
    const tree = copyUpstream('apt');
    const before = describeTree(tree);
    const planned = await adopt(lab(), 'apt', tree, { isDryRun: true });
    expect(planned).toMatchObject({ outcome: 'planned', linked: 0, copied: 0, missing: { packages: 0 } });
    const read = await countPooled(lab());
    const files = planned.adopted.packages + planned.adoptedMetadata.files;
    expect(await adopt(lab(), 'apt', tree, { isCopy: true })).toMatchObject({ adopted: planned.adopted, linked: 0, copied: files, warnings: [] });
    expect(await countPooled(lab())).toBe(read + files);
    expect(describeTree(tree)).toEqual(before);
  });

  it('a linked file that the other tool writes to later is noticed, and fetched', async () => {
    const tree = copyUpstream('rpm');
    await adopt(lab(), 'rpm', tree);
    const [path = ''] = packagesIn(tree);
    chmodSync(join(tree, path), 0o644);
    appendFileSync(join(tree, path), 'in place');
    await lab().sync('rpm');
    expect(packageRequests(lab())).toEqual([`/rpm/${path}`]);
  });

  it('pool verify --repair fetches what was damaged before the sync', async () => {
    const tree = copyUpstream('rpm');
    await adopt(lab(), 'rpm', tree);
    const [path = ''] = packagesIn(tree);
    chmodSync(join(tree, path), 0o644);
    appendFileSync(join(tree, path), 'in place');
    const { faults } = await verifyPool(lab().app, true);
    expect(faults).toMatchObject([{ fault: 'damaged', uses: [{ repository: 'rpm', path }], isRepaired: true }]);
    expect(packageRequests(lab())).toEqual([`/rpm/${path}`]);
    await lab().sync('rpm');
    expect(packageRequests(lab())).toEqual([]);
  });

  it('links in the tree are not followed, and it says so', async () => {
    const tree = copyUpstream('rpm');
    const outside = join(tree, '../outside');
    renameSync(join(tree, 'Packages'), outside);
    symlinkSync(outside, join(tree, 'Packages'));
    const result = await adopt(lab(), 'rpm', tree);
    expect(result.warnings).toEqual([expect.stringContaining('symbolic links') as unknown]);
    expect(result.missing.packages).toBe(packagesIn(outside).length);
    // Named itself, a link is what was asked for.
    expect(await adopt(lab(), 'rpm', join(tree, 'Packages'))).toMatchObject({ missing: { packages: 0 }, warnings: [] });
  });

  it('without upstream, without the directory, beside a sync: refused, and nothing is taken', async () => {
    const tree = copyUpstream('rpm');
    await expect(adopt(lab(), 'rpm', join(tree, 'nowhere'))).rejects.toMatchObject({ code: 'E_USAGE', exitCode: 2 });
    expect(lab().upstream.requests).toEqual([]);
    const lock = await lab().app.store.acquireLock('repository/rpm', 'repo sync');
    await expect(adopt(lab(), 'rpm', tree)).rejects.toMatchObject({ code: 'E_LOCKED' });
    await lock.release();
    await collectGarbage(lab().app, false);
    const before = await countPooled(lab());
    lab().upstream.setFault('/rpm/repodata/repomd.xml', { reset: true });
    await expect(adopt(lab(), 'rpm', tree)).rejects.toMatchObject({ code: 'E_UPSTREAM', exitCode: 10, hint: expect.stringContaining('nothing is adopted without it') as unknown, context: { repository: 'rpm' } });
    expect(await countPooled(lab())).toBe(before);
    expect(await lab().app.store.listRepositories()).toEqual([]);
  });
});
