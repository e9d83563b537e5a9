/** A site over a mirror: every link of it leads somewhere, only what changed is written, and nobody else's files are touched. */

import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { deleteSnapshot } from '../../src/operations/delete-snapshot.js';
import { writeMirrorPortal, type PortalOptions, type PortalResult } from '../../src/operations/portal/write-portal.js';
import { servedFiles } from '../support/tree.js';
import { writeUpstream } from './generated-upstream.js';
import { describeLab, rpmRepository, type Lab } from './lab.js';

const outputOf = (lab: Lab, name = 'portal'): string => join(lab.tenant.basePath, 'www', name);
const write = async (lab: Lab, more: Partial<PortalOptions> = {}): Promise<PortalResult> =>
  writeMirrorPortal(lab.app, { output: outputOf(lab), isFull: false, skipsCatalog: false, version: '1', ...more });
const page = (lab: Lab, path: string): string => readFileSync(join(outputOf(lab), path), 'utf8');

async function fill(lab: Lab): Promise<void> {
  writeFileSync(join(lab.tenant.configDir, 'conf.d/catalog.yaml'), stringify({ catalog: { enabled: true, path: join(lab.tenant.basePath, 'www/all') } }));
  await lab.reopen();
  await lab.sync('rpm');
  await lab.sync('apt');
  await lab.freeze('rpm', 'one');
  await lab.freeze('apt', 'one');
  lab.show('rpm', 'day2');
  lab.show('apt', 'day2');
  await lab.sync('rpm');
  await lab.sync('apt');
  await lab.freeze('rpm', 'two+b:1');
}

/** Addresses in pages and where they lead, as a web server over the directory above would answer. */
function brokenLinks(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html')).flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return [...text.matchAll(/(?:href|src|action|data-search)="([^"]*)"/g)].map(([, address = '']) => address.replaceAll('&amp;', '&').replaceAll('&#39;', '\'').replace(/[?#].*$/, ''))
      .filter((address) => address !== '' && !existsSync(join(root, dirname(path), decodeURIComponent(address)))).map((address) => `${path} → ${address}`);
  });
}

