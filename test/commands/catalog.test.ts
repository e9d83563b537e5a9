/** `chantal catalog …`, as builds and operators call it. */

import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { faultsOf, schemaOf } from '../catalog/schemas.js';
import { runCli, type CliResult } from '../support/cli.js';
import { upstreamFixture } from '../support/fixtures.js';
import { mustRun } from '../support/run.js';
import { sharedData } from '../support/shared-data.js';
import { makeTemporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';
import { startServer } from '../upstream/scripted-server.js';

const sha256 = 'ab'.repeat(32);
let root = '';
let catalogDir = '';

beforeEach(() => {
  root = makeTemporaryDirectory();
  catalogDir = join(root, 'catalog');
});

const catalog = async (...args: readonly string[]): Promise<CliResult> => runCli(['catalog', ...args], { configDir: join(root, 'none') });
const read = (path: string) => JSON.parse(readFileSync(join(catalogDir, path), 'utf8')) as Record<string, unknown>;
/** A valid call; flags that are given take the place of its own. */
function rpm(...more: readonly string[]): readonly string[] {
  const own = {
    '--type': 'rpm', '--exporter': 'node_exporter', '--version': 'v1.10.2', '--arch': 'x86_64', '--dist': 'el9', '--filename': 'n.rpm',
    '--url': 'https://mirror.example.org/n.rpm', '--sha256': sha256, '--size': '7', '--catalog-dir': catalogDir,
  };
  return ['artifact', ...Object.entries(own).filter(([flag]) => !more.includes(flag)).flat(), ...more];
}

const errorOf = (result: CliResult): { code: string; message: string } => (JSON.parse(result.stdout) as { error: { code: string; message: string } }).error;

function findFile(directory: string, pattern: RegExp): string {
  const found = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((path) => pattern.test(path));
  if (found === undefined) throw new Error(`${directory} has no ${String(pattern)}`);
  return join(directory, found);
}

describe('catalog artifact', () => {
  it('writes one valid file in its place, and the same again changes nothing', async () => {
    expect(await catalog(...rpm())).toMatchObject({ exitCode: 0 });
    const path = 'node_exporter/rpm_amd64_el9.json';
    expect(read(path)).toMatchObject({ version: '1.10.2', arch: 'amd64', status: 'success', package: { filename: 'n.rpm', size_bytes: 7, sha256 } });
    expect(faultsOf(schemaOf(`catalog/${path}`), read(path))).toEqual([]);
    const before = readFileSync(join(catalogDir, path));
    expect(JSON.parse((await catalog(...rpm('--json'))).stdout)).toMatchObject({ outcome: 'unchanged' });
    expect(readFileSync(join(catalogDir, path))).toEqual(before);
    expect(JSON.parse((await catalog(...rpm('--json', '--build-date', '1700000000'))).stdout)).toMatchObject({ outcome: 'written', artifact: { build_date: '2023-11-14T22:13:20Z' } });
    expect(readdirSync(catalogDir, { recursive: true })).toEqual(['node_exporter', path]);
  });

  it.each([
    ['rpm', /\/tidelog-.*\.rpm$/, ['--dist', 'el9'], 'rpm_metadata', { name: 'tidelog', license: 'Apache-2.0', vendor: 'Saltmarsh Tools', arch: 'noarch' }],
    ['apt', /\/tidelog_.*\.deb$/, ['--dist', 'debian-12'], 'deb_metadata', { package: 'tidelog', maintainer: expect.stringContaining('@') as unknown }],
  ] as const)('reads a real package (%s)', async (kind, pattern, dist, section, expected) => {
    const file = findFile(upstreamFixture(kind, 'day1'), pattern);
    const type = kind === 'rpm' ? 'rpm' : 'deb';
    const directory = file.slice(0, file.lastIndexOf('/'));
    const args = ['artifact', '--type', type, '--exporter', 'tidelog', '--version', '2', '--arch', 'amd64', ...dist, '--filename', file.slice(directory.length + 1), '--cache-dir', directory,
      '--url', 'x', '--extract-metadata', '--catalog-dir', catalogDir, '--json'];
    const result = await catalog(...args);
    expect(result.exitCode, result.stderr).toBe(0);
    const { artifact } = JSON.parse(result.stdout) as { artifact: Record<string, unknown> };
    const bytes = readFileSync(file);
    expect(artifact).toMatchObject({ package: { sha256: createHash('sha256').update(bytes).digest('hex'), size_bytes: bytes.length }, [section]: expected });
    if (type === 'rpm') expect(artifact['build_date']).toBe('2025-03-01T12:00:00Z');
    expect(errorOf(await catalog(...args, '--sha256', sha256)).code).toBe('E_CHECKSUM');
  });

  it('writes docker images, the first of them twice', async () => {
    const images = [{ registry: 'ghcr.io', repository: 'x/y', tag: '1', digest: `sha256:${sha256}`, platforms: ['linux/amd64'], size_bytes: 5 }];
    const result = await catalog('artifact', '--type', 'docker', '--exporter', 'y', '--version', '1', '--docker-images', JSON.stringify(images), '--catalog-dir', catalogDir);
    expect(result.exitCode, result.stderr).toBe(0);
    expect(read('y/docker.json')).toMatchObject({ images, image: images[0] });
    expect(faultsOf('docker-artifact', read('y/docker.json'))).toEqual([]);
  });

  it.each([
    [['--exporter', '../x'], 'E_USAGE'],
    [['--exporter', 'a/b'], 'E_USAGE'],
    [['--exporter', 'index.json'], 'E_USAGE'],
    [['--dist', '../../x'], 'E_USAGE'],
    [['--arch', 'a/b'], 'E_USAGE'],
    [['--output', '/tmp/elsewhere.json'], 'E_USAGE'],
    [['--output', 'x/../../node_exporter/rpm_amd64_el9.json'], 'E_USAGE'],
    [['--sha256', 'xyz'], 'E_USAGE'],
    [['--url', ''], 'E_USAGE'],
  ])('refuses %s', async (more, code) => {
    const result = await catalog(...rpm(...more, '--json'));
    expect(errorOf(result)).toMatchObject({ code, message: expect.not.stringMatching(/only be specified once|Missing required/) as unknown });
    expect(existsSync(catalogDir)).toBe(false);
  });
});

describe('catalog aggregate', () => {
  it('sums up what can be read, names what cannot, and sees every change', async () => {
    await catalog(...rpm());
    await catalog('artifact', '--type', 'deb', '--exporter', 'node_exporter', '--version', '1.11.0', '--arch', 'arm64', '--dist', 'debian-12', '--filename', 'n.deb', '--status', 'failed', '--catalog-dir', catalogDir);
    mkdirSync(join(catalogDir, 'other'));
    writeFileSync(join(catalogDir, 'other/rpm_amd64_el9.json'), JSON.stringify({ ...read('node_exporter/rpm_amd64_el9.json'), exporter: 'other', format_version: '4.0' }));
    writeFileSync(join(catalogDir, 'other/rpm_amd64_el8.json'), JSON.stringify({ name: 'old' }));
    writeFileSync(join(catalogDir, 'node_exporter/rpm_amd64_el8.json'), '{"format_version": "3.0", ');
    const result = await catalog('aggregate', '--catalog-dir', catalogDir, '--json');
    expect(result.exitCode).toBe(3);
    expect((JSON.parse(result.stdout) as { problems: unknown }).problems).toMatchObject([
      { path: 'node_exporter/rpm_amd64_el8.json', kind: 'malformed' }, { path: 'other/rpm_amd64_el8.json', kind: 'legacy' },
      { path: 'other/rpm_amd64_el9.json', kind: 'version', message: 'has format_version "4.0"; 3.0 is what is understood here' },
    ]);
    expect(result.stderr).toContain('other/rpm_amd64_el9.json has format_version "4.0"');
    expect(read('node_exporter/metadata.json')).toMatchObject({ version: '1.10.2', status: { rpm: 'success', deb: 'failed', docker: 'na' }, artifacts: { rpm: { el9: { amd64: { status: 'success' } } } } });
    const index = JSON.parse(readFileSync(join(root, 'catalog.json'), 'utf8')) as { exporters: readonly unknown[] };
    expect(index.exporters).toMatchObject([{ name: 'node_exporter', version: '1.10.2', rpm_status: 'success', metadata_url: 'catalog/node_exporter/metadata.json' }]);
    for (const [name, path] of [['catalog', '../catalog.json'], ['catalog-index', 'index.json'], ['metadata', 'node_exporter/metadata.json']] as const) expect(faultsOf(name, read(path)), path).toEqual([]);

    await catalog(...rpm('--dist', 'el10', '--version', '1.12'));
    const again = await catalog('aggregate', '--exporter', 'node_exporter', '--catalog-dir', catalogDir, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ written: 1 });
    expect(read('node_exporter/metadata.json')).toMatchObject({ version: '1.12' });
    expect(JSON.parse((await catalog('aggregate', '--exporter', 'node_exporter', '--catalog-dir', catalogDir, '--json')).stdout)).toMatchObject({ written: 0 });
  });

  it('takes category, description and what is disabled from a manifest', async () => {
    cpSync(join(sharedData('monitoring-hub/catalog'), 'node_exporter'), join(catalogDir, 'node_exporter'), { recursive: true });
    const manifest = join(root, 'manifest.yaml');
    writeFileSync(manifest, 'name: node_exporter\nversion: v1.11.1\ncategory: System\ndescription: Metrics\nartifacts: {rpm: {enabled: true}, deb: {enabled: true}, docker: {enabled: false}}\n');
    const args = ['aggregate', '--exporter', 'node_exporter', '--catalog-dir', catalogDir, '--manifest-path', manifest];
    expect((await catalog(...args)).exitCode).toBe(0);
    expect(read('node_exporter/metadata.json')).toMatchObject({ category: 'System', description: 'Metrics', version: '1.11.1', status: { rpm: 'success', deb: 'success', docker: 'na' } });
  });
});

