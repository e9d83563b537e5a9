import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { isChantalError } from '../../../src/core/errors.js';
import { parseRelativePath } from '../../../src/core/relative-path.js';
import { apt } from '../../../src/formats/apt/index.js';
import { parseFields, splitStanzas } from '../../../src/formats/kit/deb822.js';
import { makeAptClient, type AptClient } from '../../support/apt-client.js';
import { keyFixture, upstreamFixture } from '../../support/fixtures.js';
import { memoryIo } from '../../support/render-io.js';
import { startStaticServer } from '../../support/static-server.js';
import { temporaryDirectory } from '../../support/temp.js';
import { aptOptions } from './mirror.js';
import { bytesOf, madeAt, mirroredSource, renderTree, textOf, upstreamText, writeRendered, type RenderedTree } from './render-tree.js';
import { gzip, stanza, writeUpstream, type Files } from './upstream.js';

const day1 = upstreamFixture('apt', 'day1');
const day2 = upstreamFixture('apt', 'day2');
const everything = aptOptions('heron', { hasSources: true });

describe('a filter that keeps everything', () => {
  test('gives upstream\'s indexes byte for byte', async () => {
    const source = await mirroredSource(day1, everything);
    const tree = await renderTree([source]);
    const packages = source.files.filter(({ path, kind, hashNamed }) => !hashNamed && ['packages', 'sources', 'translation', 'commands', 'contents'].includes(kind) && path.endsWith('.gz'));
    expect(packages.length).toBeGreaterThan(4);
    for (const { path } of packages) expect([path, textOf(tree, path)]).toEqual([path, execFileSync('zcat', [join(day1, path)], { encoding: 'utf8' })]);
    for (const list of ['main/i18n/Translation-en', 'main/source/Sources', 'main/cnf/Commands-amd64']) {
      const upstream = execFileSync('xzcat', [join(day1, 'dists/heron', `${list}.xz`)]);
      expect(splitStanzas(Buffer.from(textOf(tree, `dists/heron/${list}.gz`))).map(String)).toEqual(splitStanzas(upstream).map(String));
    }
  });

  test('Release keeps its fields but for its dates; every listed file is published under both of its names', async () => {
    const tree = await renderTree([await mirroredSource(day1, everything)]);
    const release = textOf(tree, 'dists/heron/Release');
    expect(release.split('SHA256:')[0]!.split('\n').sort()).toEqual([
      '', 'Acquire-By-Hash: yes', 'Architectures: all amd64 arm64', 'Codename: heron', 'Components: main extras', 'Date: Sat, 11 Jul 2026 10:16:37 UTC',
      'Description: Saltmarsh Tools 12.3', 'Label: Saltmarsh Tools', 'Origin: Saltmarsh', 'Suite: stable', 'Version: 12.3',
    ]);
    const paths = new Set(tree.files.map(({ path }) => path as string));
    for (const [, hex, path] of release.matchAll(/^ ([0-9a-f]{64}) +\d+ (\S+)$/gm)) {
      if (!paths.has(`dists/heron/${path}`)) expect(path).not.toMatch(/\.(gz|xz|zst|bz2)$|Release$/);
      else expect(paths.has(`dists/heron/${path!.slice(0, path!.lastIndexOf('/') + 1)}by-hash/SHA256/${hex}`)).toBe(true);
    }
    expect(tree.files.filter(({ hashNamed, path }) => hashNamed !== /by-hash\/SHA256\//.test(path))).toEqual([]);
  });

  test('twice: the same blobs', async () => {
    const [one, two] = [await renderTree([await mirroredSource(day1, everything)]), await renderTree([await mirroredSource(day1, everything)])];
    expect(two.files).toEqual(one.files);
    expect(one.warnings).toEqual([]);
    expect(one.io.openSinks()).toBe(0);
  });
});

describe('a filter', () => {
  const withoutMarlin = async (): Promise<RenderedTree> => renderTree([await mirroredSource(day1, everything, ({ name, arch }) => !name.startsWith('marlin') && arch !== 'source')]);

  test('leaves the others\' stanzas untouched, and takes the absent out of every list', async () => {
    const tree = await withoutMarlin();
    const upstream = splitStanzas(Buffer.from(upstreamText(day1, 'dists/heron/main/binary-amd64/Packages.gz'))).map(String);
    expect(splitStanzas(Buffer.from(textOf(tree, 'dists/heron/main/binary-amd64/Packages.gz'))).map(String)).toEqual(upstream.filter((text) => !/^Package: marlin/.test(text)));
    for (const { path } of tree.files.filter(({ path: name }) => name.endsWith('.gz') && /heron\/main/.test(name))) expect([path, textOf(tree, path)]).toEqual([path, expect.not.stringMatching(/marlin/)]);
    expect(textOf(tree, 'dists/heron/main/Contents-amd64.gz')).toBe(upstreamText(day1, 'dists/heron/main/Contents-amd64.gz').replaceAll(/^.*marlin.*\n/gm, ''));
    expect(textOf(tree, 'dists/heron/main/source/Sources.gz')).toBe('');
  });

  test('the indexes agree with apt-ftparchive over the kept files, field by field', async () => {
    const target = temporaryDirectory();
    const tree = await withoutMarlin();
    writeRendered(tree, target);
    // The rest of a description is in Translation-en, where the archive has that.
    const firstLine = (value: string): string => value.split('\n', 1)[0]!;
    const fields = (text: string): Record<string, Record<string, string>> => Object.fromEntries(splitStanzas(Buffer.from(text)).map((bytes) => {
      const found = parseFields(bytes);
      return [found.get('filename')![0]!, Object.fromEntries([...found].map(([name, [value]]) => [name, name === 'description' ? firstLine(value!) : value!]))];
    }));
    const judge = fields(execFileSync('apt-ftparchive', ['packages', 'pool'], { cwd: target, encoding: 'utf8' }));
    const ours = fields(['main', 'extras'].flatMap((component) => ['amd64', 'arm64'].map((arch) => textOf(tree, `dists/heron/${component}/binary-${arch}/Packages.gz`))).join('\n'));
    expect(Object.keys(ours).sort()).toEqual(Object.keys(judge).sort());
    for (const [path, known] of Object.entries(judge)) {
      const shared = Object.fromEntries(Object.keys(known).filter((name) => name in ours[path]!).map((name) => [name, ours[path]![name]]));
      expect(shared).toEqual(Object.fromEntries(Object.keys(shared).map((name) => [name, known[name]])));
      expect(Object.keys(shared)).toEqual(expect.arrayContaining(['package', 'version', 'architecture', 'filename', 'size', 'sha256', 'description']));
    }
  });

  test.each([[['gz']], [['zst']], [['xz', 'gz']]] as const)('apt-get reads it signed, in %j, and sees what is kept', async (compressions) => {
    const tree = await renderTree([await mirroredSource(day1, everything, ({ name }) => !name.startsWith('marlin'))], { compressions, isSigned: true });
    await readAsClient(tree, 'heron', ['main', 'extras'], async (client) => {
      expect(await client.policy('marlin')).not.toContain('Candidate: 1');
      expect((await client.run('apt-cache', ['policy'])).stdout).toContain('release v=12.3,o=Saltmarsh,a=stable,n=heron,l=Saltmarsh Tools,c=main');
      expect(readFileSync(await client.download('beaconctl')).equals(readFileSync(join(day1, 'pool/main/b/beaconctl/beaconctl_3.1.0-1_amd64.deb')))).toBe(true);
      expect((await client.run('apt-get', ['install', '-s', 'tidelog', 'keel'])).stdout).toMatch(/Inst tidelog[^]*Conf keel|Inst keel[^]*Conf tidelog/);
      expect((await client.run('apt-get', ['install', '-s', 'marlin'])).exitCode).not.toBe(0);
      expect(await client.downloadSource('tidelog')).toContain('tidelog_2.4.1-3.dsc');
      expect((await client.run('apt-cache', ['show', 'tidelog'])).stdout).toContain('Description-en: ');
    });
  });

  test('a component without packages stays in Release; one that is not mirrored goes', async () => {
    const source = await mirroredSource(day1, aptOptions('heron', { components: ['extras'], architectures: ['amd64'] }), () => false);
    const tree = await renderTree([source]);
    expect(textOf(tree, 'dists/heron/Release')).toMatch(/^Architectures: all amd64\nComponents: extras$/m);
    expect(textOf(tree, 'dists/heron/extras/binary-amd64/Packages.gz')).toBe('');
    expect(tree.files.some(({ path }) => path.includes('/main/'))).toBe(false);
  });

  test('a kept package that no index describes is a fault; a source without its tarball is left out with a warning', async () => {
    const source = await mirroredSource(day1, everything);
    const stray = new Map([...source.kept, [parseRelativePath('pool/stray.deb'), parseRelativePath('pool/stray.deb')]]);
    await expect(renderTree([{ ...source, kept: stray }])).rejects.toMatchObject({ code: 'E_METADATA', context: { path: 'pool/stray.deb' } });
    const cut = await renderTree([await mirroredSource(day1, everything, ({ path }) => !path.endsWith('.orig.tar.gz'))]);
    expect(cut.warnings).toEqual([expect.stringMatching(/tidelog 2.4.1-3 .*orig.tar.gz is not kept/)]);
    expect(textOf(cut, 'dists/heron/main/source/Sources.gz')).toBe('');
  });

  test('only the way to the files is rewritten when they are published elsewhere', async () => {
    const move = (path: string): string => `moved/${path}`;
    const tree = await renderTree([await mirroredSource(day1, everything, () => true, move)], { isSigned: true });
    const upstream = upstreamText(day1, 'dists/heron/main/binary-amd64/Packages.gz');
    expect(textOf(tree, 'dists/heron/main/binary-amd64/Packages.gz')).toBe(upstream.replaceAll('Filename: pool/', 'Filename: moved/pool/'));
    await readAsClient(tree, 'heron', ['main'], async (client) => {
      await client.download('tidelog');
      expect(await client.downloadSource('tidelog')).toHaveLength(3);
    });
  });
});

describe('stanzas as they come', () => {
  const main = 'dists/heron/main';
  const rendered = async (files: Files, keep?: (name: string) => boolean, move?: (path: string) => string): Promise<RenderedTree> => {
    const root = temporaryDirectory();
    writeUpstream(root, 'dists/heron', files, { form: 'unsigned' });
    return renderTree([await mirroredSource(root, aptOptions('heron', { hasInstaller: true }), ({ name }) => keep?.(name) ?? true, move)]);
  };

  test('carriage returns, damaged UTF-8, unknown and folded fields stay; a folded Filename is replaced whole', async () => {
    const odd = Buffer.concat([Buffer.from(stanza('a', { 'X-Odd': 'y\n folded\n .' }).replaceAll('\n', '\r\n')), Buffer.from([0x58, 0x3a, 0x20, 0xff, 0xfe, 0x0a])]);
    const path = `${main}/binary-amd64/Packages`;
    const same = await rendered({ [path]: Buffer.concat([odd, Buffer.from('\n')]) });
    expect(bytesOfGz(same, `${path}.gz`).equals(Buffer.concat([odd, Buffer.from('\n')]))).toBe(true);
    const moved = await rendered({ [path]: stanza('a', { Filename: '\n pool/a.deb', 'filename-x': 'pool/a.deb' }) }, undefined, () => 'x/ä.deb');
    expect(textOf(moved, `${path}.gz`)).toContain('Filename: x/ä.deb\nSize:');
    expect(textOf(moved, `${path}.gz`)).toContain('filename-x: pool/a.deb');
  });

  test('Contents: shared lines lose the absent; paths with spaces; packages of other architectures; free text at the top goes', async () => {
    const packages = [stanza('a'), stanza('b'), stanza('c', { Architecture: 'all' })].join('\n');
    const contents = 'This file maps each file to its packages\nFILE                 LOCATION\nusr/a b\tutils/a,utils/b\nusr/c  universe/x/c\nusr/\xe9 b\nusr/only-b   utils/b\n';
    const tree = await rendered({ [`${main}/binary-amd64/Packages.gz`]: gzip(packages), [`${main}/Contents-amd64`]: Buffer.from(contents, 'latin1'), [`${main}/Contents-all.gz`]: gzip(contents), 'dists/heron/Contents-amd64.gz': gzip(contents) }, (name) => name !== 'b');
    expect(bytesOfGz(tree, `${main}/Contents-amd64.gz`).toString('latin1')).toBe('usr/a b\tutils/a\nusr/c  universe/x/c\n');
    expect(textOf(tree, `${main}/Contents-all.gz`)).toBe('usr/c  universe/x/c\n');
    expect(textOf(tree, 'dists/heron/Contents-amd64.gz')).toBe('usr/a b\tutils/a\nusr/c  universe/x/c\n');
  });

  test('dep11 documents go with their packages, icons and unknown files are carried, udebs are told apart, pdiffs and i18n/Index go', async () => {
    const dep11 = '---\nFile: DEP-11\nVersion: \'0.16\'\n---\nType: desktop-application\nID: org.a\nPackage: a\nDescription:\n  C: >-\n    ---\n---\nID: org.b\nPackage: \'b\'\n';
    const tree = await rendered({
      [`${main}/binary-amd64/Packages.gz`]: gzip([stanza('a'), stanza('b')].join('\n')),
      [`${main}/binary-amd64/Packages.diff/Index`]: 'SHA256-Current: x\n', [`${main}/i18n/Index`]: 'SHA1:\n',
      [`${main}/debian-installer/binary-amd64/Packages.gz`]: gzip(stanza('a', { Filename: 'pool/a.udeb' })),
      [`${main}/Contents-udeb-amd64.gz`]: gzip('bin/x debian-installer/a\nbin/y debian-installer/b\n'),
      [`${main}/dep11/Components-amd64.yml.gz`]: gzip(dep11), [`${main}/dep11/icons-64x64.tar.gz`]: gzip('icons'), [`${main}/readme`]: 'hello\n',
    }, (name) => name === 'a');
    expect(textOf(tree, `${main}/dep11/Components-amd64.yml.gz`)).toBe(dep11.slice(0, dep11.indexOf('---\nID: org.b')));
    expect(textOf(tree, `${main}/dep11/icons-64x64.tar.gz`)).toBe('icons');
    expect(textOf(tree, 'dists/heron/Release')).toMatch(/ main\/readme$/m);
    expect(textOf(tree, `${main}/debian-installer/binary-amd64/Packages.gz`)).toContain('Filename: pool/a.udeb');
    expect(textOf(tree, `${main}/Contents-udeb-amd64.gz`)).toBe('bin/x debian-installer/a\n');
    expect(tree.files.filter(({ path }) => /Packages\.diff|i18n/.test(path))).toEqual([]);
  });

  test('what stands in Release for upstream alone goes: its promise of renewal, its keys', async () => {
    const root = temporaryDirectory();
    const fields = 'Suite: stable\nCodename: heron\nSigned-By: ABCD\n EF01\nValid-Until: Sat, 18 Jul 2026 10:16:37 UTC\nDate: Sat, 11 Jul 2026 10:16:37 UTC\nNotAutomatic: yes\nX-Note: one\n two\nChangelogs: https://c.example/@CHANGEPATH@\nComponents: main\nArchitectures: amd64\n';
    writeUpstream(root, 'dists/heron', { [`${main}/binary-amd64/Packages.gz`]: gzip(stanza('a')) }, { fields, algorithms: ['MD5Sum', 'SHA256'] });
    const release = textOf(await renderTree([await mirroredSource(root, aptOptions('heron'))]), 'dists/heron/Release');
    expect(release).not.toMatch(/Signed-By|EF01|Valid-Until|MD5Sum/);
    expect(release).toMatch(/^NotAutomatic: yes\nX-Note: one\n two\nChangelogs: https:/m);
  });

  test.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 12), 'E_METADATA'], ['not compressed data', () => Buffer.from('\x1f\x8bgarbage'), 'E_METADATA'],
  ])('an index %s fails the render and leaves no sink open', async (_, damage, code) => {
    const root = temporaryDirectory();
    const path = `${main}/binary-amd64/Packages.gz`;
    writeUpstream(root, 'dists/heron', { [path]: gzip(stanza('a')) }, { form: 'unsigned' });
    const source = await mirroredSource(root, aptOptions('heron'));
    const io = memoryIo([root]);
    for (const file of source.files) if (file.path.endsWith('.gz')) io.blobs.set(file.digest, damage(io.blobs.get(file.digest)!));
    await expect(apt.render!({ name: 'x', sources: [source], options: aptOptions('heron'), compressions: ['gz', 'xz'], madeAt }, io)).rejects.toSatisfy((error) => isChantalError(error, code as 'E_METADATA') && error.context.path === path);
    expect(io.openSinks()).toBe(0);
  });
});

