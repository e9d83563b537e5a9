/** `chantal catalog portal`, as operators and builds call it. */

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli, type CliResult } from '../support/cli.js';
import { upstreamFixture, keyFixture } from '../support/fixtures.js';
import { sharedData } from '../support/shared-data.js';
import { startStaticServer } from '../support/static-server.js';
import { makeTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';
import { servedFiles } from '../support/tree.js';

describe('of a catalog alone', () => {
  let root = '';
  let catalogDir = '';
  const site = (): string => join(root, 'site');
  const portal = async (...args: readonly string[]): Promise<CliResult> =>
    runCli(['catalog', 'portal', '--catalog-dir', catalogDir, '--output', site(), ...args], { configDir: join(root, 'none') });
  const read = (path: string): string => readFileSync(join(site(), path), 'utf8');

  beforeEach(() => {
    root = makeTemporaryDirectory();
    catalogDir = join(root, 'catalog');
    cpSync(join(sharedData('monitoring-hub'), 'catalog'), catalogDir, { recursive: true });
  });

  it('shows every package, its state for each distribution and architecture, links and checksums, and needs no configuration', async () => {
    expect(await portal()).toMatchObject({ exitCode: 0 });
    const text = read('index.html');
    const names = readdirSync(catalogDir, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    for (const name of names) expect(text).toContain(`id="name:${name}"`);
    expect(text.match(/class="card"/g)).toHaveLength(34);
    const metadata = JSON.parse(readFileSync(join(catalogDir, 'node_exporter/rpm_amd64_el9.json'), 'utf8')) as { package: { sha256: string } };
    expect(text).toMatch(new RegExp(`id="name:node_exporter"[^]*el9 <span class="arch">x86_64</span>[^]*${metadata.package.sha256}`));
    // What the files say, not what an aggregate of one run has said of them.
    expect(text).toMatch(/id="name:node_exporter"[^]*?docker <span class="state good">success/);
    const legacy = JSON.parse(read('legacy.json')) as { exporters: readonly { name: string; availability: Record<string, object>; docker_status: string }[] };
    expect(legacy.exporters.map(({ name }) => name)).toEqual([...names].sort());
    expect(Object.keys(legacy.exporters.find(({ name }) => name === 'node_exporter')!.availability['el9']!).sort()).toEqual(['aarch64', 'x86_64']);
    // It sums the catalog up on the way.
    expect(JSON.parse(readFileSync(join(catalogDir, 'node_exporter/metadata.json'), 'utf8'))).toMatchObject({ status: { docker: 'success' } });
    expect(existsSync(join(root, 'catalog.json'))).toBe(true);
    expect((await portal('--json')).json()).toMatchObject({ written: 0, removed: 0, problems: [] });
  });

  it('leaves the catalog as it is when that is asked for', async () => {
    const before = servedFiles(catalogDir);
    expect(await portal('--skip-catalog')).toMatchObject({ exitCode: 0 });
    expect(servedFiles(catalogDir)).toEqual(before);
    expect(existsSync(join(root, 'catalog.json'))).toBe(false);
    expect(read('index.html')).toContain('id="name:node_exporter"');
  });

  it('has a place for what is wanted, for what has lost its files, and names what cannot be read', async () => {
    const manifests = join(root, 'exporters');
    mkdirSync(join(manifests, 'new_exporter'), { recursive: true });
    writeFileSync(join(manifests, 'new_exporter/manifest.yaml'), 'name: new_exporter\nversion: v1.2.0\ndescription: "About <b>tides</b>"\ncategory: System\nartifacts: {rpm: {enabled: true}}\n');
    mkdirSync(join(catalogDir, 'empty_exporter'));
    writeFileSync(join(catalogDir, 'node_exporter/rpm_amd64_el9.json'), '{"format_version": "4.0"}');
    writeFileSync(join(catalogDir, 'nginx_exporter/docker.json'), '{');
    const result = await portal('--manifest-path', manifests);
    expect(result).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('format_version "4.0"') as unknown });
    const text = read('index.html');
    expect(text).toMatch(/id="name:new_exporter"[^]*?1\.2\.0[^]*?About &lt;b&gt;tides&lt;\/b&gt;/);
    expect(text).toMatch(/id="name:empty_exporter"[^]*?Nothing is known of it yet\./);
    expect(text).toMatch(/id="name:node_exporter"[^]*?unreadable[^]*?node_exporter\/rpm_amd64_el9\.json has format_version/);
    expect(text.match(/class="card"/g)).toHaveLength(36);
    // What goes from the catalog goes from the site.
    rmSync(join(catalogDir, 'empty_exporter'), { recursive: true });
    await portal('--manifest-path', manifests);
    expect(read('index.html')).not.toContain('empty_exporter');
  });

  it('escapes what others have written, and follows no address but to web pages', async () => {
    rmSync(catalogDir, { recursive: true });
    mkdirSync(join(catalogDir, 'evil'), { recursive: true });
    const artifact = (arch: string, url: string): void => writeFileSync(join(catalogDir, `evil/rpm_${arch}_el9.json`), JSON.stringify({
      format_version: '3.0', artifact_type: 'rpm', exporter: 'evil', version: '1"><script>x</script>', arch, dist: 'el9', build_date: '2026-01-01T00:00:00Z', status: 'success',
      package: { filename: 'x.rpm', url, sha256: '', size_bytes: 1 }, rpm_metadata: { summary: '<img src=x onerror=alert(1)>' },
    }));
    ['javascript:alert(1)', 'data:text/html,x', '//elsewhere.example.org/x.rpm', 'https://example.org/x.rpm?a="b', '%ff.rpm', '../../x y.rpm'].forEach((url, index) => artifact(`a${index}`, url));
    expect(await portal()).toMatchObject({ exitCode: 0 });
    const text = read('index.html');
    expect(text).not.toMatch(/<script>|<img|href="(?:javascript|data|\/\/)/);
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect([...text.matchAll(/<td data-label="File"><a href="([^"]*)"/g)].map(([, href]) => href)).toEqual(['https://example.org/x.rpm?a=&quot;b', '../x%20y.rpm']);
  });

  it('refuses a directory that holds none', async () => {
    rmSync(catalogDir, { recursive: true });
    const result = await portal('--json');
    expect(result.exitCode).toBe(2);
    expect(result.json()).toMatchObject({ error: { code: 'E_USAGE', message: expect.stringContaining('holds no catalog') as unknown } });
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));
});

it('writes the site of a mirror beside its trees', async () => {
  const directory = temporaryDirectory();
  const upstream = await startStaticServer(upstreamFixture('rpm', 'day1'));
  try {
    const tenant = makeTenant(directory, { repositories: [{ name: 'rpm', type: 'rpm', upstream: { url: upstream.url }, rpm: { gpgkey_file: keyFixture('rpm') } }] });
    await tenant.runJson(['init']);
    await tenant.runJson(['repo', 'sync', '--repo-id', 'rpm']);
    const told = await tenant.run(['catalog', 'portal']);
    expect(told.stdout).toMatch(/\/www\/portal: \d+ files; \d+ files written\.\n$/);
    expect(existsSync(join(tenant.basePath, 'www/portal/repositories/rpm.html'))).toBe(true);
    expect((await tenant.run(['catalog', 'portal'])).stdout).toContain('everything was as it should be');
    expect((await tenant.run(['catalog', 'portal', '--quiet', '--full'])).stdout).toBe('');
  } finally {
    await upstream.close();
  }
});
