/** `repo check`: what a sync would do, from metadata alone, without touching what is held, shown or remembered. */

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { App } from '../../src/core/app.js';
import { checkRepository } from '../../src/operations/check-repository.js';
import { collectGarbage } from '../../src/operations/collect-garbage.js';
import type { CheckResult } from '../../src/operations/results.js';
import { checkRepositories } from '../../src/operations/sync-repositories.js';
import { listRepositories } from '../../src/queries/repositories.js';
import { servedFiles } from '../support/tree.js';
import { aptRepository, describeLab, rpmRepository, type Lab } from './lab.js';

const kinds = ['rpm', 'apt'] as const;
const isPackage = (path: string): boolean => /\.(rpm|deb|dsc|iso|img)$/.test(path);

async function check(lab: Lab, name: string): Promise<CheckResult> {
  return checkRepository(lab.app, lab.repository(name));
}

async function remembered(lab: Lab): Promise<unknown> {
  const { store } = lab.app;
  return [await store.listRepositories(), await store.listEvents(0, 100), await store.listLocks(), await store.listPublications({})];
}

/** The first time that a version's packages are asked for, upstream's have been read: `work` is done then. */
function betweenReadingAndComparing(lab: Lab, work: () => Promise<unknown>): App {
  const { store } = lab.app;
  let isDue = true;
  const listArtifacts: typeof store.listArtifacts = async (version) => {
    const packages = await store.listArtifacts(version);
    if (isDue) {
      isDue = false;
      await work();
    }
    return packages;
  };
  // The app opens its rooms when they are asked for: it stays, and hands out another store.
  return Object.create(lab.app, { store: { value: { ...store, listArtifacts } } }) as App;
}

