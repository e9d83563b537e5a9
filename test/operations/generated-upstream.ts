/** Test support: an unsigned flat APT upstream of any number of packages, with random bytes of the given size for each. */

import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GeneratedUpstream {
  /** Relative paths of the packages. */
  readonly packages: readonly string[];
}

/** Writes `Packages`, `Release` and the packages below `directory`. */
export function generateUpstream(directory: string, count: number, sizeBytes: number): GeneratedUpstream {
  return writeUpstream(directory, Array.from({ length: count }, (_, index) => ({ name: `generated-${index}`, file: `generated-${String(index).padStart(4, '0')}`, description: 'generated' })), sizeBytes);
}

/** The same of given names. A description is put in as it is: nothing that upstream writes can be trusted. */
export function writeUpstream(directory: string, items: readonly { readonly name: string; readonly file?: string; readonly description: string }[], sizeBytes: number): GeneratedUpstream {
  mkdirSync(join(directory, 'pool'), { recursive: true });
  const packages: string[] = [];
  const stanzas: string[] = [];
  for (const { name, file = name, description } of items) {
    const path = `pool/${file}_1.0_all.deb`;
    const bytes = randomBytes(sizeBytes);
    writeFileSync(join(directory, path), bytes);
    packages.push(path);
    stanzas.push(`Package: ${name}\nVersion: 1.0\nArchitecture: all\nFilename: ./${path}\nSize: ${sizeBytes}\nSHA256: ${sha256(bytes)}\nDescription: ${description}\n`);
  }
  const index = stanzas.join('\n');
  writeFileSync(join(directory, 'Packages'), index);
  writeFileSync(join(directory, 'Release'), `Suite: flat\nDate: Sat, 01 Aug 2026 10:00:00 UTC\nSHA256:\n ${sha256(index)} ${Buffer.byteLength(index)} Packages\n`);
  return { packages };
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
