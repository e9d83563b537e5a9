/** Merging: of one repository's snapshots, across repositories, and of merges again; read by real clients. */

import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { mergeSnapshots } from '../../src/operations/merge-snapshots.js';
import type { MergeResult } from '../../src/operations/results.js';
import type { MergeStrategy } from '../../src/core/merge-content.js';
import { makeDnfClient } from '../support/dnf-client.js';
import { keyFixture } from '../support/fixtures.js';
import { startNginx } from '../support/nginx.js';
import { temporaryDirectory } from '../support/temp.js';
import { describeTree, servedFiles } from '../support/tree.js';
import { describeLab, rpmRepository, type Lab } from './lab.js';

/** Snapshots `day1` and `day2` of `rpm`, and `other/day1`. */
async function prepare(lab: Lab): Promise<void> {
  writeFileSync(join(lab.tenant.configDir, 'conf.d/signing.yaml'), stringify({ signing: { key_file: keyFixture('stranger', 'private.asc') } }));
  lab.tenant.writeRepository(rpmRepository(`${lab.upstream.url}/rpm`, { name: 'other' }));
  await lab.reopen();
  await lab.sync('rpm', { snapshotName: 'day1' });
  await lab.sync('other', { snapshotName: 'day1' });
  lab.show('rpm', 'day2');
  await lab.sync('rpm', { snapshotName: 'day2' });
}

async function merge(lab: Lab, name: string, sources: readonly string[], strategy: MergeStrategy = 'latest', isDryRun = false): Promise<MergeResult> {
  return mergeSnapshots(lab.app, { sources, name, strategy, isDryRun });
}

const versionsOf = (directory: string, name: string): readonly string[] =>
  Object.keys(servedFiles(directory)).filter((path) => path.endsWith('.rpm') && path.includes(`/${name}-`)).map((path) => path.slice(path.lastIndexOf('/') + 1)).sort();

describeLab('snapshot merge', (lab) => {
  it('keeps what its strategy says, in a snapshot of the repository', async () => {
    await prepare(lab());
    const latest = await merge(lab(), 'newest', ['rpm/day2', 'rpm/day1']);
    expect(latest).toMatchObject({ outcome: 'merged', snapshot: { repository: 'rpm', name: 'newest', isPublished: true } });
    expect(versionsOf(lab().tenant.snapshot('rpm', 'newest'), 'tidelog')).toEqual([expect.stringContaining('2.4.2')]);
    expect(latest.decisions).toContainEqual(expect.objectContaining({ name: 'tidelog', losers: [expect.objectContaining({ origin: 'rpm/day1' })] }));
    await merge(lab(), 'right', ['rpm/day2', 'rpm/day1'], 'rightmost');
    expect(versionsOf(lab().tenant.snapshot('rpm', 'right'), 'tidelog')).toEqual([expect.stringContaining('2.4.1')]);
    await merge(lab(), 'all', ['rpm/day2', 'rpm/day1'], 'keep-all');
    expect(versionsOf(lab().tenant.snapshot('rpm', 'all'), 'tidelog')).toHaveLength(2);
    for (const name of ['portglass', 'harbourmap']) expect(versionsOf(lab().tenant.snapshot('rpm', 'all'), name)).toHaveLength(1);
  });

  it('across repositories belongs to none, can be merged again, and is read by dnf with signatures on', async () => {
    await prepare(lab());
    await merge(lab(), 'both', ['rpm/day2', 'other/day1']);
    const twice = await merge(lab(), 'twice', ['merged/both', 'rpm/day1'], 'keep-all');
    expect(twice.snapshot).toMatchObject({ repository: 'merged', name: 'twice', type: 'rpm' });
    const nginx = await startNginx(temporaryDirectory(), join(lab().tenant.basePath, 'www'));
    try {
      const url = `${nginx.url}/merged/twice`;
      const dnf = makeDnfClient(temporaryDirectory(), { url, keyUrl: `${url}/RPM-GPG-KEY-twice` });
      expect(await dnf.makeCache()).toMatchObject({ exitCode: 0 });
      expect(await dnf.query(['tidelog'])).toEqual(['tidelog-0:2.4.1-3.el9.noarch', 'tidelog-0:2.4.2-1.el9.noarch']);
      expect(await dnf.download(['tidelog'])).toContainEqual(expect.stringMatching(/^tidelog-2\.4\.2/));
    } finally {
      await nginx.stop();
    }
    expect((await lab().app.store.listRepositories()).map(({ name }) => name)).toEqual(['other', 'rpm']);
  });

  it('changes no source, and gives the same bytes when it is done again elsewhere', async () => {
    await prepare(lab());
    const before = describeTree(lab().tenant.snapshot('rpm', 'day1'));
    await merge(lab(), 'one', ['rpm/day1', 'rpm/day2']);
    await merge(lab(), 'two', ['rpm/day1', 'rpm/day2']);
    const named = (files: Record<string, string>): Record<string, string> =>
      Object.fromEntries(Object.entries(files).filter(([path]) => !path.startsWith('RPM-GPG-KEY-')));
    expect(named(servedFiles(lab().tenant.snapshot('rpm', 'one')))).toEqual(named(servedFiles(lab().tenant.snapshot('rpm', 'two'))));
    expect(describeTree(lab().tenant.snapshot('rpm', 'day1'))).toEqual(before);
  });

  it('shows on a dry run who would win, and does nothing', async () => {
    await prepare(lab());
    const planned = await merge(lab(), 'm', ['rpm/day1', 'rpm/day2'], 'latest', true);
    expect(planned.outcome).toBe('planned');
    expect(planned.decisions).toContainEqual(expect.objectContaining({ name: 'tidelog' }));
    expect(existsSync(lab().tenant.snapshot('rpm', 'm'))).toBe(false);
    expect(await lab().app.store.findSnapshots({ name: 'm' })).toEqual([]);
  });

  it('refuses one source, other types, a name that exists, before any work', async () => {
    await prepare(lab());
    await lab().sync('apt', { snapshotName: 'apt1' });
    await expect(merge(lab(), 'm', ['rpm/day1'])).rejects.toMatchObject({ code: 'E_USAGE', exitCode: 2 });
    await expect(merge(lab(), 'm', ['rpm/day1', 'apt/apt1'])).rejects.toMatchObject({ code: 'E_USAGE', exitCode: 2 });
    await expect(merge(lab(), 'day1', ['rpm/day1', 'rpm/day2'])).rejects.toMatchObject({ code: 'E_SNAPSHOT_EXISTS', exitCode: 6 });
    await expect(merge(lab(), 'm', ['rpm/day1', 'rpm/none'])).rejects.toMatchObject({ code: 'E_SNAPSHOT_UNKNOWN', exitCode: 5 });
  });
});