describeLab('repo check', (lab) => {
  it('names what is new with its versions, fetches no package, and leaves everything as it was', async () => {
    for (const kind of kinds) {
      await lab().sync(kind);
      lab().show(kind, 'day2');
      const [before, trees] = [await remembered(lab()), servedFiles(join(lab().tenant.basePath, 'www'))];
      lab().upstream.takeRequests();
      const found = await check(lab(), kind);
      const requests = lab().upstream.takeRequests();
      expect(requests.filter(({ path }) => isPackage(path))).toEqual([]);
      expect(requests.length).toBeGreaterThan(0);
      expect(await remembered(lab())).toEqual(before);
      expect(servedFiles(join(lab().tenant.basePath, 'www'))).toEqual(trees);

      expect(found).toMatchObject({ repository: kind, type: kind, due: 'update', version: 1, mode: 'verbatim', changes: { downgraded: [], rebuilt: [] } });
      expect(found.changes.upgraded.map(({ name }) => name)).toContain('tidelog');
      expect(found.changes.added.map(({ name }) => name)).toContain('harbourmap');
      expect(found.changes.removed.map(({ name }) => name)).toContain('portglass');
      expect(found.root.signedBy).toHaveLength(1);
      expect(Object.values(found.root.dates)[0]).toMatch(/^\d{4}-\d\d-\d\dT/);

      // What it said is what the sync then does.
      const synced = await lab().sync(kind);
      expect(synced).toMatchObject({ outcome: 'synced', version: 2, total: found.total, mode: found.mode });
      expect(lab().upstream.takeRequests().filter(({ path, status }) => isPackage(path) && status === 200).length).toBeGreaterThan(0);
      const version = async (number: number) => {
        const known = await lab().app.store.findVersion(kind, number);
        if (known === undefined) throw new Error(`version ${number} is missing`);
        return known;
      };
      const recorded = await lab().app.store.diffVersions(await version(1), await version(2));
      expect(synced.added.packages).toBe(recorded.addedArtifacts.length);
      expect(await check(lab(), kind)).toMatchObject({ due: 'nothing', version: 2, download: { files: 0, bytes: 0 }, root: found.root, changes: { upgraded: [], added: [], removed: [] } });
    }
  });

  it('says of a repository that was never synced that all is new', async () => {
    const found = await check(lab(), 'rpm');
    expect(found).toMatchObject({ due: 'update', version: 0, changes: { upgraded: [], removed: [] } });
    expect(found.changes.added).toHaveLength(found.total.packages);
    expect(found.download.bytes).toBeGreaterThan(found.total.bytes);
    expect(await lab().app.store.listRepositories()).toEqual([]);
    expect(existsSync(lab().tenant.latest('rpm'))).toBe(false);
  });

  it('leaves the metadata that it has read for the next sync, which asks again whether that is still what upstream has', async () => {
    for (const kind of kinds) {
      await lab().sync(kind);
      lab().show(kind, 'day2');
      lab().upstream.takeRequests();
      await check(lab(), kind);
      const fetched = lab().upstream.takeRequests().filter(({ status }) => status === 200).map(({ path }) => path);
      const roots = fetched.filter((path) => /(repomd\.xml|repomd\.xml\.asc|InRelease)$/.test(path));
      const read = fetched.filter((path) => !roots.includes(path) && /primary|binary-/.test(path));
      expect(read.length).toBeGreaterThan(0);

      // A validator of the check's would be answered with 304, and the day would be lost.
      expect(await lab().sync(kind)).toMatchObject({ outcome: 'synced', version: 2 });
      const asked = lab().upstream.takeRequests().filter(({ status }) => status === 200).map(({ path }) => path);
      for (const path of read) expect(asked).not.toContain(path);
      for (const path of roots) expect(asked).toContain(path);
      expect(await lab().sync(kind)).toMatchObject({ outcome: 'unchanged', version: 2 });
    }
  });

  it('does not take a 304 for an answer about our own disk', async () => {
    await lab().sync('rpm');
    const version = (await lab().app.store.findRepository('rpm'))?.current;
    if (version === undefined) throw new Error('it was synced');
    const [lost] = await lab().app.store.listArtifacts(version);
    if (lost === undefined) throw new Error('it has packages');
    lab().upstream.takeRequests();
    rmSync(lab().app.pool.pathOf(lost.digest));
    expect(await check(lab(), 'rpm')).toMatchObject({ due: 'repair', download: { files: 1, bytes: lost.sizeBytes }, changes: { added: [] } });
    expect(lab().upstream.takeRequests().map(({ status }) => status)).toEqual([304, 304]);
    await lab().sync('rpm');
    expect(await check(lab(), 'rpm')).toMatchObject({ due: 'nothing' });
    rmSync(lab().tenant.latest('rpm'));
    expect(await check(lab(), 'rpm')).toMatchObject({ due: 'repair', download: { files: 0 } });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'repaired' });
  });

  it('works beside a sync and a clean-up, and refuses only another check of the same repository', async () => {
    const { store } = lab().app;
    await lab().sync('rpm');
    lab().show('rpm', 'day2');
    const syncing = await store.acquireLock('repository/rpm', 'repo sync');
    expect(await check(lab(), 'rpm')).toMatchObject({ due: 'update' });
    await syncing.release();

    // No version names what it has just read; clean-up begins later than the check, and leaves that alone.
    await collectGarbage(lab().app, false);
    const app = betweenReadingAndComparing(lab(), async () => {
      expect(await collectGarbage(lab().app, false)).toMatchObject({ files: 0 });
    });
    expect(await checkRepository(app, lab().repository('rpm'))).toMatchObject({ due: 'update' });

    const checking = await store.acquireLock('check/rpm', 'repo check');
    await expect(check(lab(), 'rpm')).rejects.toMatchObject({ code: 'E_LOCKED' });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 2 });
    await checking.release();
  });

  it('compares once more when a sync has recorded a version meanwhile', async () => {
    await lab().sync('rpm');
    lab().show('rpm', 'day2');
    const app = betweenReadingAndComparing(lab(), async () => lab().sync('rpm'));
    expect(await checkRepository(app, lab().repository('rpm'))).toMatchObject({ due: 'nothing', version: 2 });
  });

  it('tells of a failure without making it the repository\'s last sync', async () => {
    await lab().sync('rpm');
    const before = await listRepositories(lab().app);
    rmSync(join(lab().served, 'rpm/repodata/repomd.xml'));
    const outcomes = await checkRepositories(lab().app, [lab().repository('rpm'), lab().repository('apt')], 2);
    expect(outcomes).toMatchObject([{ repository: 'rpm', error: { code: 'E_UPSTREAM_MISSING' } }, { repository: 'apt', result: { due: 'update' } }]);
    expect(await listRepositories(lab().app)).toEqual(before);
    // A wiped upstream is refused by the check as by the sync.
    lab().show('apt', 'day1');
    await lab().sync('apt');
    lab().tenant.writeRepository(aptRepository(`${lab().upstream.url}/apt`, { sync: { max_removed: '0%' } }));
    await lab().reopen();
    lab().show('apt', 'day2');
    await expect(check(lab(), 'apt')).rejects.toMatchObject({ code: 'E_UPSTREAM_WIPED', context: { repository: 'apt' } });
  });

  it('counts what a filter keeps, and says that the metadata will be our own', async () => {
    await lab().sync('rpm');
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { filters: { include: ['tide*', 'quay*'] }, sync: { max_removed: '100%' } }));
    await lab().reopen();
    const found = await check(lab(), 'rpm');
    expect(found).toMatchObject({ due: 'update', mode: 'regenerated', total: { packages: 2 }, changes: { added: [], upgraded: [] } });
    expect(found.changes.removed.map(({ name }) => name)).not.toContain('tidelog');
    const synced = await lab().sync('rpm');
    expect(synced).toMatchObject({ outcome: 'synced', mode: 'regenerated', total: found.total });
    expect(await check(lab(), 'rpm')).toMatchObject({ due: 'nothing', mode: 'regenerated' });
  });
});
