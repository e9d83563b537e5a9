/** Test support: what a sync makes of an upstream directory: the root and manifest that the format reads, and the tree they describe. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Trust } from '../../../src/core/ports.js';
import type { Manifest, Root } from '../../../src/core/repository.js';
import { apt } from '../../../src/formats/apt/index.js';
import type { AptOptions } from '../../../src/formats/apt/options.js';
import { readTrust } from '../../../src/signing/keyring.js';
import { directoryReader, type DirectoryReader } from '../../support/directory-reader.js';
import { keyFixture } from '../../support/fixtures.js';

export async function fixtureTrust(name: 'apt' | 'stranger' = 'apt'): Promise<Trust> {
  return readTrust([{ bytes: await readFile(keyFixture(name)), origin: name }]);
}

export function aptOptions(distribution: string, options: Partial<AptOptions> = {}): AptOptions {
  return { distributions: [distribution], hasSources: false, hasInstaller: false, ...options };
}

export interface Mirrored {
  readonly reader: DirectoryReader;
  readonly root: Root;
  readonly manifest: Manifest;
}

export async function mirror(directory: string, trust: Trust | undefined, options: AptOptions, now = new Date()): Promise<Mirrored> {
  const reader = directoryReader(directory, { ...(trust === undefined ? {} : { trust }), now, allowWeakChecksums: true });
  const root = await apt.readRoot(reader, options);
  return { reader, root, manifest: await apt.readManifest(reader, root, options) };
}

/** Writes exactly what root and manifest name, as a publication does. @returns the paths, sorted */
export async function writeTree({ reader, root, manifest }: Mirrored, target: string): Promise<readonly string[]> {
  const written: string[] = [];
  const write = (path: string, bytes: Uint8Array): void => {
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), bytes, { flag: 'wx' });
    written.push(path);
  };
  for (const file of [...root.stored, ...manifest.stored]) write(file.path, await reader.readAll(file, Infinity));
  for (const file of manifest.wanted) {
    const fetched = await reader.fetch(file.sources, file);
    if (fetched === undefined && file.presence === 'required') throw new Error(`upstream lacks ${file.sources.join(' ')}`);
    if (fetched === undefined) continue;
    for (const { path } of file.published) write(path, await reader.readAll(fetched, Infinity));
  }
  for (const artifact of manifest.artifacts) {
    const fetched = await reader.fetch([artifact.path], artifact);
    if (fetched === undefined) throw new Error(`upstream lacks ${artifact.path}`);
    write(artifact.path, await reader.readAll(fetched, Infinity));
  }
  return written.sort();
}
