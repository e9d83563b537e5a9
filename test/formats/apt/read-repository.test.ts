import { describe, expect, test } from 'vitest';
import { apt } from '../../../src/formats/apt/index.js';
import { makeAptClient } from '../../support/apt-client.js';
import { keyFixture, upstreamFixture } from '../../support/fixtures.js';
import { startStaticServer } from '../../support/static-server.js';
import { temporaryDirectory } from '../../support/temp.js';
import { servedFiles } from '../../support/tree.js';
import { aptOptions, fixtureTrust, mirror, writeTree } from './mirror.js';

const heron = upstreamFixture('apt', 'day1');

describe('a repository below dists/', () => {
  test('asks for one root document where InRelease exists', async () => {
    const { reader, root } = await mirror(heron, await fixtureTrust(), aptOptions('heron'));
    expect(reader.requests.filter((path) => path.endsWith('InRelease'))).toEqual(['dists/heron/InRelease']);
    expect(root.stored.map(({ path, kind }) => [path, kind])).toEqual([['dists/heron/InRelease', 'inrelease']]);
    expect(root.signedBy).toEqual((await fixtureTrust()).fingerprints);
    expect(Object.keys(root.dates)).toEqual(['dists/heron/Release']);
    expect(root.warnings).toEqual([]);
  });

  test('is mirrored whole, byte for byte, when everything is asked for', async () => {
    const target = temporaryDirectory();
    const mirrored = await mirror(heron, await fixtureTrust(), aptOptions('heron', { hasSources: true }));
    await writeTree(mirrored, target);
    const upstream = servedFiles(heron);
    const missing = Object.keys(upstream).filter((path) => path.startsWith('dists/') || path.startsWith('pool/')).filter((path) => servedFiles(target)[path] !== upstream[path]);
    expect(missing).toEqual([]);
    expect(mirrored.manifest.warnings).toEqual([]);
  });

  test('its artifacts say what they are', async () => {
    const { manifest } = await mirror(heron, await fixtureTrust(), aptOptions('heron', { hasSources: true }));
    const byPath = new Map(manifest.artifacts.map((artifact) => [artifact.path as string, artifact]));
    expect(byPath.get('pool/main/t/tidelog/tidelog_2.4.1-3_all.deb')).toMatchObject({ name: 'tidelog', version: '2.4.1-3', arch: 'all', checksum: { algorithm: 'sha256' }, attributes: { component: 'main' } });
    expect(byPath.get('pool/main/t/tidelog/tidelog_2.4.1-3.dsc')).toMatchObject({ name: 'tidelog', version: '2.4.1-3', arch: 'source' });
    expect(byPath.get('pool/extras/k/keel/keel_2.0.1-1_all.deb')!.attributes).toMatchObject({ component: 'extras' });
    expect(Object.values(byPath.get('pool/main/t/tidelog/tidelog_2.4.1-3_all.deb')!.attributes)).not.toContain('');
  });

  test.each([
    ['the whole', {}], ['one component', { components: ['main'] }], ['two architectures of two', { architectures: ['amd64', 'arm64'] }], ['with sources', { hasSources: true }],
  ])('a real apt-get reads the mirror of %s without a warning', async (_, options) => {
    const target = temporaryDirectory();
    const mirrored = await mirror(heron, await fixtureTrust(), aptOptions('heron', options));
    await writeTree(mirrored, target);
    const server = await startStaticServer(target);
    try {
      const components = 'components' in options ? ['main'] : ['main', 'extras'];
      const client = makeAptClient(temporaryDirectory(), { url: server.url, distribution: 'heron', components, keyFile: keyFixture('apt'), hasSources: 'hasSources' in options });
      expect(await client.update()).toMatchObject({ exitCode: 0 });
      await client.download('tidelog');
      if ('hasSources' in options) expect(await client.downloadSource('tidelog')).toContain('tidelog_2.4.1-3.dsc');
    } finally {
      await server.close();
    }
  });

  test('one architecture: nothing of the other', async () => {
    const written = await writeTree(await mirror(heron, await fixtureTrust(), aptOptions('heron', { architectures: ['amd64'] })), temporaryDirectory());
    expect(written.filter((path) => path.includes('arm64'))).toEqual([]);
    expect(written.filter((path) => path.endsWith('_all.deb'))).not.toEqual([]);
  });

  test('the same upstream gives the same fingerprint, another day another', async () => {
    const options = aptOptions('heron');
    const [one, again, later] = await Promise.all([heron, heron, upstreamFixture('apt', 'day2')].map(async (directory) => mirror(directory, undefined, options)));
    expect(one!.root.fingerprint).toBe(again!.root.fingerprint);
    expect(one!.root.stored).toEqual(again!.root.stored);
    expect(later!.root.fingerprint).not.toBe(one!.root.fingerprint);
  });

  test('by-hash: every listed algorithm, and only those names are hash-named', async () => {
    const { manifest } = await mirror(heron, await fixtureTrust(), aptOptions('heron'));
    const names = [...manifest.stored, ...manifest.wanted.flatMap(({ published }) => published)];
    expect(names.filter(({ path, hashNamed }) => path.includes('/by-hash/') !== hashNamed)).toEqual([]);
    expect(new Set(names.flatMap(({ path }) => /by-hash\/([^/]+)/.exec(path)?.[1] ?? []))).toEqual(new Set(['SHA256', 'MD5Sum']));
  });

  test('what to put on a client', async () => {
    const { root, manifest } = await mirror(heron, await fixtureTrust(), aptOptions('heron', { hasSources: true }));
    const key = { path: apt.keyFiles('salt', await fixtureTrust())[0]!.path, kind: 'key', digest: root.stored[0]!.digest, sizeBytes: 1, hashNamed: false };
    const text = apt.clientConfig('salt', [...root.stored, ...manifest.stored, key], root.signedBy);
    expect(text).toBe(`# curl -fsSLo /etc/apt/keyrings/salt-archive-key.gpg <URL>/salt-archive-key.gpg
# /etc/apt/sources.list.d/salt.sources
Types: deb deb-src
URIs: <URL>
Suites: heron
Components: extras main
Architectures: amd64 arm64
Signed-By: /etc/apt/keyrings/salt-archive-key.gpg
`);
    expect(apt.clientConfig('salt', root.stored, [])).toContain('Trusted: yes');
  });
});

describe('a flat repository', () => {
  const flat = upstreamFixture('apt-flat', 'day1');

  test('stays flat, and apt-get reads it', async () => {
    const target = temporaryDirectory();
    const mirrored = await mirror(flat, await fixtureTrust(), aptOptions('./'));
    const written = await writeTree(mirrored, target);
    expect(written).toEqual(Object.keys(servedFiles(flat)).sort());
    const server = await startStaticServer(target);
    try {
      const client = makeAptClient(temporaryDirectory(), { url: server.url, distribution: './', keyFile: keyFixture('apt') });
      expect(await client.update()).toMatchObject({ exitCode: 0 });
      await client.download('tidelog');
    } finally {
      await server.close();
    }
  });

  test('leaving out an architecture is not possible yet, and says so', async () => {
    const day2 = upstreamFixture('apt-flat', 'day2');
    await expect(mirror(day2, await fixtureTrust(), aptOptions('./', { architectures: ['arm64'] }))).rejects.toMatchObject({ code: 'E_CONFIG_NOT_YET', message: expect.stringContaining('amd64') as string });
    await expect(mirror(day2, await fixtureTrust(), aptOptions('./', { architectures: ['amd64'] }))).resolves.toBeDefined();
  });
});
