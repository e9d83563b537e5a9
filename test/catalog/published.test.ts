/** The catalog of what was really synced: in `latest`, in snapshots, across the loss of everything that can be lost. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { CatalogArtifact } from '../../src/catalog/schema.js';
import { isCatalogPath } from '../../src/core/catalog.js';
import type { Digest } from '../../src/core/digest.js';
import { exportSnapshot } from '../../src/operations/export-snapshot.js';
import { importBundle } from '../../src/operations/import-bundle.js';
import { mergeSnapshots } from '../../src/operations/merge-snapshots.js';
import { deleteSnapshot } from '../../src/operations/delete-snapshot.js';
import { publishSnapshot } from '../../src/operations/publish-repository.js';
import { aptRepository, describeLab, rpmRepository, type Lab } from '../operations/lab.js';
import { servedFiles } from '../support/tree.js';
import { faultsOf, schemaOf } from './schemas.js';

const read = (tree: string, path: string): unknown => JSON.parse(readFileSync(join(tree, path), 'utf8'));
const artifact = (tree: string, path: string) => read(tree, `catalog/${path}`) as Exclude<CatalogArtifact, { artifact_type: 'docker' }> & Record<string, unknown>;

type PackageFile = Exclude<CatalogArtifact, { artifact_type: 'docker' }>['package'];

function catalogOf(tree: string): Record<string, string> {
  return Object.fromEntries(Object.entries(servedFiles(tree)).filter(([path]) => isCatalogPath(path)));
}

function without(tree: string): Record<string, string> {
  return Object.fromEntries(Object.entries(servedFiles(tree)).filter(([path]) => !isCatalogPath(path)));
}

/** Every file by the shipped schemas; every address leads to a file of that checksum. */
function expectSound(tree: string): void {
  const paths = Object.keys(catalogOf(tree));
  expect(paths.length).toBeGreaterThan(3);
  for (const path of paths) {
    const document = read(tree, path) as { package?: PackageFile; status?: string };
    expect(faultsOf(schemaOf(path), document), path).toEqual([]);
    if (document.package === undefined || document.status !== 'success') continue;
    const at = posix.join(posix.dirname(path), decodeURIComponent(document.package.url));
    const bytes = readFileSync(join(tree, at));
    expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(document.package.sha256);
    expect(bytes.length).toBe(document.package.size_bytes);
  }
}

async function enable(lab: Lab, settings: Record<string, unknown> = {}): Promise<void> {
  writeFileSync(join(lab.tenant.configDir, 'conf.d/catalog.yaml'), stringify({ catalog: { enabled: true, ...settings } }));
  await lab.reopen();
}

const poolFile = (lab: Lab, path: string): string => {
  const hex = createHash('sha256').update(readFileSync(path)).digest('hex') as Digest;
  return lab.app.pool.pathOf(hex);
};

