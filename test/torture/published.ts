/** Torture: is a published tree whole? Everything that its root names, directly or not, is there with the right bytes. */

import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { systemCode } from '../../src/core/errors.js';
import { suite } from './apt-upstream.js';

export type Kind = 'apt' | 'rpm';

/**
 * Reads the tree as a client does: the root once, then what it names, by names that hold a hash. What is wrong with it, empty when
 * nothing is. The root comes from `path`, everything else from `pathAfter()`: a client goes on through the link it began with, and
 * the link may have been switched meanwhile.
 */
export function findTreeFaults(kind: Kind, path: string, pathAfter = (): string => path): readonly string[] {
  const faults: string[] = [];
  const read = (name: string, expected: string): Buffer | undefined => {
    const bytes = readIfThere(join(pathAfter(), name));
    if (bytes !== undefined && sha256(bytes) !== expected) faults.push(`${name} has other bytes`);
    return bytes;
  };
  const mustRead = (name: string, expected: string): Buffer | undefined => {
    const bytes = read(name, expected);
    if (bytes === undefined) faults.push(`${name} is missing`);
    return bytes;
  };
  if (kind === 'rpm') readRpmTree(path, mustRead, faults);
  else readAptTree(path, read, mustRead, faults);
  return faults;
}

type Read = (name: string, expected: string) => Buffer | undefined;

function readRpmTree(path: string, mustRead: Read, faults: string[]): void {
  const repomd = readIfThere(join(path, 'repodata/repomd.xml'))?.toString();
  if (repomd === undefined) faults.push('repodata/repomd.xml is missing');
  for (const [, type, digest, href] of (repomd ?? '').matchAll(/<data type="(\w+)">\s*<checksum type="sha256">(\w+)<\/checksum>[^]*?<location href="([^"]+)"/g)) {
    const bytes = mustRead(href!, digest!);
    if (type !== 'primary' || bytes === undefined) continue;
    for (const [, checksum, location] of unpack(bytes, href!).matchAll(/<checksum type="sha256" pkgid="YES">(\w+)<[^]*?<location href="([^"]+)"/g)) mustRead(location!, checksum!);
  }
}

function readAptTree(path: string, read: Read, mustRead: Read, faults: string[]): void {
  const directory = join(path, 'dists', suite);
  const release = (readIfThere(join(directory, 'InRelease')) ?? readIfThere(join(directory, 'Release')))?.toString();
  if (release === undefined) faults.push('InRelease is missing');
  const hasByHash = /^Acquire-By-Hash: yes$/m.test(release ?? '');
  const indexes = new Map<string, string | undefined>();
  for (const [, digest, name] of (release ?? '').matchAll(/^ ([0-9a-f]{64}) +\d+ (\S+)$/gm)) {
    // Of itself a Release can say nothing true.
    if (/^(In)?Release(\.gpg)?$/.test(name!)) continue;
    const bytes = read(`dists/${suite}/${hasByHash ? `${dirname(name!)}/by-hash/SHA256/${digest}` : name!}`, digest!);
    // Uncompressed ones are listed, and need not be there.
    const index = name!.replace(/\.\w+$/, '');
    indexes.set(index, indexes.get(index) ?? (bytes === undefined ? undefined : unpack(bytes, name!)));
  }
  for (const [index, text] of indexes) {
    if (text === undefined) faults.push(`${index} is there in no form`);
    for (const [, file, checksum] of (text ?? '').matchAll(/^Filename: (?:\.\/)?(\S+)\n(?:.+\n)*?SHA256: (\w+)$/gm)) mustRead(file!, checksum!);
  }
}

function unpack(bytes: Buffer, name: string): string {
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

/** The tree that `latest` shows at this instant. */
export function shownTree(latestPath: string): string {
  return realpathSync(latestPath);
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
