import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ListedArtifact } from '../../../src/core/repository.js';
import { rpm } from '../../../src/formats/rpm/index.js';
import { readTrust } from '../../../src/signing/keyring.js';
import { directoryReader, type DirectoryReaderOptions } from '../../support/directory-reader.js';
import { fileAt } from '../../support/made-up-rpm.js';
import { keyFixture, upstreamFixture } from '../../support/fixtures.js';
import { temporaryDirectory } from '../../support/temp.js';

/** The fixture's packages, with metadata made by createrepo_c as the arguments say. */
function createRepository(...args: readonly string[]): string {
  const directory = temporaryDirectory();
  cpSync(join(upstreamFixture('rpm', 'day1'), 'Packages'), join(directory, 'Packages'), { recursive: true });
  createrepo(directory, ...args);
  return directory;
}

function createrepo(directory: string, ...args: readonly string[]): void {
  execFileSync('createrepo_c', ['--quiet', ...args, directory]);
}

const options = { isGpgcheck: false };

async function read(directory: string, readerOptions: DirectoryReaderOptions = {}) {
  const reader = directoryReader(directory, readerOptions);
  return rpm.readManifest(reader, await rpm.readRoot(reader, options), options);
}

function checksum(algorithm: string, path: string): string {
  return createHash(algorithm).update(readFileSync(path)).digest('hex');
}

/** Everything the metadata wants is there, with the checksum it has. */
async function expectSound(directory: string, count = 9, readerOptions?: DirectoryReaderOptions) {
  const manifest = await read(directory, readerOptions);
  expect(manifest.artifacts).toHaveLength(count);
  for (const artifact of manifest.artifacts) {
    expect(artifact.checksum!.hex).toBe(checksum(artifact.checksum!.algorithm, join(directory, artifact.path)));
    expect(artifact.sizeBytes).toBe(readFileSync(join(directory, artifact.path)).length);
  }
  const files = [...manifest.stored.map(({ path }) => path), ...manifest.wanted.flatMap(({ published }) => published.map(({ path }) => path))];
  expect([...files, 'repodata/repomd.xml'].sort()).toEqual(readdirSync(join(directory, 'repodata')).map((name) => `repodata/${name}`).sort());
  for (const { sources, checksum: claimed } of manifest.wanted) expect(claimed!.hex).toBe(checksum(claimed!.algorithm, join(directory, sources[0]!)));
  return manifest;
}