describeLab('a published catalog', (lab) => {
  it.each(['rpm', 'apt'] as const)('%s: is sound, and beside a tree that is as it is without', async (kind) => {
    await lab().sync(kind);
    const bare = servedFiles(lab().tenant.latest(kind));
    expect(existsSync(join(lab().tenant.latest(kind), 'catalog.json'))).toBe(false);
    await enable(lab());
    expect((await lab().sync(kind)).outcome).toBe('synced');
    const tree = lab().tenant.latest(kind);
    expectSound(tree);
    expect(without(tree)).toEqual(bare);
    expect((await lab().sync(kind)).outcome).toBe('unchanged');
    expect((await lab().publish(kind)).outcome).toBe('unchanged');
    rmSync(join(lab().tenant.configDir, 'conf.d/catalog.yaml'));
    await lab().reopen();
    expect((await lab().sync(kind)).outcome).toBe('synced');
    expect(servedFiles(lab().tenant.latest(kind))).toEqual(bare);
  });

  it('says what packages are', async () => {
    await enable(lab());
    await lab().sync('rpm');
    await lab().sync('apt');
    const rpm = artifact(lab().tenant.latest('rpm'), 'tidelog/rpm_noarch_el9.json');
    expect(rpm).toMatchObject({
      format_version: '3.0', artifact_type: 'rpm', exporter: 'tidelog', version: '2.4.1', arch: 'noarch', dist: 'el9', build_date: '2025-03-01T12:00:00Z', status: 'success',
      rpm_metadata: { name: 'tidelog', version: '2.4.1', release: '3.el9', arch: 'noarch', license: 'Apache-2.0', vendor: 'Saltmarsh Tools' },
    });
    const deb = readdirSync(join(lab().tenant.latest('apt'), 'catalog/tidelog')).map((name) => artifact(lab().tenant.latest('apt'), `tidelog/${name}`));
    expect(deb.map(({ dist }) => dist)).toEqual(deb.map(() => 'heron'));
    expect(deb[0]?.['deb_metadata']).toMatchObject({ package: 'tidelog', section: expect.any(String) as string, description: expect.any(String) as string, maintainer: expect.any(String) as string });
    const catalog = read(lab().tenant.latest('apt'), 'catalog.json') as { exporters: readonly { name: string; metadata_url: string }[] };
    expect(catalog.exporters.map(({ name }) => name)).toEqual([...catalog.exporters.map(({ name }) => name)].sort());
    expect(catalog.exporters.find(({ name }) => name === 'tidelog')).toMatchObject({ deb_status: 'success', rpm_status: 'na', docker_status: 'na', metadata_url: 'catalog/tidelog/metadata.json' });
  });

  it('says what upstream lists and does not deliver', async () => {
    const path = 'Packages/q/quaymaster-1.8.0-1.el9.x86_64.rpm';
    const whole = readFileSync(join(lab().served, 'rpm', path));
    rmSync(join(lab().served, 'rpm', path));
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { on_package_error: 'quarantine', catalog: { enabled: true } }));
    await lab().reopen();
    await lab().sync('rpm');
    const tree = lab().tenant.latest('rpm');
    expect(artifact(tree, 'quaymaster/rpm_amd64_el9.json')).toMatchObject({ status: 'failed', version: '1.8.0', package: { filename: 'quaymaster-1.8.0-1.el9.x86_64.rpm', sha256: '', size_bytes: 0 } });
    expectSound(tree);
    expect((await lab().sync('rpm')).outcome).toBe('unchanged');
    writeFileSync(join(lab().served, 'rpm', path), whole);
    await lab().sync('rpm');
    expect(artifact(lab().tenant.latest('rpm'), 'quaymaster/rpm_amd64_el9.json')).toMatchObject({ status: 'success', rpm_metadata: { arch: 'x86_64' } });
    expectSound(lab().tenant.latest('rpm'));
  });

  it('is made for the distribution that the configuration says', async () => {
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { catalog: { enabled: true, dist: 'rocky-9' } }));
    await lab().reopen();
    await lab().sync('rpm');
    expect(readdirSync(join(lab().tenant.latest('rpm'), 'catalog/tidelog'))).toEqual(['rpm_noarch_rocky-9.json']);
    await lab().sync('apt');
    expect(existsSync(join(lab().tenant.latest('apt'), 'catalog'))).toBe(false);
  });

  it.each(['rpm', 'apt'] as const)('%s: the next day only what changed is written, and is what a new mirror would write', async (kind) => {
    await enable(lab());
    await lab().sync(kind, { snapshotName: 'day1' });
    const frozen = servedFiles(lab().tenant.snapshot(kind, 'day1'));
    const before = catalogOf(lab().tenant.latest(kind));
    const inodes = new Map(Object.keys(before).map((path) => [path, statSync(join(lab().tenant.latest(kind), path)).ino]));
    lab().show(kind, 'day2');
    await lab().sync(kind);
    const after = catalogOf(lab().tenant.latest(kind));
    expect(after).not.toEqual(before);
    expectSound(lab().tenant.latest(kind));
    const same = Object.keys(after).filter((path) => before[path] === after[path]);
    expect(same.length).toBeGreaterThan(0);
    for (const path of same) expect(statSync(join(lab().tenant.latest(kind), path)).ino, path).toBe(inodes.get(path));
    expect(servedFiles(lab().tenant.snapshot(kind, 'day1'))).toEqual(frozen);

    const name = `new-${kind}`;
    const url = `${lab().upstream.url}/${kind}`;
    lab().tenant.writeRepository(kind === 'rpm' ? rpmRepository(url, { name }) : aptRepository(url, { name }));
    await lab().reopen();
    await lab().sync(name);
    // When a deb came is the one thing that a new mirror cannot know.
    const undated = (tree: string): Record<string, unknown> => Object.fromEntries(Object.keys(catalogOf(tree)).map((path) => [
      path, kind === 'rpm' ? catalogOf(tree)[path] : readFileSync(join(tree, path), 'utf8').replaceAll(/"(build_date|last_updated|generated_at)": "[^"]*"/g, '"$1": ""'),
    ]));
    expect(undated(lab().tenant.latest(kind))).toEqual(undated(lab().tenant.latest(name)));
  });

  it('a deb keeps the date under which it came', async () => {
    await enable(lab());
    await lab().sync('apt');
    const dates = (): Record<string, string> => {
      const tree = lab().tenant.latest('apt');
      return Object.fromEntries(Object.keys(catalogOf(tree)).filter((path) => path.includes('/deb_')).map((path) => {
        const { package: { sha256 }, build_date: date } = artifact(tree, path.slice('catalog/'.length));
        return [`${path} ${sha256}`, date];
      }));
    };
    const before = dates();
    lab().show('apt', 'day2');
    await lab().sync('apt');
    const after = dates();
    const stayed = Object.keys(after).filter((key) => key in before);
    expect(stayed.length).toBeGreaterThan(0);
    for (const key of stayed) expect(after[key], key).toBe(before[key]);
    expect(Object.keys(after).filter((key) => !(key in before)).map((key) => after[key]).every((date) => (date ?? '') > Object.values(before)[0]!)).toBe(true);
    // Made anew from nothing but what is remembered: the dates stay.
    writeFileSync(join(lab().tenant.configDir, 'conf.d/catalog.yaml'), stringify({ catalog: { enabled: true, dist: 'heron' } }));
    await lab().reopen();
    expect((await lab().sync('apt')).outcome).toBe('synced');
    expect(dates()).toEqual(after);
  });

  it('is mended when the pool has lost a file of it, or a tree', async () => {
    await enable(lab());
    await lab().sync('rpm', { snapshotName: 'S' });
    const whole = servedFiles(lab().tenant.latest('rpm'));
    for (const path of ['catalog/tidelog/rpm_noarch_el9.json', 'catalog.json']) {
      rmSync(poolFile(lab(), join(lab().tenant.latest('rpm'), path)));
      expect((await lab().sync('rpm')).outcome).toBe('repaired');
      expect(servedFiles(lab().tenant.latest('rpm'))).toEqual(whole);
      expect(existsSync(poolFile(lab(), join(lab().tenant.latest('rpm'), path)))).toBe(true);
    }
    rmSync(join(lab().tenant.snapshot('rpm', 'S'), 'catalog/index.json'));
    expect((await publishSnapshot(lab().app, 'rpm/S')).outcome).toBe('published');
    expect(catalogOf(lab().tenant.snapshot('rpm', 'S'))).toEqual(catalogOf(lab().tenant.latest('rpm')));
  });

  it('travels in a bundle', async () => {
    await enable(lab());
    await lab().sync('apt', { snapshotName: 'S' });
    const before = servedFiles(lab().tenant.snapshot('apt', 'S'));
    const directory = join(lab().served, 'bundle');
    await exportSnapshot(lab().app, { snapshot: 'apt/S', directory });
    await deleteSnapshot(lab().app, 'apt/S');
    await importBundle(lab().app, directory);
    expect(servedFiles(lab().tenant.snapshot('apt', 'S'))).toEqual(before);
  });

  it('of a merge is its own', async () => {
    await enable(lab());
    await lab().sync('rpm', { snapshotName: 'day1' });
    lab().show('rpm', 'day2');
    await lab().sync('rpm', { snapshotName: 'day2' });
    await mergeSnapshots(lab().app, { sources: ['rpm/day1', 'rpm/day2'], name: 'both', strategy: 'latest', isDryRun: false });
    expectSound(lab().tenant.snapshot('rpm', 'both'));
    expect(artifact(lab().tenant.snapshot('rpm', 'both'), 'tidelog/rpm_noarch_el9.json').version)
      .toBe(artifact(lab().tenant.latest('rpm'), 'tidelog/rpm_noarch_el9.json').version);
  });
});