describe('a flat repository', () => {
  test('stays flat: signed, without a directory of its own', async () => {
    const source = await mirroredSource(upstreamFixture('apt-flat', 'day1'), aptOptions('./'), ({ name }) => name === 'tidelog');
    const tree = await renderTree([source], { isSigned: true });
    expect(tree.files.map(({ path }) => path).filter((path) => !path.startsWith('by-hash/'))).toEqual(['InRelease', 'Packages.gz', 'Release', 'Release.gpg']);
    await readAsClient(tree, './', [], async (client) => {
      await client.download('tidelog');
      expect(await client.policy('portglass')).not.toContain('0.9.2');
      expect((await client.run('apt-cache', ['policy'])).stdout).toContain('o=Saltmarsh Extras');
    });
  });

  test('of nothing but an index gets a Release', async () => {
    const root = temporaryDirectory();
    writeUpstream(root, '.', { Packages: stanza('a', { Filename: './a.deb' }) }, { form: 'unsigned' });
    execFileSync('rm', [join(root, 'Release')]);
    const tree = await renderTree([await mirroredSource(root, aptOptions('./'))]);
    expect(textOf(tree, 'Packages.gz')).toContain('Filename: ./a.deb\n');
    expect(textOf(tree, 'Release')).toMatch(/^Date: .*\nAcquire-By-Hash: yes\nSHA256:\n/);
  });
});

