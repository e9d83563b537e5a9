/** Helm repositories from end to end: mirrored from a server and from a registry, published, read by another parser; and what is refused. */

import { existsSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Digest } from '../../src/core/digest.js';
import { adoptTree } from '../../src/operations/adopt-tree.js';
import { deleteSnapshot } from '../../src/operations/delete-snapshot.js';
import { exportSnapshot } from '../../src/operations/export-snapshot.js';
import { importBundle } from '../../src/operations/import-bundle.js';
import { mergeSnapshots } from '../../src/operations/merge-snapshots.js';
import { verifyPool } from '../../src/operations/verify-pool.js';
import { diffVersions } from '../../src/queries/diff-versions.js';
import { readIndexText, readPublished, writeChartRepository, type ListedChart } from '../support/chart-upstream.js';
import { makeArchive, makeChart, sha256 } from '../support/charts.js';
import { startRegistry, type Registry } from '../support/registry.js';
import { startStaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { describeTree } from '../support/tree.js';
import { describeLab, loseDatabase, type Lab } from './lab.js';

const a1: ListedChart = { name: 'anchor', version: '1.2.0' };
const a2: ListedChart = { name: 'anchor', version: '1.10.0' };
const b1: ListedChart = { name: 'buoy', version: '0.1.0+light', more: { description: 'A buoy: with "quotes", and\nseveral lines' } };

async function mirror(lab: Lab, charts: readonly ListedChart[], more: Record<string, unknown> = {}) {
  const written = await writeChartRepository(join(lab.served, 'charts'), charts);
  lab.tenant.writeRepository({ name: 'charts', type: 'helm', upstream: { url: `${lab.upstream.url}/charts` }, ...more });
  await lab.reopen();
  return written;
}

const latest = (lab: Lab): string => lab.tenant.latest('charts');
/** From the pool and from every tree. */
function lose(lab: Lab, name: string, digest: string): void {
  const www = join(lab.tenant.basePath, 'www');
  for (const path of readdirSync(www, { recursive: true, encoding: 'utf8' })) if (path.endsWith(`/${name}`)) rmSync(join(www, path), { force: true });
  unlinkSync(lab.app.pool.pathOf(digest as Digest));
}

const asked = (lab: Lab): readonly string[] => lab.upstream.takeRequests().map(({ path, status }) => `${path.replace('/charts/', '')} ${status}`);

describeLab('a repository with an index', (lab) => {
  it('whose addresses lie within it is published byte for byte, and looked at with one request', async () => {
    const written = await mirror(lab(), [a1, a2, { ...b1, path: 'sub/buoy-0.1.0+light.tgz', url: './sub/buoy-0.1.0%2Blight.tgz' }]);
    expect(await lab().sync('charts')).toMatchObject({ outcome: 'synced', mode: 'verbatim', added: { packages: 3 }, warnings: [] });
    expect(readIndexText(latest(lab()))).toBe(readFileSync(join(lab().served, 'charts/index.yaml'), 'utf8'));
    expect(await readPublished(latest(lab()))).toMatchObject({
      'anchor 1.2.0': { sha256: written[0]!.sha256 }, 'anchor 1.10.0': { sha256: written[1]!.sha256 },
      'buoy 0.1.0+light': { path: 'sub/buoy-0.1.0+light.tgz', sha256: written[2]!.sha256 },
    });
    lab().upstream.takeRequests();
    expect((await lab().sync('charts')).outcome).toBe('unchanged');
    expect(asked(lab())).toEqual(['index.yaml 304']);
  });

  it('that leads elsewhere is rewritten: other servers\' charts, absolute addresses, charts without a digest, signatures', async () => {
    const elsewhere = temporaryDirectory();
    const other = await startStaticServer(elsewhere);
    try {
      const [far] = await writeChartRepository(elsewhere, [{ ...b1, path: 'far.tgz', provenance: 'signed far' }]);
      const written = await mirror(lab(), [
        { ...a1, digest: undefined, provenance: 'signed' }, { ...a2, url: `${lab().upstream.url}/charts/anchor-1.10.0.tgz` }, { ...b1, body: far!.body, url: `${other.url}/far.tgz` },
      ], { helm: { provenance: true } });
      const result = await lab().sync('charts');
      expect(result).toMatchObject({ outcome: 'synced', mode: 'regenerated', total: { packages: 3 } });
      expect(result.warnings).toEqual([expect.stringContaining('1 charts without a digest')]);
      const published = await readPublished(latest(lab()));
      expect(published).toMatchObject({
        'anchor 1.2.0': { path: 'anchor-1.2.0.tgz', sha256: written[0]!.sha256, appVersion: '1.0' }, 'anchor 1.10.0': { path: 'anchor-1.10.0.tgz' },
        'buoy 0.1.0+light': { path: 'charts/buoy-0.1.0+light.tgz', sha256: far!.sha256 },
      });
      expect(readIndexText(latest(lab()))).toContain('generated: "2025-02-03T04:05:06Z"');
      expect(readFileSync(join(latest(lab()), 'anchor-1.2.0.tgz.prov'), 'utf8')).toBe('signed');
      expect(readFileSync(join(latest(lab()), 'charts/buoy-0.1.0+light.tgz.prov'), 'utf8')).toBe('signed far');
      // Newer charts cost themselves, and those without a signature the question for one.
      await mirror(lab(), [
        { ...a1, digest: undefined, provenance: 'signed' }, { ...a2, url: `${lab().upstream.url}/charts/anchor-1.10.0.tgz` }, { ...b1, body: far!.body, url: `${other.url}/far.tgz` },
        { name: 'crane', version: '1.0.0' },
      ], { helm: { provenance: true } });
      lab().upstream.takeRequests();
      other.takeRequests();
      expect(await lab().sync('charts')).toMatchObject({ added: { packages: 1 }, removed: { packages: 0 } });
      expect([...asked(lab())].sort()).toEqual(['anchor-1.10.0.tgz.prov 404', 'crane-1.0.0.tgz 200', 'crane-1.0.0.tgz.prov 404', 'index.yaml 200']);
      expect(other.takeRequests()).toEqual([]);
      // A repair knows where a chart came from.
      lose(lab(), 'buoy-0.1.0+light.tgz', far!.sha256);
      expect((await verifyPool(lab().app, true)).faults).toMatchObject([{ fault: 'missing', isRepaired: true }]);
      expect(other.takeRequests().map(({ path }) => path)).toEqual(['/far.tgz']);
      expect(await readPublished(latest(lab()))).toEqual({ ...published, 'crane 1.0.0': expect.anything() as object });
    } finally {
      await other.close();
    }
  });

  it('is cut by name and to the newest versions, in the order of versions', async () => {
    await mirror(lab(), [a1, a2, b1], { filters: { include: ['anchor'], newest: 1 } });
    expect(await lab().sync('charts')).toMatchObject({ mode: 'regenerated', total: { packages: 1 }, warnings: [] });
    expect(Object.keys(await readPublished(latest(lab())))).toEqual(['anchor 1.10.0']);
    expect(readIndexText(latest(lab()))).toBe([
      'apiVersion: v1', 'entries:', '  anchor:', '  - apiVersion: v2', '    name: anchor', '    version: 1.10.0', '    appVersion: "1.0"', '    description: The chart anchor',
      '    created: 2025-01-02T03:04:05Z', `    digest: ${sha256(await makeChart(a2))}`, '    urls:', '    - "anchor-1.10.0.tgz"', 'generated: "2025-02-03T04:05:06Z"', '',
    ].join('\n'));
  });

  it('is frozen, compared, merged, carried over, adopted and rebuilt like any other', async () => {
    await mirror(lab(), [a1, b1]);
    await lab().sync('charts');
    await lab().freeze('charts', 'one');
    await mirror(lab(), [a2, b1]);
    await lab().sync('charts');
    await lab().freeze('charts', 'two');
    expect((await diffVersions(lab().app, { from: 'charts/one', to: 'charts/two' }))).toMatchObject({ upgraded: [{ name: 'anchor', from: { version: '1.2.0' }, to: { version: '1.10.0' } }] });
    await mergeSnapshots(lab().app, { sources: ['charts/one', 'charts/two'], name: 'all', strategy: 'keep-all', isDryRun: false });
    expect(Object.keys(await readPublished(lab().tenant.snapshot('charts', 'all'))).sort()).toEqual(['anchor 1.10.0', 'anchor 1.2.0', 'buoy 0.1.0+light']);
    const bundle = join(temporaryDirectory(), 'bundle');
    await exportSnapshot(lab().app, { snapshot: 'charts/all', directory: bundle });
    const before = describeTree(lab().tenant.snapshot('charts', 'all'));
    await deleteSnapshot(lab().app, 'charts/all');
    await importBundle(lab().app, bundle);
    expect(describeTree(lab().tenant.snapshot('charts', 'all'))).toEqual(before);
    await mirror(lab(), [a2, b1, { name: 'crane', version: '1.0.0' }]);
    expect(await adoptTree(lab().app, lab().repository('charts'), { directory: join(lab().served, 'charts'), isCopy: true, isDryRun: false }))
      .toMatchObject({ wanted: { packages: 3 }, held: { packages: 2 }, adopted: { packages: 1 } });
    lab().upstream.takeRequests();
    expect(await lab().sync('charts')).toMatchObject({ added: { packages: 1 } });
    expect(asked(lab())).toEqual(['index.yaml 200']);
    const forget = await loseDatabase(lab());
    expect(await lab().tenant.runJson(['db', 'rebuild'])).toMatchObject({ skipped: [] });
    await lab().reopen();
    lab().upstream.takeRequests();
    expect(await lab().sync('charts')).toMatchObject({ total: { packages: 3 } });
    expect(asked(lab())).toEqual(['index.yaml 304']);
    await forget();
  });
});

describeLab('what an index may try', (lab) => {
  const expectRefused = async (charts: readonly ListedChart[], code: string, text?: string): Promise<void> => {
    await mirror(lab(), [b1]);
    await lab().sync('charts');
    const before = describeTree(latest(lab()));
    await writeChartRepository(join(lab().served, 'charts'), charts);
    await expect(lab().sync('charts')).rejects.toMatchObject({ code, ...(text === undefined ? {} : { message: expect.stringContaining(text) as string }) });
    expect(describeTree(latest(lab()))).toEqual(before);
  };

  it('a chart whose digest differs is not published', async () => {
    await expectRefused([b1, { ...a1, digest: 'ab'.repeat(32) }], 'E_CHECKSUM');
  });

  it('nor one that is another chart, or none, or a bomb', async () => {
    await expectRefused([b1, { ...a1, body: await makeChart({ name: 'anchor', version: '1.1.9' }) }], 'E_METADATA', 'another one than it is listed as');
    await expectRefused([b1, { ...a1, body: Buffer.from('<html>') }], 'E_METADATA', 'no gzipped tar archive');
    await expectRefused([b1, { ...a1, body: await makeArchive([['anchor/values.yaml', 'a: 1']]) }], 'E_METADATA', 'holds no Chart.yaml');
    await expectRefused([b1, { ...a1, body: await makeArchive([['anchor/zero', Buffer.alloc(270_000_000)], ['anchor/Chart.yaml', 'name: anchor\nversion: 1.2.0\n']]) }], 'E_METADATA', 'unpacks to more');
    const aliases = `name: anchor\nversion: 1.2.0\na: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefg'.split('').map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdef'[index]}`).join(', ')}]\n`).join('')}`;
    await expectRefused([b1, { ...a1, body: await makeArchive([['anchor/Chart.yaml', aliases]]) }], 'E_METADATA', 'more aliases');
  });

  it.each([
    ['../anchor.tgz', 'E_METADATA_PATH'], ['..%2f..%2fanchor.tgz', 'E_METADATA_PATH'], ['a/%2e%2e/%2e%2e/x.tgz', 'E_METADATA_PATH'], ['%zz.tgz', 'E_METADATA_PATH'], ['file:///etc/passwd', 'E_METADATA_PATH'],
    ['https://me:secret@host/a.tgz', 'E_METADATA_PATH'], ['oci://ghcr.io/a', 'E_METADATA_PATH'],
  ])('an address such as %s is refused', async (url, code) => {
    await expectRefused([b1, { ...a1, url }], code);
  });

  it.each([['name', { name: '../anchor' }], ['name', { name: 'an/chor' }], ['version', { version: '1/../../2' }]])('a %s that leads out of the tree: %j', async (_, change) => {
    await expectRefused([b1, { ...a1, ...change, path: 'a.tgz', body: await makeChart(a1) }], 'E_METADATA');
  });

  it('aliases that multiply, several documents, and what is no index', async () => {
    await mirror(lab(), [b1]);
    const records = (more: string): string => `apiVersion: v1\nentries:\n  anchor:\n  - name: anchor\n    version: 1.0.0\n    urls: [a.tgz]\n${more}`;
    const bomb = `    a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefg'.split('').map((key, index) => `    ${key}: &${key} [${Array(9).fill(`*${'abcdef'[index]}`).join(', ')}]\n`).join('')}`;
    for (const text of [records(bomb), records('    c: *nothing\n'), records('---\nx: 1\n'), records('    version: 2.0.0\n'), records('   odd: 1\n'), '<html></html>', 'entries: [1]\n', 'a: 1\n', '{"entries": 1}', '{']) {
      writeFileSync(join(lab().served, 'charts/index.yaml'), text);
      await expect(lab().sync('charts'), text).rejects.toMatchObject({ code: 'E_METADATA' });
    }
  });
});

