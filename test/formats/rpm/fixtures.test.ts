import { createHash } from 'node:crypto';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RelativePath } from '../../../src/core/relative-path.js';
import type { ListedArtifact } from '../../../src/core/repository.js';
import { rpm } from '../../../src/formats/rpm/index.js';
import { readTrust } from '../../../src/signing/keyring.js';
import { directoryReader } from '../../support/directory-reader.js';
import { fileAt } from '../../support/made-up-rpm.js';
import { keyFixture, upstreamFixture } from '../../support/fixtures.js';
import { temporaryDirectory } from '../../support/temp.js';

const upstream = upstreamFixture('rpm', 'day1');
const options = { isGpgcheck: true };
const trust = await readTrust([{ bytes: readFileSync(keyFixture('rpm')), origin: 'rpm' }]);
const stranger = await readTrust([{ bytes: readFileSync(keyFixture('stranger')), origin: 'stranger' }]);

/** A copy to break. */
function copyUpstream(): string {
  const directory = temporaryDirectory();
  cpSync(upstream, directory, { recursive: true });
  return directory;
}

describe('the root', () => {
  it('is repomd.xml with its signature, verified and dated', async () => {
    const reader = directoryReader(upstream, { trust });
    const root = await rpm.readRoot(reader, options);
    expect(root.stored.map(({ path, kind }) => [path, kind])).toEqual([['repodata/repomd.xml', 'repomd'], ['repodata/repomd.xml.asc', 'repomd.asc']]);
    expect(root.signedBy).toEqual(trust.fingerprints);
    expect(root.dates).toEqual({ 'repodata/repomd.xml': '2025-03-03T06:00:00.000Z' });
    expect(reader.requests).toEqual(['repodata/repomd.xml', 'repodata/repomd.xml.asc']);
  });

  it('has another fingerprint when either file differs', async () => {
    const read = async (directory: string): Promise<string> => (await rpm.readRoot(directoryReader(directory), options)).fingerprint;
    const changed = copyUpstream();
    rmSync(join(changed, 'repodata/repomd.xml.asc'));
    const prints = [await read(upstream), await read(changed), await read(upstreamFixture('rpm', 'day2'))];
    expect(new Set(prints).size).toBe(3);
    expect(await read(upstream)).toBe(prints[0]);
  });

  it('is refused when another key signed it', async () => {
    await expect(rpm.readRoot(directoryReader(upstream, { trust: stranger }), options))
      .rejects.toMatchObject({ code: 'E_SIGNATURE', context: { path: 'repodata/repomd.xml.asc' } });
  });

  it('is refused when repomd.xml and its signature are of two moments', async () => {
    const directory = copyUpstream();
    cpSync(join(upstreamFixture('rpm', 'day2'), 'repodata/repomd.xml'), join(directory, 'repodata/repomd.xml'));
    await expect(rpm.readRoot(directoryReader(directory, { trust }), options)).rejects.toMatchObject({ code: 'E_SIGNATURE' });
    // Not looked at, but carried.
    const root = await rpm.readRoot(directoryReader(directory, { trust, rootSignature: false }), options);
    expect(root.signedBy).toEqual([]);
    expect(root.stored).toHaveLength(2);
  });

  it('may be unsigned unless repo_gpgcheck asks for a signature', async () => {
    const directory = copyUpstream();
    rmSync(join(directory, 'repodata/repomd.xml.asc'));
    const root = await rpm.readRoot(directoryReader(directory, { trust }), options);
    expect(root.signedBy).toEqual([]);
    await expect(rpm.readRoot(directoryReader(directory, { trust, rootSignature: true }), options)).rejects.toMatchObject({ code: 'E_UNSIGNED' });
  });

  it('is unsigned where the server answers 403 for the signature it does not have', async () => {
    const root = await rpm.readRoot(directoryReader(upstream, { trust, denied: ['repodata/repomd.xml.asc'] }), options);
    expect(root.stored).toHaveLength(1);
  });

  it('that is not there names the path', async () => {
    await expect(rpm.readRoot(directoryReader(temporaryDirectory()), options))
      .rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING', context: { path: 'repodata/repomd.xml' } });
  });
});