describe('a merge', () => {
  test('of two days: packages of both, each once; lists united; fields of the later', async () => {
    const sources = [await mirroredSource(day1, everything), await mirroredSource(day2, everything)];
    const tree = await renderTree(sources, { isSigned: true });
    const text = textOf(tree, 'dists/heron/main/binary-amd64/Packages.gz');
    const versions = [...text.matchAll(/^Package: (.*)\n(?:.*\n)*?Version: (.*)$/gm)].map(([, name, version]) => `${name} ${version}`);
    expect(versions).toHaveLength(new Set(versions).size);
    expect(versions).toEqual(expect.arrayContaining(['tidelog 2.4.1-3', 'tidelog 2.4.2-1', expect.stringMatching(/^portglass/)]));
    const contents = textOf(tree, 'dists/heron/extras/Contents-amd64.gz').split('\n').slice(0, -1);
    expect(contents).toEqual([...new Set(contents)].sort());
    expect(contents.join()).toMatch(/harbourmap.*keel/);
    await readAsClient(tree, 'heron', ['main', 'extras'], async (client) => {
      expect(await client.policy('tidelog')).toMatch(/2\.4\.2-1 500[^]*2\.4\.1-3 500/);
      await client.download('tidelog=2.4.1-3');
      await client.download('harbourmap');
    });
  });

  test('with itself is itself; merged again, too', async () => {
    const source = await mirroredSource(day1, everything);
    const once = await renderTree([source]);
    const twice = await renderTree([source, source]);
    expect(twice.files).toEqual(once.files);
    const target = temporaryDirectory();
    writeRendered(once, target);
    const again = await renderTree([{ ...source, directory: target, files: once.files }]);
    expect(again.files).toEqual(once.files);
  });

  test('of different distributions keeps them apart; the later source\'s word on a shared package stands', async () => {
    const make = (directory: string, phased: string): string => {
      const root = temporaryDirectory();
      writeUpstream(root, directory, { [`${directory}/main/binary-amd64/Packages.gz`]: gzip([stanza('a', { 'Phased-Update-Percentage': phased }), stanza(`only${phased}`)].join('\n')) }, { form: 'unsigned' });
      return root;
    };
    const [one, two, other] = [make('dists/heron', '10'), make('dists/heron', '90'), make('dists/crane', '50')];
    const tree = await renderTree([await mirroredSource(one, aptOptions('heron')), await mirroredSource(other, aptOptions('crane')), await mirroredSource(two, aptOptions('heron'))]);
    const heron = textOf(tree, 'dists/heron/main/binary-amd64/Packages.gz');
    expect([...heron.matchAll(/^(?:Package|Phased-Update-Percentage): (.*)$/gm)].map(([, value]) => value)).toEqual(['only10', 'a', '90', 'only90']);
    expect(textOf(tree, 'dists/crane/main/binary-amd64/Packages.gz')).toContain('Phased-Update-Percentage: 50');
  });
});

async function readAsClient(tree: RenderedTree, distribution: string, components: readonly string[], use: (client: AptClient) => Promise<void>): Promise<void> {
  const target = temporaryDirectory();
  writeRendered(tree, target);
  const server = await startStaticServer(target);
  try {
    const hasSources = tree.files.some(({ kind }) => kind === 'sources');
    const client = makeAptClient(temporaryDirectory(), { url: server.url, distribution, components, keyFile: keyFixture('apt'), hasSources });
    expect(await client.update()).toMatchObject({ exitCode: 0, stderr: '' });
    await use(client);
  } finally {
    await server.close();
  }
}

function bytesOfGz(tree: RenderedTree, path: string): Buffer {
  return gunzipSync(bytesOf(tree, path));
}
