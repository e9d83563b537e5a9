/** Test support: repositories of packages that need each other in every way, made by rpmbuild and dpkg-deb, signed with the fixtures' keys. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openGnupg, type Gnupg } from '../signing/gnupg.js';
import { keyFixture } from './fixtures.js';

export interface MadePackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  /** `Requires`, `Depends`: as the tools take them. */
  readonly needs?: readonly string[];
  readonly provides?: readonly string[];
  /** Absolute paths; rpm only. */
  readonly files?: readonly string[];
  /** More fields or tags, a line each. */
  readonly lines?: readonly string[];
}

/** Packages below `Packages/`, repodata by createrepo_c; packages and repomd.xml signed. */
export function makeRpmRepository(directory: string, packages: readonly MadePackage[]): void {
  mkdirSync(join(directory, 'Packages'), { recursive: true });
  for (const each of packages) buildRpm(join(directory, '.build'), join(directory, 'Packages'), each);
  withKey('rpm', (gnupg) => {
    const files = readdirSync(join(directory, 'Packages')).map((name) => join(directory, 'Packages', name));
    run('rpmsign', ['--define', '__gpg /usr/bin/gpg', '--define', `_gpg_path ${gnupg.home}`, '--define', '_gpg_name rpm@saltmarsh.example', '--addsign', ...files]);
    run('createrepo_c', ['--quiet', '--excludes', '.build', directory]);
    gnupg.run(['--armor', '--detach-sign', '--output', join(directory, 'repodata/repomd.xml.asc'), join(directory, 'repodata/repomd.xml')]);
  });
}

/** A suite `made` with the component main; InRelease by apt-ftparchive. */
export function makeAptRepository(directory: string, packages: readonly MadePackage[], architectures: readonly string[]): void {
  mkdirSync(join(directory, 'pool'), { recursive: true });
  for (const each of packages) buildDeb(join(directory, '.build'), join(directory, 'pool'), each);
  const suite = join(directory, 'dists/made');
  for (const architecture of architectures) {
    mkdirSync(join(suite, `main/binary-${architecture}`), { recursive: true });
    writeFileSync(join(suite, `main/binary-${architecture}/Packages`), run('apt-ftparchive', ['--arch', architecture, 'packages', 'pool'], directory));
  }
  const fields = { Suite: 'made', Codename: 'made', Components: 'main', Architectures: architectures.join(' ') };
  writeFileSync(join(suite, 'Release'), run('apt-ftparchive', [...Object.entries(fields).flatMap(([name, value]) => ['-o', `APT::FTPArchive::Release::${name}=${value}`]), 'release', suite]));
  withKey('apt', (gnupg) => gnupg.run(['--clearsign', '--output', join(suite, 'InRelease'), join(suite, 'Release')]));
}

function buildRpm(work: string, target: string, { name, version, arch, needs = [], provides = [], files = [], lines = [] }: MadePackage): void {
  const root = join(work, `${name}-${version}-${arch}`);
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'package.spec'), [
    `Name: ${name}`, `Version: ${version}`, 'Release: 1', 'Summary: Made for a test', 'License: MIT', ...(arch === 'noarch' ? ['BuildArch: noarch'] : []), 'AutoReqProv: no',
    ...needs.map((need) => `Requires: ${need}`), ...provides.map((provided) => `Provides: ${provided}`), ...lines,
    '%description', 'Made for a test.', '%install', ...files.flatMap((file) => [`mkdir -p %{buildroot}$(dirname ${file})`, `echo ${name} > %{buildroot}${file}`]), '%files', ...files, '',
  ].join('\n'));
  run('rpmbuild', ['-bb', '--quiet', '--target', `${arch}-redhat-linux`, '--define', `_topdir ${root}`, '--define', `_rpmdir ${target}`, '--define', '_build_name_fmt %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm',
    '--define', 'debug_package %{nil}', '--define', '_binary_payload w1.gzdio', join(root, 'package.spec')]);
}

function buildDeb(work: string, target: string, { name, version, arch, needs = [], provides = [], lines = [] }: MadePackage): void {
  const root = join(work, `${name}-${version}-${arch}`);
  mkdirSync(join(root, 'DEBIAN'), { recursive: true });
  writeFileSync(join(root, 'DEBIAN/control'), [
    `Package: ${name}`, `Version: ${version}`, `Architecture: ${arch}`, 'Maintainer: Ada Quill <ada@saltmarsh.example>',
    ...(needs.length === 0 ? [] : [`Depends: ${needs.join(', ')}`]), ...(provides.length === 0 ? [] : [`Provides: ${provides.join(', ')}`]), ...lines,
    'Description: Made for a test', '',
  ].join('\n'));
  run('dpkg-deb', ['--root-owner-group', '-Znone', '--build', root, join(target, `${name}_${version.replace(':', '%3a')}_${arch}.deb`)]);
}

function withKey(name: 'rpm' | 'apt', use: (gnupg: Gnupg) => void): void {
  const gnupg = openGnupg();
  try {
    gnupg.run(['--import', keyFixture(name, 'private.asc')]);
    use(gnupg);
  } finally {
    gnupg.remove();
  }
}

function run(command: string, args: readonly string[], cwd?: string): Buffer {
  return execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' }, ...(cwd === undefined ? {} : { cwd }) });
}
