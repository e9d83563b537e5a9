/** Torture: is a published tree whole? Everything that its root names, directly or not, is there with the right bytes. */

import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { systemCode } from '../../src/core/errors.js';

export type Kind = 'apt' | 'rpm';

/**
 * Reads the tree as a client does: the root once, then what it names, by names that hold a hash. What is wrong with it, empty when
 * nothing is. The root comes from `path`, everything else from `pathAfter()`: a client goes on through the link it began with, and
 * the link may have been switched meanwhile.
 */
export function findTreeFaults(kind: Kind, path: string, suite = 'heron', pathAfter = (): string => path): readonly string[] {
  const faults: string[] = [];
  const read = (name: string, expected: string, from = pathAfter()): Buffer | undefined => {
    const bytes = readIfThere(join(from, name));
    if (bytes === undefined) faults.push(`${name} is missing`);
    else if (sha256(bytes) !== expected) faults.push(`${name} has other bytes`);
    return bytes;
  };
  if (kind === 'rpm') {
    const repomd = readIfThere(join(path, 'repodata/repomd.xml'))?.toString();
    if (repomd === undefined) return ['repodata/repomd.xml is missing'];
    for (const [, type, digest, href] of repomd.matchAll(/<data type="(\w+)">\s*<checksum type="sha256">(\w+)<\/checksum>[^]*?<location href="([^"]+)"/g)) {
      const bytes = read(href!, digest!);
      if (type !== 'primary' || bytes === undefined) continue;
      const primary = (href!.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
      for (const [, checksum, location] of primary.matchAll(/<checksum type="sha256" pkgid="YES">(\w+)<[^]*?<location href="([^"]+)"/g)) read(location!, checksum!);
    }
    return faults;
  }
  const release = (readIfThere(join(path, `dists/${suite}/InRelease`)) ?? readIfThere(join(path, `dists/${suite}/Release`)))?.toString();
  if (release === undefined) return ['InRelease is missing'];
  const hasByHash = /^Acquire-By-Hash: yes$/m.test(release);
  for (const [, digest, name] of release.matchAll(/^ ([0-9a-f]{64}) +\d+ (\S+)$/gm)) {
    // Of itself it can say nothing true.
    if (/^(In)?Release(\.gpg)?$/.test(name!)) continue;
    const directory = name!.slice(0, name!.lastIndexOf('/') + 1);
    const bytes = read(`dists/${suite}/${hasByHash ? `${directory}by-hash/SHA256/${digest}` : name!}`, digest!);
    if (!name!.endsWith('/Packages') || bytes === undefined) continue;
    const stanzas = bytes.toString();
    for (const [, file, checksum] of stanzas.matchAll(/^Filename: (?:\.\/)?(\S+)\n(?:.+\n)*?SHA256: (\w+)$/gm)) read(file!, checksum!);
  }
  return faults;
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