describe('catalog lint', () => {
  it('counts what is wrong with a real catalog', async () => {
    const result = await catalog('lint', '--catalog-dir', sharedData('monitoring-hub/catalog'));
    expect(result.exitCode).toBe(3);
    expect(result.stdout).toContain('300 artifact files of 34 packages: 260 empty-url, 266 empty-metadata, 8 mixed-versions, 30 wrong-aggregate.');
  });

  it('finds nothing in what is whole', async () => {
    await catalog(...rpm());
    writeFileSync(join(catalogDir, 'node_exporter/rpm_amd64_el9.json'), JSON.stringify({ ...read('node_exporter/rpm_amd64_el9.json'), rpm_metadata: { name: 'node_exporter' } }));
    await catalog('aggregate', '--catalog-dir', catalogDir);
    expect(await catalog('lint', '--catalog-dir', catalogDir)).toMatchObject({ exitCode: 0, stdout: '1 artifact file of 1 package: nothing is wrong.\n' });
    await catalog(...rpm('--dist', 'el8', '--status', 'failed'));
    writeFileSync(join(catalogDir, 'node_exporter/metadata.json'), readFileSync(join(catalogDir, 'node_exporter/metadata.json'), 'utf8').replace('"rpm": "success"', '"rpm": "na"'));
    expect((await catalog('lint', '--catalog-dir', catalogDir)).stdout).toContain('says rpm: na; its files say success');
  });
});