describe('the manifest', () => {
  const read = async (directory: string) => {
    const reader = directoryReader(directory);
    return { reader, manifest: await rpm.readManifest(reader, await rpm.readRoot(reader, options), options) };
  };

  it('describes the packages', async () => {
    const { manifest } = await read(upstream);
    expect(manifest.artifacts).toHaveLength(9);
    const path = 'Packages/t/tidelog-2.4.1-3.el9.noarch.rpm';
    expect(manifest.artifacts.find((artifact) => artifact.path === path)).toEqual({
      path,
      name: 'tidelog',
      version: '2.4.1-3.el9',
      arch: 'noarch',
      checksum: { algorithm: 'sha256', hex: sha256(join(upstream, path)) },
      sizeBytes: readFileSync(join(upstream, path)).length,
      attributes: {
        sourcerpm: 'tidelog-2.4.1-3.el9.src.rpm', summary: expect.any(String) as string, license: 'Apache-2.0', vendor: 'Saltmarsh Tools', built: '1740830400',
      },
    });
    expect(manifest.warnings).toEqual([]);
  });

  it('wants every record of repomd.xml and what .treeinfo names, and has read primary', async () => {
    const { manifest, reader } = await read(upstream);
    expect(manifest.stored.map(({ kind, hashNamed }) => [kind, hashNamed])).toEqual([['primary', true], ['treeinfo', false]]);
    const records = manifest.wanted.filter(({ presence }) => presence === 'required');
    expect(records.map(({ kind }) => kind)).toEqual([
      'filelists', 'other', 'primary_db', 'filelists_db', 'other_db', 'group', 'group_gz', 'modules', 'updateinfo']);
    for (const { sources, published, checksum, sizeBytes } of records) {
      expect(published).toEqual([{ path: sources[0], hashNamed: true }]);
      expect(checksum).toEqual({ algorithm: 'sha256', hex: sha256(join(upstream, sources[0]!)) });
      expect(sizeBytes).toBe(readFileSync(join(upstream, sources[0]!)).length);
    }
    const images = manifest.wanted.filter(({ presence }) => presence === 'optional');
    expect(images.map(({ sources }) => sources[0]).sort()).toEqual(['LiveOS/squashfs.img', 'images/boot.iso', 'images/pxeboot/initrd.img', 'images/pxeboot/vmlinuz']);
    expect(images.every(({ checksum }) => checksum !== undefined)).toBe(true);
    expect(reader.requests).toHaveLength(4);
  });

  it('together with the root names everything upstream has, but the key', async () => {
    const reader = directoryReader(upstream);
    const root = await rpm.readRoot(reader, options);
    const manifest = await rpm.readManifest(reader, root, options);
    const named = [...root.stored, ...manifest.stored, ...manifest.artifacts, ...manifest.wanted.flatMap(({ published }) => published)];
    const { readdirSync } = await import('node:fs');
    const files = readdirSync(upstream, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(upstream.length + 1));
    expect(named.map(({ path }) => path).sort()).toEqual(files.filter((path) => !path.startsWith('RPM-GPG-KEY')).sort());
  });

  it('fails on a primary that is gone, or another one', async () => {
    const directory = copyUpstream();
    const reader = directoryReader(directory);
    const root = await rpm.readRoot(reader, options);
    const primary = /repodata\/[0-9a-f]+-primary\.xml\.gz/.exec(readFileSync(join(directory, 'repodata/repomd.xml'), 'utf8'))![0];
    writeFileSync(join(directory, primary), 'something else');
    await expect(rpm.readManifest(reader, root, options)).rejects.toMatchObject({ code: 'E_CHECKSUM' });
    rmSync(join(directory, primary));
    await expect(rpm.readManifest(reader, root, options)).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING', context: { path: primary } });
  });

  it('leaves out a .treeinfo that is a web page, and says so', async () => {
    const directory = copyUpstream();
    writeFileSync(join(directory, '.treeinfo'), '<html><body>Nothing here</body></html>\n');
    const { manifest } = await read(directory);
    expect(manifest.stored.map(({ kind }) => kind)).toEqual(['primary']);
    expect(manifest.warnings).toEqual([expect.stringContaining('.treeinfo, line 1') as string]);
  });
});

describe('packages', () => {
  const read = async () => {
    const reader = directoryReader(upstream);
    return (await rpm.readManifest(reader, await rpm.readRoot(reader, options), options)).artifacts as readonly ListedArtifact[];
  };
  const check = rpm.artifactCheck!;

  it('are signed by the repository\'s key', async () => {
    expect(check.isDue({ isGpgcheck: true }, true)).toBe(true);
    expect(check.isDue({ isGpgcheck: true }, false)).toBe(false);
    expect(check.isDue({ isGpgcheck: false }, true)).toBe(false);
    for (const artifact of await read()) {
      const signer = await check.verify(artifact, fileAt(join(upstream, artifact.path)), { trust, isListSigned: false });
      expect(signer).toMatchObject({ fingerprint: trust.fingerprints[0] });
    }
  });

  it('are refused with another key, and by name', async () => {
    const [artifact] = await read();
    await expect(check.verify(artifact!, fileAt(join(upstream, artifact!.path)), { trust: stranger, isListSigned: true })).rejects.toMatchObject({
      code: 'E_SIGNATURE',
      context: { path: artifact!.path, package: `${artifact!.name}-${artifact!.version}.${artifact!.arch}` },
    });
  });

  it('are refused when the metadata says they are others', async () => {
    const [artifact] = await read();
    const file = fileAt(join(upstream, artifact!.path));
    for (const change of [{ name: 'other' }, { version: '9:1-1' }, { arch: 'src' }]) {
      await expect(check.verify({ ...artifact!, ...change }, file, { trust, isListSigned: true })).rejects.toMatchObject({ code: 'E_METADATA' });
    }
  });
});

describe('what clients get', () => {
  it('the key under its usual name, and a .repo file that checks what was checked here', () => {
    const [key] = rpm.keyFiles('baseos', trust);
    expect(key!.path).toBe('RPM-GPG-KEY-baseos');
    expect(String(key!.bytes)).toBe(trust.armored);
    const file = { path: 'RPM-GPG-KEY-baseos' as RelativePath, kind: 'key', digest: '' as never, sizeBytes: 1, hashNamed: false };
    const signature = { ...file, path: 'repodata/repomd.xml.asc' as RelativePath, kind: 'repomd.asc' };
    const signed = rpm.clientConfig('baseos', [file, signature], trust.fingerprints);
    expect(signed).toContain('[baseos]\nname=baseos\nbaseurl=<URL>\nenabled=1\ngpgcheck=1\nrepo_gpgcheck=1\ngpgkey=<URL>/RPM-GPG-KEY-baseos\n');
    for (const signedBy of [[], trust.fingerprints]) expect(rpm.clientConfig('baseos', [file], signedBy)).toContain('gpgcheck=1\nrepo_gpgcheck=0\n');
    expect(rpm.clientConfig('baseos', [file, signature], [])).toContain('gpgcheck=1\nrepo_gpgcheck=0\n');
    expect(rpm.clientConfig('baseos', [], [])).toContain('gpgcheck=0\nrepo_gpgcheck=0\n');
  });
});

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