describeLab('a registry', (lab) => {
  const work = sharedTemporaryDirectory();
  let registry: Registry;
  let count = 0;
  beforeAll(async () => {
    registry = await startRegistry(work);
  });
  afterAll(async () => registry.stop());
  const open = async (charts: readonly string[], more: Record<string, unknown> = {}) => {
    const base = `run${count += 1}`;
    lab().tenant.writeRepository({
      name: 'charts', type: 'helm', upstream: { url: `oci://${registry.host}/${base}` }, origins: [{ url: registry.origin }], helm: { charts, provenance: true }, ...more,
    });
    await lab().reopen();
    return base;
  };

  it('its charts become a plain repository; an unchanged one costs its tags, and a moved tag is noticed', async () => {
    const base = await open(['anchor', 'team/buoy']);
    const { chart } = await registry.push(`${base}/anchor`, '1.2.0', a1, { provenance: 'signed' });
    await registry.push(`${base}/anchor`, '1.10.0', a2);
    await registry.push(`${base}/anchor`, 'latest', a2);
    const buoy = await registry.push(`${base}/team/buoy`, '0.1.0_light', b1);
    expect(await lab().sync('charts', { isDryRun: true })).toMatchObject({ outcome: 'planned', added: { packages: 3 } });
    expect(await lab().sync('charts')).toMatchObject({ outcome: 'synced', mode: 'regenerated', added: { packages: 3 }, warnings: [] });
    expect(await readPublished(latest(lab()))).toMatchObject({
      'anchor 1.2.0': { path: 'charts/anchor-1.2.0.tgz', sha256: sha256(chart) }, 'anchor 1.10.0': { appVersion: '1.0' }, 'buoy 0.1.0+light': { sha256: sha256(buoy.chart) },
    });
    expect(readFileSync(join(latest(lab()), 'charts/anchor-1.2.0.tgz.prov'), 'utf8')).toBe('signed');
    expect(readdirSync(join(latest(lab()), 'charts')).filter((name) => name.endsWith('.prov'))).toHaveLength(1);
    const before = registry.requests().length;
    expect((await lab().sync('charts')).outcome).toBe('unchanged');
    expect(registry.requests().slice(before).map((line) => line.replace(/\?.* /, ' '))).toEqual(expect.arrayContaining([`GET /v2/${base}/anchor/tags/list 200`, `HEAD /v2/${base}/anchor/manifests/1.2.0 200`]));
    expect(registry.requests().length - before).toBe(5);
    const moved = await registry.push(`${base}/anchor`, '1.10.0', { ...a2, more: { appVersion: '2.0' } });
    expect(await lab().sync('charts')).toMatchObject({ outcome: 'synced', added: { packages: 1 }, removed: { packages: 1 } });
    expect((await readPublished(latest(lab())))['anchor 1.10.0']).toMatchObject({ sha256: sha256(moved.chart), appVersion: '2.0' });
  });

  it('is rebuilt from its trees, and the sync after that fetches no chart; a lost one is found again by its digest', async () => {
    const base = await open(['anchor']);
    const { chart } = await registry.push(`${base}/anchor`, '1.2.0', a1);
    await lab().sync('charts');
    await lab().freeze('charts', 'one');
    const forget = await loseDatabase(lab());
    await lab().tenant.runJson(['db', 'rebuild']);
    await lab().reopen();
    const before = registry.requests().length;
    await lab().sync('charts');
    expect(registry.requests().slice(before).filter((line) => line.includes('/blobs/'))).toEqual([]);
    lose(lab(), 'anchor-1.2.0.tgz', sha256(chart));
    expect((await verifyPool(lab().app, true)).faults).toMatchObject([{ isRepaired: true }]);
    expect(existsSync(join(latest(lab()), 'charts/anchor-1.2.0.tgz'))).toBe(true);
    await forget();
  });

  it('a chart that it does not have is an error that names it; a chart that is another one is not published', async () => {
    const base = await open(['anchor', 'nothing']);
    await registry.push(`${base}/anchor`, '1.2.0', a1);
    await expect(lab().sync('charts')).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING', message: 'the registry has no nothing' });
    const liar = await open(['anchor']);
    await registry.push(`${liar}/anchor`, '1.2.0', { name: 'anchor', version: '6.6.6' });
    await expect(lab().sync('charts')).rejects.toMatchObject({ code: 'E_METADATA' });
    expect(existsSync(latest(lab()))).toBe(false);
  });
});
