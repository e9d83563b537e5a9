/** JSON index catalogs as repositories: the real ones of k0rdent, over HTTP, and charts out of a real registry. */

import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync, unlinkSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { beforeEach, expect, it } from 'vitest';
import { mergeSnapshots } from '../../src/operations/merge-snapshots.js';
import { diffVersions } from '../../src/queries/diff-versions.js';
import { findAddons } from '../../src/queries/list-addons.js';
import { searchPackages } from '../../src/queries/search-packages.js';
import { sharedData } from '../support/shared-data.js';
import { describeLab } from './lab.js';

const data = sharedData('k0rdent');

describeLab('an index catalog', (lab) => {
  const show = (version: string): void => {
    mkdirSync(join(lab().served, 'catalog/latest'), { recursive: true });
    copyFileSync(join(data, version, 'index.json'), join(lab().served, 'catalog/latest/index.json'));
  };
  const published = (path: string): string => join(lab().tenant.latest('k0rdent'), path);
  const readJson = (path: string): ReturnType<typeof JSON.parse> => JSON.parse(readFileSync(published(path), 'utf8'));

  beforeEach(async () => {
    show('v1.9.0');
    lab().tenant.writeRepository({ name: 'k0rdent', type: 'index', upstream: { url: `${lab().upstream.url}/catalog/latest/index.json` } });
    await lab().reopen();
  });

  it('publishes the index byte for byte, with the addresses of the mirror beside it, its add-ons, and what installs them', async () => {
    const result = await lab().sync('k0rdent');
    expect(result).toMatchObject({ outcome: 'synced', total: { packages: 111 }, warnings: [] });
    expect(readFileSync(published('index.json'))).toEqual(readFileSync(join(data, 'v1.9.0/index.json')));
    const mirror = readJson('index.mirror.json') as { addons: { name: string; charts: { repository: string; templates: string[] }[] }[] };
    expect(mirror.addons).toHaveLength(111);
    const templates = new Set(mirror.addons.flatMap(({ charts }) => charts.flatMap((chart) => chart.templates)));
    expect(templates.size).toBe(260);
    for (const template of templates) expect(parse(readFileSync(published(template), 'utf8'))).toMatchObject({ apiVersion: 'k0rdent.mirantis.com/v1beta1', kind: 'ServiceTemplate' });
    expect(readJson('addons/minio.json')).toMatchObject({ name: 'minio' });
  });

  it('asks once, and does nothing while the index stays as it is', async () => {
    await lab().sync('k0rdent');
    const before = lab().upstream.requests.length;
    const result = await lab().sync('k0rdent');
    expect(result.outcome).toBe('unchanged');
    expect(lab().upstream.requests.slice(before)).toHaveLength(1);
  });

  it('finds no changed add-on between two real versions that differ in every line', async () => {
    await lab().sync('k0rdent');
    await lab().freeze('k0rdent', 'old');
    show('.');
    const result = await lab().sync('k0rdent');
    expect(result).toMatchObject({ outcome: 'synced', added: { packages: 0 }, removed: { packages: 0 } });
    await lab().freeze('k0rdent', 'new');
    expect(await diffVersions(lab().app, { from: 'k0rdent/old', to: 'k0rdent/new' })).toMatchObject({ added: [], removed: [], upgraded: [], downgraded: [], rebuilt: [] });
    expect(readFileSync(published('index.json'))).toEqual(readFileSync(join(data, 'index.json')));
    expect(readFileSync(join(lab().tenant.snapshot('k0rdent', 'old'), 'index.json'))).toEqual(readFileSync(join(data, 'v1.9.0/index.json')));
  });

  it('tells of a new version of an add-on, and of a deprecation', async () => {
    await lab().sync('k0rdent');
    await lab().freeze('k0rdent', 'old');
    const index = JSON.parse(readFileSync(join(data, 'v1.9.0/index.json'), 'utf8')) as { addons: { name: string; deprecated: boolean; charts: { versions: string[]; appVersions: string[] }[] }[] };
    const [first, second] = index.addons;
    if (first?.charts[0] === undefined || second === undefined) throw new Error('no charts');
    first.charts[0].versions.unshift('99.0.0');
    first.charts[0].appVersions.unshift('99');
    second.deprecated = true;
    writeFileSync(join(lab().served, 'catalog/latest/index.json'), JSON.stringify(index));
    await lab().sync('k0rdent');
    const diff = await diffVersions(lab().app, { from: 'k0rdent/old', to: 'k0rdent/latest' });
    expect(diff.upgraded.map(({ name, to }) => [name, to.version])).toEqual([[first.name, '99.0.0']]);
    expect(diff.rebuilt.map(({ name }) => name)).toEqual([second.name]);
  });

  it.each([
    ['damaged', readFileSync(join(data, 'mcp-testdata/invalid-index.json'), 'utf8'), 'parse catalog index: '],
    ['without add-ons', '{"metadata": {"generated": "x", "version": "1"}}', 'validate catalog index: missing required field \'addons\''],
  ])('keeps serving the old state while upstream\'s is %s', async (_, text, message) => {
    await lab().sync('k0rdent');
    writeFileSync(join(lab().served, 'catalog/latest/index.json'), text);
    await expect(lab().sync('k0rdent')).rejects.toMatchObject({ code: 'E_METADATA', message: expect.stringContaining(message) as string });
    expect(readFileSync(published('index.json'))).toEqual(readFileSync(join(data, 'v1.9.0/index.json')));
    expect(await findAddons(lab().app)).toHaveLength(111);
    show('v1.9.0');
    expect((await lab().sync('k0rdent')).outcome).toBe('unchanged');
  });

  it('does not believe a catalog that is suddenly empty, unless it is told to', async () => {
    await lab().sync('k0rdent');
    copyFileSync(join(data, 'mcp-testdata/empty-index.json'), join(lab().served, 'catalog/latest/index.json'));
    await expect(lab().sync('k0rdent')).rejects.toMatchObject({ code: 'E_UPSTREAM_WIPED' });
    expect(await lab().sync('k0rdent', { isForced: true })).toMatchObject({ outcome: 'synced', total: { packages: 0 } });
    expect(await findAddons(lab().app)).toEqual([]);
  });

  it.each(['index.json', 'index.mirror.json', 'addons/minio.json'])('puts %s back that was lost or damaged, though upstream answers 304', async (path) => {
    await lab().sync('k0rdent');
    const file = published(path);
    const bytes = readFileSync(file);
    chmodSync(file, 0o644);
    truncateSync(file, 5);
    await lab().sync('k0rdent');
    expect(readFileSync(published(path))).toEqual(bytes);
    unlinkSync(published(path));
    await lab().sync('k0rdent');
    expect(readFileSync(published(path))).toEqual(bytes);
    rmSync(join(lab().tenant.basePath, 'pool/sha256'), { recursive: true });
    await lab().reopen();
    await lab().sync('k0rdent');
    expect(readFileSync(published(path))).toEqual(bytes);
  });

  it('is filtered by name, found by search, and merged with another', async () => {
    lab().tenant.writeRepository({ name: 'some', type: 'index', upstream: { url: `${lab().upstream.url}/catalog/latest/index.json` }, filters: { include: ['minio', 'velero'] } });
    lab().tenant.writeRepository({ name: 'other', type: 'index', upstream: { url: `${lab().upstream.url}/catalog/latest/index.json` }, filters: { include: ['argo*'] } });
    await lab().reopen();
    for (const name of ['some', 'other']) {
      await lab().sync(name);
      await lab().freeze(name, 's');
    }
    const filtered = JSON.parse(readFileSync(join(lab().tenant.latest('some'), 'index.json'), 'utf8')) as { addons: { name: string }[] };
    expect(filtered.addons.map(({ name }) => name)).toEqual(['minio', 'velero']);
    const { packages } = await searchPackages(lab().app, { query: 'minio', limit: 10 });
    expect(packages.map(({ name, arches, repository }) => [name, arches, repository])).toEqual([['minio', ['addon'], 'some']]);
    await mergeSnapshots(lab().app, { sources: ['some/s', 'other/s'], name: 'both', strategy: 'keep-all', isDryRun: false });
    const merged = JSON.parse(readFileSync(join(lab().tenant.basePath, 'www/merged/both/index.json'), 'utf8')) as { addons: { name: string }[] };
    expect(merged.addons.map(({ name }) => name).filter((name) => !name.startsWith('argo'))).toEqual(['minio', 'velero']);
    expect(merged.addons.length).toBeGreaterThan(2);
    expect(existsSync(join(lab().tenant.basePath, 'www/merged/both/addons/velero.json'))).toBe(true);
  });
});
