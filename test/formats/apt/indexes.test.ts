import { describe, expect, test } from 'vitest';
import { groupBodies } from '../../../src/formats/apt/bodies.js';
import { parseDistribution } from '../../../src/formats/apt/distribution.js';
import { maxSelectedFiles, selectFiles } from '../../../src/formats/apt/indexes.js';
import type { AptOptions } from '../../../src/formats/apt/options.js';
import { parseRelease, type Release } from '../../../src/formats/apt/release.js';

const heron = parseDistribution('heron');

function makeRelease(paths: readonly string[], fields = 'Components: main extras\nArchitectures: amd64 arm64\n'): Release {
  const lines = paths.map((path, index) => ` ${(index + 1).toString(16).padStart(64, '0')} 1 ${path}\n`);
  return parseRelease(Buffer.from(`Suite: heron\n${fields}SHA256:\n${lines.join('')}`), 'dists/heron/Release');
}

function select(release: Release, options: Partial<AptOptions> = {}, distribution = heron): string[] {
  return selectFiles(release, distribution, { distributions: ['heron'], hasSources: false, hasInstaller: false, ...options }).map(({ path }) => path);
}

const always = [
  'main/binary-all/Packages.gz', 'main/Contents-all.gz', 'main/i18n/Translation-en.xz', 'main/i18n/Translation-pt_BR.bz2', 'main/dep11/icons-64x64.tar.gz',
  'main/dist-upgrader-all/current/mirrors.cfg', 'main/novelty/data.json', 'Contents-all.gz', 'index.html', 'main/dep11/Components-all.yml.gz',
];
const ofArchitecture = (name: string): string[] => [
  `main/binary-${name}/Packages`, `main/binary-${name}/Packages.gz`, `main/binary-${name}/Release`, `main/Contents-${name}`, `main/Contents-${name}.gz`,
  `main/Contents-${name}.diff/Index`, `main/binary-${name}/Packages.diff/Index`, `main/dep11/Components-${name}.yml.gz`,
  `main/dep11/CID-Index-${name}.json.gz`, `main/cnf/Commands-${name}.xz`, `main/uefi/grub2-${name}/current/SHA256SUMS`, `Contents-${name}.gz`,
];
const sources = ['main/source/Sources.xz', 'main/source/Release', 'main/source/Sources.diff/Index', 'main/Contents-source.gz'];
const installerOf = (name: string): string[] => [
  `main/debian-installer/binary-${name}/Packages.gz`, `main/installer-${name}/current/images/SHA256SUMS`, `main/Contents-udeb-${name}.gz`, `Contents-udeb-nf-${name}.gz`,
];
const extras = ['extras/binary-amd64/Packages.gz', 'extras/i18n/Translation-en', 'extras/novelty/data.json'];
const everything = [...always, ...ofArchitecture('amd64'), ...ofArchitecture('arm64'), ...sources, ...installerOf('amd64'), ...installerOf('arm64'), ...extras];