describeLab('a site over a mirror', (lab) => {
  it('shows what is held, and each of its links leads somewhere', async () => {
    await fill(lab());
    const result = await write(lab());
    expect(result).toMatchObject({ removed: 0, skipped: 0, problems: [] });
    expect(result.written).toBe(result.files);
    expect(brokenLinks(outputOf(lab()))).toEqual([]);
    expect(page(lab(), 'index.html')).toContain('<a href="repositories/rpm.html">rpm</a>');
    expect(page(lab(), 'repositories/rpm.html')).toContain('baseurl=<var data-href="../../rpm/latest/">');
    expect(page(lab(), 'repositories/apt.html')).toContain('URIs: <var data-href="../../apt/latest/">');
    expect(page(lab(), 'snapshots/rpm/one.html')).toContain('baseurl=<var data-href="../../../rpm/snapshots/one/">');
    expect(page(lab(), 'changes/rpm/one/latest.html')).toMatch(/Advisories newly covered \(1\)[^]*SMSA-2025:0117[^]*critical[^]*CVE-2025-10044/);
    const diff = JSON.parse(page(lab(), 'changes/rpm/one/two+b:1.json')) as { upgraded: readonly { name: string }[] };
    expect(diff.upgraded.map(({ name }) => name)).toContain('tidelog');
    expect(page(lab(), 'advisories/rpm/critical.html')).toContain('SMSA-2025:0117');
    expect(page(lab(), 'packages/all.html')).toMatch(/id="name:tidelog"[^]*2\.4\.2-1\.el9[^]*href="\.\.\/\.\.\/rpm\/latest\/Packages\/t\/tidelog-2\.4\.2-1\.el9\.noarch\.rpm"/);
    expect(page(lab(), 'artifacts/index.html')).toMatch(/tidelog[^]*el9[^]*noarch[^]*href="\.\.\/\.\.\/rpm\/latest\/Packages\//);
    expect(page(lab(), 'search/packages/all.js')).toMatch(/^chantalNames\("packages\/all", \{"all":\[.*"tidelog"/);
    expect(page(lab(), 'history.html')).toMatch(/<svg class="chart"[^]*role="img" aria-label="All repositories: \d+ packages added/);
    expect(page(lab(), 'pool.html')).toContain('<svg class="chart"');
    expect(JSON.parse(page(lab(), 'live.json'))).toEqual({ events: null });
    // Nothing of this machine is told.
    for (const path of Object.keys(servedFiles(outputOf(lab())))) expect(page(lab(), path), path).not.toContain(lab().tenant.basePath);
  });

  it('is the same bytes when it is made again, wherever it lies', async () => {
    await fill(lab());
    await write(lab());
    const first = servedFiles(outputOf(lab()));
    const times = (): readonly number[] => Object.keys(first).filter((path) => path !== '.portal-state.json').map((path) => statSync(join(outputOf(lab()), path)).mtimeMs);
    const before = times();
    expect(await write(lab())).toMatchObject({ written: 0, removed: 0 });
    expect(await write(lab(), { isFull: true })).toMatchObject({ written: 0, removed: 0, skipped: 0 });
    expect(times()).toEqual(before);
    await write(lab(), { output: outputOf(lab(), 'other') });
    expect(servedFiles(outputOf(lab(), 'other'))).toEqual(first);
  });

  it('follows what happens: new pages come, others go, those of unchanged states are not made', async () => {
    await fill(lab());
    await write(lab());
    const before = servedFiles(outputOf(lab()));
    const [one] = await lab().app.store.findSnapshots({ repository: 'rpm', name: 'one' });
    await deleteSnapshot(lab().app, `rpm/${one!.name}`);
    await lab().freeze('rpm', 'three');
    const result = await write(lab());
    expect(result.removed).toBeGreaterThanOrEqual(5);
    const after = servedFiles(outputOf(lab()));
    expect(Object.keys(after).filter((path) => path.includes('/one'))).toEqual(Object.keys(before).filter((path) => path.startsWith('changes/apt/one') || path.startsWith('snapshots/apt/one')));
    expect(existsSync(join(outputOf(lab()), 'changes/rpm/one'))).toBe(false);
    expect(after).toHaveProperty('changes/rpm/three/latest.html');
    expect(result.skipped).toBeGreaterThan(0);
    expect(brokenLinks(outputOf(lab()))).toEqual([]);
    // What somebody has damaged or taken away is mended: all of it when that is asked for.
    rmSync(join(outputOf(lab()), 'changes/apt/one/latest.html'));
    writeFileSync(join(outputOf(lab()), 'index.html'), 'damaged');
    writeFileSync(join(outputOf(lab()), 'advisories/index.html'), 'damaged');
    await write(lab(), { isFull: true });
    expect(servedFiles(outputOf(lab()))).toEqual(after);
  });

  it('leaves alone what is not its own', async () => {
    const output = outputOf(lab());
    mkdirSync(output, { recursive: true });
    writeFileSync(join(output, 'index.html'), '<p>the front page of somebody else</p>');
    await expect(write(lab())).rejects.toMatchObject({ code: 'E_PATH_OCCUPIED', hint: expect.stringContaining('--output') as unknown });
    rmSync(join(output, 'index.html'));
    writeFileSync(join(output, 'notes.txt'), 'mine');
    await write(lab());
    // What a state says that nobody has written here is not believed.
    const state = join(output, '.portal-state.json');
    const document = JSON.parse(readFileSync(state, 'utf8')) as { files: Record<string, null> };
    writeFileSync(join(output, '../beside.txt'), 'beside');
    writeFileSync(state, JSON.stringify({ files: { ...document.files, '../beside.txt': null, '/etc/hostname': null } }));
    await write(lab());
    expect(readFileSync(join(output, '../beside.txt'), 'utf8')).toBe('beside');
    expect(readFileSync(join(output, 'notes.txt'), 'utf8')).toBe('mine');
    // A state that is lost costs work, and nothing else.
    const before = servedFiles(output);
    writeFileSync(state, '{');
    expect(await write(lab())).toMatchObject({ written: 0 });
    expect(servedFiles(output)).toEqual(before);
  });

  it('tells of failures, of what is not synced, and of a mirror that holds nothing', async () => {
    await write(lab());
    expect(page(lab(), 'index.html')).toContain('not synced yet');
    expect(page(lab(), 'packages/index.html')).toContain('Nothing is held yet.');
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/nowhere`, { name: 'away' }));
    await lab().reopen();
    await expect(lab().sync('away')).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING' });
    await write(lab());
    expect(page(lab(), 'index.html')).toMatch(/Needs attention[^]*away[^]*E_UPSTREAM_MISSING/);
    expect(page(lab(), 'repositories/away.html')).toContain('The last sync failed');
    expect(brokenLinks(outputOf(lab()))).toEqual([]);
  });

  it('shows a hostile description as the text that it is, and many packages on pages of a hundred', async () => {
    const hostile = '</script><script>globalThis.pwned = 1</script><img src=x onerror="globalThis.pwned = 1">';
    writeUpstream(join(lab().served, 'flat'), [{ name: 'evil', description: hostile }, ...Array.from({ length: 450 }, (_, index) => ({ name: `item-${index}`, description: 'plain' }))], 8);
    lab().tenant.writeRepository({ name: 'flat', type: 'apt', upstream: { url: `${lab().upstream.url}/flat` }, apt: { distribution: './', gpgcheck: false } });
    await lab().reopen();
    await lab().sync('flat');
    await write(lab());
    const pages = Object.keys(servedFiles(outputOf(lab()))).filter((path) => path.startsWith('packages/of-'));
    expect(pages.length).toBeGreaterThan(4);
    const texts = pages.map((path) => page(lab(), path));
    for (const text of texts) expect((text.match(/class="card"/g) ?? []).length).toBeLessThanOrEqual(100);
    expect(texts.reduce((sum, text) => sum + (text.match(/class="card"/g) ?? []).length, 0)).toBe(451);
    for (const path of Object.keys(servedFiles(outputOf(lab()))).filter((each) => /\.(html|js)$/.test(each))) expect(page(lab(), path), path).not.toMatch(/<script>|<img|onerror="/);
    expect(texts.join('')).toContain('&lt;/script&gt;&lt;script&gt;globalThis.pwned = 1');
    expect(brokenLinks(outputOf(lab()))).toEqual([]);
  });
});
