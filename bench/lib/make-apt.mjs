/** Bench: writes two days of a signed APT upstream. Packages that do not change are one file on both days. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { makeBody, makePackages, sha256 } from './words.mjs';
import { switchDay } from './server.mjs';

/** @returns {{ day1: readonly string[], day2: readonly string[] }} the packages' paths, as the indexes name them */
export function makeApt(root, name, { count, sizeBytes, key }) {
  const paths = {};
  for (const day of [1, 2]) paths[`day${day}`] = makeAptDay(root, name, day, makePackages(count, day), { sizeBytes, key });
  switchDay(root, name, 'day1');
  return paths;
}

/** One day; its packages are files of the day before where they are the same. @returns their paths */
export function makeAptDay(root, name, day, items, { sizeBytes, key, directory = join(root, name, `day${day}`) }) {
  const packages = items.map((item) => describe(item, sizeBytes(item.seed)));
  for (const { path, body } of packages) place(join(directory, path), join(root, name, `day${day - 1}`, path), body);
  writeIndexes(directory, day, packages, key);
  return packages.map(({ path }) => path);
}

/** What a package is called, where it is. */
export function placeOf(item) {
  const version = `${item.version}-${item.release}`;
  const letter = item.name.startsWith('lib') ? item.name.slice(0, 4) : item.name[0];
  return { version, path: `pool/main/${letter}/${item.name}/${item.name}_${version}_amd64.deb` };
}

function describe(item, sizeBytes) {
  const body = makeBody(item.seed, sizeBytes);
  const { version, path } = placeOf(item);
  const stanza = [
    `Package: ${item.name}`,
    `Version: ${version}`,
    `Installed-Size: ${Math.ceil(sizeBytes / 300)}`,
    'Maintainer: Bench Developers <bench@example.org>',
    'Architecture: amd64',
    ...(item.depends.length === 0 ? [] : [`Depends: libc6 (>= 2.34), ${item.depends.join(', ')}`]),
    `Description: ${item.summary}`,
    `Homepage: https://example.org/${item.name}`,
    `Description-md5: ${sha256(item.summary).slice(0, 32)}`,
    `Tag: devel::library, role::program, implemented-in::c, interface::commandline`,
    `Section: ${item.section}`,
    'Priority: optional',
    `Filename: ${path}`,
    `Size: ${sizeBytes}`,
    `MD5sum: ${md5(body)}`,
    `SHA256: ${sha256(body)}`,
  ].join('\n');
  return { path, body, stanza };
}

function place(target, yesterday, body) {
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  if (existsSync(yesterday)) linkSync(yesterday, target);
  else writeFileSync(target, body);
}

function writeIndexes(directory, day, packages, key) {
  const dist = join(directory, 'dists/bench');
  const index = 'main/binary-amd64/Packages';
  mkdirSync(join(dist, dirname(index), 'by-hash/SHA256'), { recursive: true });
  const plain = Buffer.from(packages.map(({ stanza }) => `${stanza}\n`).join('\n'));
  const lines = [[index, plain], [`${index}.gz`, gzipSync(plain, { level: 6 })]].map(([path, bytes]) => {
    rmSync(join(dist, path), { force: true });
    writeFileSync(join(dist, path), bytes);
    linkSync(join(dist, path), join(dist, dirname(path), 'by-hash/SHA256', sha256(bytes)));
    return { sha256: ` ${sha256(bytes)} ${bytes.length} ${path}`, md5: ` ${md5(bytes)} ${bytes.length} ${path}` };
  });
  const release = [
    'Origin: Bench', 'Label: Bench', 'Suite: bench', 'Codename: bench',
    `Date: ${new Date(dayStart(day)).toUTCString().replace('GMT', 'UTC')}`,
    'Acquire-By-Hash: yes', 'Architectures: amd64', 'Components: main', 'MD5Sum:', ...lines.map((line) => line.md5), 'SHA256:', ...lines.map((line) => line.sha256), '',
  ].join('\n');
  writeFileSync(join(dist, 'Release'), release);
  // Two days lie a day apart, also for those who ask by If-Modified-Since or nginx's ETag.
  const at = new Date(dayStart(day));
  const gpg = (...args) => execFileSync('gpg', ['--homedir', key.home, '--batch', '--yes', '--local-user', key.id, ...args, join(dist, 'Release')], { stdio: 'ignore' });
  gpg('--clearsign', '--output', join(dist, 'InRelease'));
  gpg('--detach-sign', '--armor', '--output', join(dist, 'Release.gpg'));
  for (const path of ['Release', 'InRelease', 'Release.gpg', index, `${index}.gz`]) utimesSync(join(dist, path), at, at);
}

/** Days follow each other, and end before today. */
function dayStart(day) {
  return Date.now() - (400 - day) * 86_400_000;
}

function md5(bytes) {
  return createHash('md5').update(bytes).digest('hex');
}