describe('what createrepo_c makes', () => {
  it.each(['gz', 'xz', 'bz2'])('compressed with %s', async (type) => {
    await expectSound(createRepository('--general-compress-type', type));
  });

  it('compressed with zstd, as newer versions do by default', async () => {
    await expectSound(recompressed());
  });

  it('with sha512', async () => {
    const { artifacts } = await expectSound(createRepository('--checksum', 'sha512'));
    expect(artifacts.every((artifact) => artifact.checksum?.algorithm === 'sha512')).toBe(true);
  });

  it('with sha1, where weak checksums are allowed', async () => {
    const directory = createRepository('--checksum', 'sha');
    await expectSound(directory, 9, { allowWeakChecksums: true });
    await expect(read(directory)).rejects.toMatchObject({ code: 'E_WEAK_CHECKSUM' });
  });

  it('with simple file names', async () => {
    const manifest = await expectSound(createRepository('--simple-md-filenames', '--database'));
    expect(manifest.stored).toMatchObject([{ path: 'repodata/primary.xml.gz', hashNamed: false }]);
  });

  it('with groups, modules, advisories and anything else', async () => {
    const directory = createRepository('--no-database');
    const write = (name: string, text: string): string => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    };
    createrepo(directory, '--no-database', '--groupfile', write('comps.xml', '<?xml version="1.0"?>\n<comps/>\n'));
    for (const [name, type] of [['modules.yaml', 'modules'], ['updateinfo.xml', 'updateinfo'], ['productid', 'productid'], ['prestodelta.xml', 'prestodelta'], ['odd.txt', 'odd']] as const) {
      execFileSync('modifyrepo_c', ['--mdtype', type, write(name, `content of ${name}\n`), join(directory, 'repodata')]);
    }
    const { wanted } = await expectSound(directory);
    expect(wanted.map(({ kind }) => kind).sort()).toEqual(['filelists', 'group', 'group_gz', 'modules', 'odd', 'other', 'prestodelta', 'productid', 'updateinfo']);
  });

  it('of source packages, which are unsigned here', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'oar.spec'), 'Name: oar\nVersion: 1.0\nRelease: 1\nEpoch: 2\nSummary: An oar\nLicense: MIT\n%description\nAn oar.\n%files\n');
    execFileSync('rpmbuild', ['-bs', '--quiet', '--define', `_topdir ${directory}`, '--define', `_srcrpmdir ${directory}/SRPMS`, join(directory, 'oar.spec')]);
    createrepo(directory);
    const { artifacts } = await expectSound(directory, 1);
    expect(artifacts[0]).toMatchObject({ name: 'oar', version: '2:1.0-1', arch: 'src' });
    const trust = await readTrust([{ bytes: readFileSync(keyFixture('rpm')), origin: 'rpm' }]);
    await expect(rpm.artifactCheck!.verify(artifacts[0] as ListedArtifact, fileAt(join(directory, artifacts[0]!.path)), { trust, isListSigned: false })).rejects.toMatchObject({ code: 'E_UNSIGNED' });
  });

  it('of names with signs in them', async () => {
    const directory = createRepository();
    renameSync(join(directory, 'Packages/p/portglass-0.9.2-4.el9.noarch.rpm'), join(directory, 'Packages/p/a+b~c^d&e \'f\'.rpm'));
    createrepo(directory);
    const { artifacts } = await expectSound(directory);
    expect(artifacts.map(({ path }) => path)).toContain('Packages/p/a+b~c^d&e \'f\'.rpm');
  });

  it('of the same package at two paths', async () => {
    const directory = createRepository();
    mkdirSync(join(directory, 'again'));
    cpSync(join(directory, 'Packages/p/portglass-0.9.2-4.el9.noarch.rpm'), join(directory, 'again/portglass.rpm'));
    createrepo(directory);
    await expectSound(directory, 10);
  });

  it('of nothing', async () => {
    const directory = temporaryDirectory();
    createrepo(directory);
    await expectSound(directory, 0);
  });

  it('pointing elsewhere is refused by name', async () => {
    await expect(read(createRepository('--baseurl', 'https://elsewhere.example/os/')))
      .rejects.toMatchObject({ code: 'E_METADATA_PATH', message: expect.stringContaining('elsewhere.example') as string });
    await expect(read(createRepository('--location-prefix', '../../..'))).rejects.toMatchObject({ code: 'E_METADATA_PATH' });
  });

  it('again from the same packages reads the same', async () => {
    const [one, two] = [await read(createRepository()), await read(createRepository('--database', '--checksum', 'sha256'))];
    const sorted = ({ artifacts }: typeof one) => [...artifacts].sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(sorted(two)).toEqual(sorted(one));
  });

  it('with sizes that are wrong once recompressed, as long as they are no limit to speak of', async () => {
    const directory = recompressed();
    const path = join(directory, 'repodata/repomd.xml');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/<open-size>\d+/g, '<open-size>1'));
    expect((await read(directory)).artifacts).toHaveLength(9);
  });
});

/** Primary as zstd, which Debian's createrepo_c cannot write yet. */
function recompressed(): string {
  const directory = createRepository('--simple-md-filenames');
  const repodata = join(directory, 'repodata');
  execFileSync('gzip', ['-d', join(repodata, 'primary.xml.gz')]);
  execFileSync('zstd', ['-q', '--rm', join(repodata, 'primary.xml')]);
  expect(existsSync(join(repodata, 'primary.xml.zst'))).toBe(true);
  const path = join(repodata, 'repomd.xml');
  const text = readFileSync(path, 'utf8').replace(/<data type="primary">[^]*?<\/data>/, `<data type="primary">
    <checksum type="sha256">${checksum('sha256', join(repodata, 'primary.xml.zst'))}</checksum>
    <location href="repodata/primary.xml.zst"/>
    <size>${readFileSync(join(repodata, 'primary.xml.zst')).length}</size><open-size>20000</open-size></data>`);
  writeFileSync(path, text);
  return directory;
}