describe('catalog changes', () => {
  const manifests = sharedData('monitoring-hub/manifests');

  it('compares versions with what is published', async () => {
    const output = join(root, 'changed.json');
    const changes = async (...more: readonly string[]) => JSON.parse((await catalog('changes', '--manifests', manifests, '--output', output, '--json', ...more)).stdout) as { changes: { name: string; reason: string; desired?: string; deployed?: string }[] };
    const published = sharedData('monitoring-hub/catalog');
    const { changes: found } = await changes('--catalog-url', published);
    const index = JSON.parse(readFileSync(join(published, 'index.json'), 'utf8')) as { exporters: { name: string; version: string }[] };
    expect(found.length).toBeGreaterThan(0);
    for (const { name, reason, deployed, desired } of found) {
      expect([name, deployed]).toEqual([name, index.exporters.find((entry) => entry.name === name)?.version]);
      expect(reason).toBe('version');
      expect(desired).not.toBe(deployed);
    }
    expect(JSON.parse(readFileSync(output, 'utf8'))).toEqual(found.map(({ name }) => name));
    const all = readdirSync(manifests).length;
    expect((await changes('--catalog-url', published, '--force')).changes).toHaveLength(all);
    expect((await changes('--catalog-url', published, '--force', '--exporter', 'node_exporter')).changes).toMatchObject([{ name: 'node_exporter', reason: 'forced' }]);
  });

  it('asks through the proxy of the configuration', async () => {
    const seen: (string | undefined)[] = [];
    const proxy = await startServer(({ url }, response) => {
      seen.push(url);
      if (!url?.endsWith('/catalog/index.json')) return void response.writeHead(404).end();
      response.end(JSON.stringify({ exporters: readdirSync(manifests).map((name) => ({ name: name.replace(/\.yaml$/, ''), version: '0' })) }));
    });
    const configDir = makeTenant(root, { settings: { proxy: { http_proxy: proxy.url } } }).configDir;
    const result = await runCli(['catalog', 'changes', '--manifests', manifests, '--catalog-url', 'http://mirror.example', '--json'], { configDir });
    expect(seen).toEqual(['http://mirror.example/catalog.json', 'http://mirror.example/catalog/index.json']);
    expect((JSON.parse(result.stdout) as { changes: { reason: string }[] }).changes.some(({ reason }) => reason === 'version')).toBe(true);
  });

  it('takes a catalog that cannot be reached for empty, and says so', async () => {
    const result = await catalog('changes', '--manifests', manifests, '--catalog-url', 'http://127.0.0.1:9/x', '--json');
    expect(result.exitCode).toBe(0);
    expect(result.stderr).toContain('nothing counts as published');
    expect((JSON.parse(result.stdout) as { changes: { reason: string }[] }).changes.every(({ reason }) => reason === 'new')).toBe(true);
  });
});

