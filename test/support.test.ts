/** The fixtures are real repositories and the helpers real clients: apt-get and dnf read them with signatures on. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeAptClient } from './support/apt-client.js';
import { makeDnfClient } from './support/dnf-client.js';
import { keyFixture, upstreamFixture } from './support/fixtures.js';
import { startNginx } from './support/nginx.js';
import { startStaticServer, type StaticServer } from './support/static-server.js';
import { temporaryDirectory } from './support/temp.js';
import { describeTree, servedFiles } from './support/tree.js';

let upstream: StaticServer;
beforeAll(async () => {
  upstream = await startStaticServer(upstreamFixture('apt', 'day1'));
});
afterEach(() => {
  upstream.clearFaults();
  upstream.takeRequests();
});
afterAll(() => upstream.close());

describe('fixtures', () => {
  test('apt-get reads the suite of day 1 and, after an update, of day 2', async () => {
    upstream.serve(upstreamFixture('apt', 'day1'));
    const apt = makeAptClient(temporaryDirectory(), {
      url: upstream.url, distribution: 'heron', components: ['main', 'extras'], keyFile: keyFixture('apt'), hasSources: true,
    });
    expect(await apt.update()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await apt.policy('tidelog')).toContain('Candidate: 2.4.1-3');
    expect(await apt.policy('portglass')).toContain('Candidate: 1:0.9.2-4');
    const deb = await apt.download('marlin');
    expect(readFileSync(deb)).toEqual(readFileSync(join(upstreamFixture('apt', 'day1'), 'pool/main/m/marlin/marlin_1.2.0~rc1+ds-1_amd64.deb')));
    expect(await apt.downloadSource('tidelog')).toEqual(['tidelog_2.4.1-3.debian.tar.xz', 'tidelog_2.4.1-3.dsc', 'tidelog_2.4.1.orig.tar.gz']);

    upstream.serve(upstreamFixture('apt', 'day2'));
    expect(await apt.update()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await apt.policy('tidelog')).toContain('Candidate: 2.4.2-1');
    expect(await apt.policy('harbourmap')).toContain('Candidate: 0.3.0-1');
    expect(await apt.policy('portglass')).toBe('');
    expect(upstream.requests.map(({ path }) => path)).toContainEqual(expect.stringContaining('/by-hash/SHA256/'));
  });

  test('apt-get reads the flat repository', async () => {
    upstream.serve(upstreamFixture('apt-flat', 'day1'));
    const apt = makeAptClient(temporaryDirectory(), { url: upstream.url, distribution: './', keyFile: keyFixture('apt', 'public.gpg') });
    expect(await apt.update()).toMatchObject({ exitCode: 0 });
    expect(readFileSync(await apt.download('tidelog'))).toEqual(readFileSync(join(upstreamFixture('apt-flat', 'day1'), 'tidelog_2.4.1-3_all.deb')));
  });

  test('apt-get refuses it with a key that signed nothing', async () => {
    upstream.serve(upstreamFixture('apt', 'day1'));
    const apt = makeAptClient(temporaryDirectory(), { url: upstream.url, distribution: 'heron', components: ['main'], keyFile: keyFixture('stranger') });
    expect(await apt.update()).toMatchObject({ exitCode: 100, stderr: expect.stringContaining('NO_PUBKEY') as unknown });
  });

  test('dnf reads day 1: packages, dependencies, advisories, groups and module streams', async () => {
    upstream.serve(upstreamFixture('rpm', 'day1'));
    const dnf = makeDnfClient(temporaryDirectory(), { url: upstream.url, keyUrl: pathToFileURL(keyFixture('rpm')).href });
    expect(await dnf.makeCache()).toMatchObject({ exitCode: 0 });
    expect(await dnf.query(['--available'])).toEqual([
      'beaconctl-0:3.0.4-2.el9.x86_64', 'beaconctl-0:3.1.0-1.el9.x86_64', 'keel-0:1.4.7-1.module_el9+14+5a1b2c3d.noarch',
      'marlin-0:1.2.0~rc1-1.el9.x86_64', 'marlin-libs-0:1.2.0~rc1-1.el9.x86_64', 'portglass-1:0.9.2-4.el9.noarch',
      'quaymaster-0:1.8.0-1.el9.x86_64', 'tidelog-0:2.4.1-3.el9.noarch',
    ]);
    expect(await dnf.download(['beaconctl'])).toEqual([
      'beaconctl-3.1.0-1.el9.x86_64.rpm', 'quaymaster-1.8.0-1.el9.x86_64.rpm', 'tidelog-2.4.1-3.el9.noarch.rpm',
    ]);
    expect(await dnf.query(['--available', '--cve', 'CVE-2025-10011'])).toEqual(['beaconctl-0:3.1.0-1.el9.x86_64']);
    expect((await dnf.run(['group', 'list'])).stdout).toContain('Harbour Watch');
    expect((await dnf.run(['module', 'list', 'keel'])).stdout).toMatch(/keel\s+2\.0/);
  });

  test('dnf refuses it with a key that signed nothing', async () => {
    upstream.serve(upstreamFixture('rpm', 'day2'));
    const dnf = makeDnfClient(temporaryDirectory(), { url: upstream.url, keyUrl: pathToFileURL(keyFixture('stranger')).href });
    expect((await dnf.makeCache()).exitCode).not.toBe(0);
  });
});

describe('static server', () => {
  const path = '/dists/heron/Release';
  const bytes = readFileSync(join(upstreamFixture('apt', 'day1'), path));
  beforeAll(() => { upstream.serve(upstreamFixture('apt', 'day1')); });

  test('answers conditional requests with 304', async () => {
    const first = await fetch(upstream.url + path);
    const etag = first.headers.get('etag') ?? '';
    expect((await fetch(upstream.url + path, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(upstream.url + path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    const lastModified = first.headers.get('last-modified') ?? '';
    expect((await fetch(upstream.url + path, { headers: { 'if-modified-since': lastModified } })).status).toBe(304);
    expect(upstream.requests.map(({ status }) => status)).toEqual([200, 304, 200, 304]);
  });

  test('answers ranges, and the whole file when If-Range does not match', async () => {
    const etag = (await fetch(upstream.url + path)).headers.get('etag') ?? '';
    const part = await fetch(upstream.url + path, { headers: { range: 'bytes=10-', 'if-range': etag } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(10));
    expect((await fetch(upstream.url + path, { headers: { range: 'bytes=10-', 'if-range': '"other"' } })).status).toBe(200);
    expect((await fetch(upstream.url + path, { headers: { range: `bytes=${bytes.length}-` } })).status).toBe(416);
  });

  test('stays below its directory', async () => {
    expect((await fetch(`${upstream.url}/..%2f..%2f..%2fmake.mjs`)).status).toBe(404);
  });

  test('plays the faults it is given', async () => {
    upstream.setFault(path, { status: 503, headers: { 'retry-after': '1' }, times: 1 });
    const refused = await fetch(upstream.url + path);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await fetch(upstream.url + path)).status).toBe(200);
    upstream.setFault(path, { corruptAt: 5 });
    expect(Buffer.from(await (await fetch(upstream.url + path)).arrayBuffer())).not.toEqual(bytes);
    upstream.setFault(path, { truncateAt: 7 });
    await expect(fetch(upstream.url + path).then((response) => response.arrayBuffer())).rejects.toThrow();
    upstream.setFault(path, { reset: true });
    await expect(fetch(upstream.url + path)).rejects.toThrow();
  });
});

describe('nginx', () => {
  test('serves a directory and logs what was asked for', async () => {
    const nginx = await startNginx(temporaryDirectory(), upstreamFixture('apt', 'day1'));
    try {
      const response = await fetch(`${nginx.url}/dists/heron/InRelease`);
      expect(Buffer.from(await response.arrayBuffer())).toEqual(readFileSync(join(upstreamFixture('apt', 'day1'), 'dists/heron/InRelease')));
    } finally {
      await nginx.stop();
    }
    expect(nginx.accessLog()).toEqual(['GET /dists/heron/InRelease 200']);
  });
});

describe('trees', () => {
  test('a tree is described by type, mode and content', () => {
    const root = upstreamFixture('apt-flat', 'day1');
    const tree = describeTree(root);
    expect(Object.keys(tree)).toEqual(Object.keys(servedFiles(root)));
    expect(tree['Release']).toMatch(/^file 0\d{3} [0-9a-f]{64}$/);
    expect(servedFiles(root, ['Release'])).not.toHaveProperty('Release');
  });
});
