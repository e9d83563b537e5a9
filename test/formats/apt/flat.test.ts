import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { apt } from '../../../src/formats/apt/index.js';
import { makeAptClient, type AptClient } from '../../support/apt-client.js';
import { keyFixture } from '../../support/fixtures.js';
import { startStaticServer } from '../../support/static-server.js';
import { temporaryDirectory } from '../../support/temp.js';
import { aptOptions, fixtureTrust, mirror, writeTree, type Mirrored } from './mirror.js';
import { writeRelease } from './upstream.js';

/** Packages by dpkg-deb in `directory`, indexes by apt-ftparchive as from the repository's root. */
function makeFlat(root: string, directory: string, compressions: readonly ('' | '.gz')[]): void {
  const target = join(root, directory);
  for (const name of ['gull', 'tern']) {
    const build = join(temporaryDirectory(), name);
    mkdirSync(join(build, 'DEBIAN'), { recursive: true });
    mkdirSync(target, { recursive: true });
    writeFileSync(join(build, 'DEBIAN/control'), `Package: ${name}\nVersion: 1:2.0-1\nArchitecture: all\nMaintainer: Salt <salt@saltmarsh.example>\nDescription: the ${name}\n`);
    execFileSync('dpkg-deb', ['--root-owner-group', '--build', build, target], { stdio: 'pipe' });
  }
  const packages = execFileSync('apt-ftparchive', ['packages', directory], { cwd: root });
  for (const compression of compressions) writeFileSync(join(target, `Packages${compression}`), compression === '' ? packages : gzipSync(packages));
}

/** A client whose only source is what Chantal says to put there. */
async function readAsClient(mirrored: Mirrored, use: (client: AptClient) => Promise<void>): Promise<void> {
  const target = temporaryDirectory();
  await writeTree(mirrored, target);
  const server = await startStaticServer(target);
  try {
    const root = temporaryDirectory();
    const client = makeAptClient(root, { url: server.url, distribution: './', keyFile: keyFixture('apt') });
    const key = { path: apt.keyFiles('salt', await fixtureTrust())[0]!.path, kind: 'key', digest: mirrored.root.stored[0]!.digest, sizeBytes: 1, hashNamed: false };
    const config = apt.clientConfig('salt', [...mirrored.root.stored, ...mirrored.manifest.stored, key], mirrored.root.signedBy);
    rmSync(join(root, 'etc/apt/sources.list'));
    writeFileSync(join(root, 'etc/apt/sources.list.d/salt.sources'), config.replaceAll('<URL>', server.url).replaceAll('/etc/apt/keyrings/salt-archive-key.gpg', keyFixture('apt', 'public.gpg')));
    const updated = await client.update();
    expect(updated.stderr).toBe('');
    expect(updated.exitCode).toBe(0);
    await use(client);
  } finally {
    await server.close();
  }
}

describe.each(['./', 'stable/', 'deb/stable/'])('flat at %s, made by apt-ftparchive', (distribution) => {
  test('signed, a Release that lists itself: file names count from the URL, as for apt', async () => {
    const root = temporaryDirectory();
    makeFlat(root, distribution, ['', '.gz']);
    const directory = join(root, distribution);
    writeRelease(directory, { form: 'both', fields: `Suite: ${distribution.slice(0, -1)}\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n`, extraLines: [`${'0'.repeat(64)} 0 Release`] });
    const mirrored = await mirror(root, await fixtureTrust(), aptOptions(distribution));
    expect(mirrored.manifest.artifacts.map(({ path }) => path)).toEqual(['gull', 'tern'].map((name) => join(distribution, `${name}_2.0-1_all.deb`)));
    await readAsClient(mirrored, async (client) => {
      const file = await client.download('gull');
      expect(readFileSync(file).equals(readFileSync(join(directory, 'gull_2.0-1_all.deb')))).toBe(true);
    });
  });

  test.each([['Packages', ''], ['Packages.gz', '.gz']] as const)('without any Release, only %s', async (_, compression) => {
    const root = temporaryDirectory();
    makeFlat(root, distribution, [compression]);
    await expect(mirror(root, await fixtureTrust(), aptOptions(distribution))).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING', hint: expect.stringContaining('gpgcheck') as string });
    const mirrored = await mirror(root, undefined, aptOptions(distribution));
    expect(mirrored.root.warnings).toEqual([expect.stringContaining('[trusted=yes]')]);
    expect(mirrored.manifest.artifacts).toHaveLength(2);
    await readAsClient(mirrored, async (client) => { await client.download('tern'); });
  });
});

test('apt-ftparchive in place lists the Release that it writes', async () => {
  const root = temporaryDirectory();
  makeFlat(root, './', ['', '.gz']);
  writeFileSync(join(root, 'Release'), 'Origin: the one before\n');
  writeFileSync(join(root, 'Release'), execFileSync('apt-ftparchive', ['-o', 'APT::FTPArchive::Release::Suite=salt', 'release', '.'], { cwd: root }));
  expect(readFileSync(join(root, 'Release'), 'utf8')).toMatch(/^ [0-9a-f]{64} +\d+ Release$/m);
  const mirrored = await mirror(root, undefined, aptOptions('./'));
  expect(mirrored.root.stored.map(({ path }) => path)).toEqual(['Release']);
  const written = await writeTree(mirrored, temporaryDirectory());
  expect(written).toEqual(['Packages', 'Packages.gz', 'Release', 'gull_2.0-1_all.deb', 'tern_2.0-1_all.deb']);
});