describe('what is mirrored of a Release', () => {
  test('by default all but sources and installer', () => {
    expect(select(makeRelease(everything))).toEqual([...always, ...ofArchitecture('amd64'), ...ofArchitecture('arm64'), ...extras]);
  });

  test('one component of two, one architecture of two', () => {
    expect(select(makeRelease(everything), { components: ['main'], architectures: ['amd64'] })).toEqual([...always, ...ofArchitecture('amd64')]);
  });

  test('sources and installer where they are asked for, the latter of the chosen architectures', () => {
    const all = select(makeRelease(everything), { components: ['main'], architectures: ['arm64'], hasSources: true, hasInstaller: true });
    expect(all).toEqual([...always, ...ofArchitecture('arm64'), ...sources, ...installerOf('arm64')]);
  });

  test('an architecture whose name ends like another', () => {
    const release = makeRelease(['main/binary-amd64/Packages', 'main/binary-hurd-amd64/Packages', 'main/Contents-hurd-amd64.gz', 'main/uefi/x-hurd-amd64/y'],
      'Components: main\nArchitectures: amd64 hurd-amd64\n');
    expect(select(release, { architectures: ['amd64'] })).toEqual(['main/binary-amd64/Packages']);
  });

  test.each([
    [{ components: ['contrib'] }, 'main, extras'], [{ architectures: ['riscv64'] }, 'amd64, arm64'],
  ])('%j is an error that names what there is', (options, known) => {
    expect(() => select(makeRelease(['main/binary-amd64/Packages', 'extras/binary-arm64/Packages']), options))
      .toThrow(expect.objectContaining({ code: 'E_CONFIG_UPSTREAM', hint: expect.stringContaining(known) as string }));
  });

  test('an archive of security updates: components named updates/main, files in main, and the other way round', () => {
    const files = ['main/binary-amd64/Packages', 'contrib/binary-amd64/Packages'];
    const fields = 'Components: updates/main updates/contrib\nArchitectures: amd64\n';
    expect(select(makeRelease(files, fields), { components: ['main'] })).toEqual(files.slice(0, 1));
    expect(select(makeRelease(files, fields), { components: ['updates/contrib'] })).toEqual(files.slice(1));
    const nested = files.map((path) => `updates/${path}`);
    expect(select(makeRelease(nested, fields), { components: ['main'] })).toEqual(nested.slice(0, 1));
    expect(select(makeRelease(nested, 'Components: main contrib\n'), { components: ['main'] })).toEqual(nested.slice(0, 1));
  });

  test('components that are nested or begin alike', () => {
    const files = ['non-free/binary-amd64/Packages', 'non-free-firmware/binary-amd64/Packages', 'non-free/extra/binary-amd64/Packages'];
    const fields = 'Components: non-free non-free-firmware non-free/extra\n';
    expect(select(makeRelease(files, fields), { components: ['non-free'] })).toEqual(files.slice(0, 1));
    expect(select(makeRelease(files, fields), { components: ['non-free/extra'] })).toEqual(files.slice(2));
  });

  test('a Release that names neither components nor architectures', () => {
    const files = ['main/binary-amd64/Packages', 'main/binary-arm64/Packages', 'extras/binary-amd64/Packages'];
    expect(select(makeRelease(files, ''), { components: ['main'], architectures: ['arm64'] })).toEqual(files.slice(1, 2));
  });

  test('flat: everything, sources where they are asked for', () => {
    const flat = parseDistribution('./');
    const release = makeRelease(['Packages', 'Packages.gz', 'Sources.gz', 'Contents-amd64.gz'], '');
    expect(select(release, { architectures: ['arm64'] }, flat)).toEqual(['Packages', 'Packages.gz', 'Contents-amd64.gz']);
    expect(select(release, { hasSources: true }, flat)).toHaveLength(4);
    expect(() => select(release, { components: ['main'] }, flat)).toThrow(expect.objectContaining({ code: 'E_CONFIG_UPSTREAM' }));
  });

  test('more than anybody has is refused; what was not chosen is not counted', () => {
    const release = makeRelease(Array.from({ length: maxSelectedFiles + 1 }, (_, index) => `main/${index === 0 ? 'binary-arm64' : 'i18n'}/${index}`));
    expect(() => select(release)).toThrow(expect.objectContaining({ code: 'E_METADATA_LIMIT', context: expect.objectContaining({ path: 'dists/heron/Release' }) as unknown }));
    expect(select(release, { architectures: ['amd64'] })).toHaveLength(maxSelectedFiles);
  });
});

describe('the names of a body', () => {
  const listing = (byHash: string): Release => parseRelease(Buffer.from(`Suite: heron\nComponents: main\n${byHash}SHA256:
 ${'a'.repeat(64)} 20 main/Contents-amd64.gz
 ${'a'.repeat(64)} 20 main/Contents-arm64.gz
 ${'b'.repeat(64)} 9 main/binary-amd64/Packages
MD5Sum:
 ${'c'.repeat(32)} 9 main/binary-amd64/Packages
`), 'Release');
  const group = (release: Release): ReturnType<typeof groupBodies> =>
    groupBodies(selectFiles(release, heron, { distributions: [], hasSources: false, hasInstaller: false }), heron, release);

  test('plain and by-hash for every algorithm listed, by-hash asked for first', () => {
    const body = group(listing('Acquire-By-Hash: yes\n')).get('main/binary-amd64/Packages' as never)!;
    const directory = 'dists/heron/main/binary-amd64';
    expect(body.sources).toEqual([`${directory}/by-hash/SHA256/${'b'.repeat(64)}`, `${directory}/Packages`]);
    expect(body.published).toEqual([
      { path: `${directory}/Packages`, hashNamed: false },
      { path: `${directory}/by-hash/SHA256/${'b'.repeat(64)}`, hashNamed: true },
      { path: `${directory}/by-hash/MD5Sum/${'c'.repeat(32)}`, hashNamed: true },
    ]);
    expect(body).toMatchObject({ kind: 'packages', presence: 'optional', sizeBytes: 9, checksum: { algorithm: 'sha256' } });
  });

  test('one body for the same content in one directory', () => {
    const bodies = group(listing('Acquire-By-Hash: yes\n'));
    expect(bodies.get('main/Contents-amd64.gz' as never)).toBe(bodies.get('main/Contents-arm64.gz' as never));
    expect(bodies.get('main/Contents-amd64.gz' as never)!.published.map(({ path }) => path)).toEqual([
      'dists/heron/main/Contents-amd64.gz', 'dists/heron/main/Contents-arm64.gz', `dists/heron/main/by-hash/SHA256/${'a'.repeat(64)}`,
    ]);
  });

  test('only the plain path where the archive has no by-hash', () => {
    const body = group(listing('')).get('main/binary-amd64/Packages' as never)!;
    expect(body.sources).toEqual(['dists/heron/main/binary-amd64/Packages']);
    expect(body.published).toEqual([{ path: 'dists/heron/main/binary-amd64/Packages', hashNamed: false }]);
  });
});