describe('catalog publish', () => {
  it('adds files to a branch, however many push at once', async () => {
    const remote = join(root, 'remote.git');
    await mustRun('git', ['init', '--quiet', '--bare', remote]);
    const dists = ['el8', 'el9', 'el10', 'fc42'];
    for (const dist of dists) await catalog(...rpm('--dist', dist));
    const file = (dist: string): string => join(catalogDir, `node_exporter/rpm_amd64_${dist}.json`);
    const results = await Promise.all(dists.map(async (dist) => catalog('publish', file(dist), '--remote', remote, '--json')));
    expect(results.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(dists.map(() => [0, '']));
    const list = await mustRun('git', ['-C', remote, 'ls-tree', '-r', '--name-only', 'gh-pages']);
    expect(list.trim().split('\n')).toEqual(dists.map((dist) => `catalog/node_exporter/rpm_amd64_${dist}.json`).sort());
    const log = await mustRun('git', ['-C', remote, 'log', '--format=%s', 'gh-pages']);
    expect(log.trim().split('\n')).toHaveLength(dists.length);
    expect(JSON.parse((await catalog('publish', file('el8'), '--remote', remote, '--json')).stdout)).toMatchObject({ outcome: 'unchanged' });
    const work = join(root, 'work');
    await catalog(...rpm('--dist', 'el8', '--version', '2'));
    for (const outcome of ['published', 'unchanged']) expect(JSON.parse((await catalog('publish', file('el8'), '--remote', remote, '--work-dir', work, '--json')).stdout)).toMatchObject({ outcome });
  });

  it('refuses what is no artifact file, and a repository that is not there', async () => {
    await catalog(...rpm());
    mkdirSync(join(catalogDir, 'x'));
    writeFileSync(join(catalogDir, 'x/rpm_amd64_el9.json'), readFileSync(join(catalogDir, 'node_exporter/rpm_amd64_el9.json')));
    const remote = join(root, 'nowhere.git');
    expect(errorOf(await catalog('publish', join(catalogDir, 'x/rpm_amd64_el9.json'), '--remote', remote, '--json'))).toMatchObject({ code: 'E_USAGE', message: expect.stringContaining('says that it is node_exporter/') as unknown });
    expect(errorOf(await catalog('publish', join(catalogDir, 'node_exporter/rpm_amd64_el9.json'), '--remote', remote, '--json')).code).toBe('E_UPSTREAM');
  });
});
