/** Test support: source packages made by dpkg-source, and a signed upstream of them whose indexes apt-ftparchive wrote. */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeRelease } from '../formats/apt/upstream.js';

export interface SourceVersion {
  /** With its revision: `1.0-2`. Versions of one upstream version and one text share their tarball. */
  readonly version: string;
  readonly text?: string;
  /** What the Debian part says besides: another one makes another package of the same version. */
  readonly note?: string;
}

const builtAt = '1740830400';

/** Format 3.0 (quilt). @returns the directory that holds the .dsc and what it names */
export function buildSource(work: string, name: string, { version, text = 'one', note = 'Routine release.' }: SourceVersion): string {
  const upstream = version.slice(0, version.lastIndexOf('-'));
  const top = join(work, `${version} ${text} ${note}`);
  const tree = join(top, `${name}-${upstream}`);
  mkdirSync(join(tree, 'debian/source'), { recursive: true });
  writeFileSync(join(tree, 'README'), `${text}\n`);
  const tar = ['--exclude=debian', '--sort=name', '--owner=root:0', '--group=root:0', `--mtime=@${builtAt}`, '--format=gnu', '-C', top];
  execFileSync('tar', [...tar, '-I', 'gzip -n', '-cf', join(top, `${name}_${upstream}.orig.tar.gz`), `${name}-${upstream}`]);
  for (const [path, content] of Object.entries(debianPart(name, version, note))) writeFileSync(join(tree, 'debian', path), content);
  execFileSync('dpkg-source', ['--build', tree], { cwd: top, env: { ...process.env, SOURCE_DATE_EPOCH: builtAt }, stdio: 'pipe' });
  rmSync(tree, { recursive: true });
  return top;
}

/** A distribution `heron` below `root` that holds these sources and no binary package. @param sources as `buildSource` returns them */
export function writeSourceUpstream(root: string, name: string, sources: readonly string[]): void {
  rmSync(root, { recursive: true, force: true });
  const pool = `pool/main/${name[0]!}/${name}`;
  mkdirSync(join(root, pool), { recursive: true });
  for (const source of sources) for (const file of readdirSync(source)) cpSync(join(source, file), join(root, pool, file), { preserveTimestamps: true });
  const dists = join(root, 'dists/heron');
  for (const directory of ['main/source', 'main/binary-amd64']) mkdirSync(join(dists, directory), { recursive: true });
  writeFileSync(join(dists, 'main/source/Sources'), execFileSync('apt-ftparchive', ['--quiet', 'sources', 'pool'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }));
  execFileSync('gzip', ['-nk', join(dists, 'main/source/Sources')]);
  writeFileSync(join(dists, 'main/binary-amd64/Packages'), '');
  if (statSync(join(dists, 'main/source/Sources')).size === 0) throw new Error('apt-ftparchive found no sources');
  writeRelease(dists);
}

function debianPart(name: string, version: string, note: string): Readonly<Record<string, string>> {
  const maintainer = 'Ada Quill <ada@saltmarsh.example>';
  return {
    control: `Source: ${name}\nSection: admin\nPriority: optional\nMaintainer: ${maintainer}\nStandards-Version: 4.6.2\n\nPackage: ${name}\nArchitecture: all\nDescription: ${name}\n It.\n`,
    changelog: `${name} (${version}) heron; urgency=medium\n\n  * ${note}\n\n -- ${maintainer}  Sat, 01 Mar 2025 12:00:00 +0000\n`,
    rules: '#!/usr/bin/make -f\n%:\n\t@true\n',
    'source/format': '3.0 (quilt)\n',
  };
}
