/** Test support: what a sync makes of an upstream directory: the root and manifest that the format reads, and the tree they describe. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { assertExpected, Measure, type Digest, type Expected } from '../../../src/core/digest.js';
import type { Reader } from '../../../src/core/format.js';
import type { Trust } from '../../../src/core/ports.js';
import type { RelativePath } from '../../../src/core/relative-path.js';
import type { Manifest, Root } from '../../../src/core/repository.js';
import { apt } from '../../../src/formats/apt/index.js';
import type { AptOptions } from '../../../src/formats/apt/options.js';
import { readTrust } from '../../../src/signing/keyring.js';
import { keyFixture } from '../../support/fixtures.js';

export interface DirectoryReader extends Reader {
  /** Every path that was asked for, in order, found or not. */
  readonly asked: string[];
  bytesOf(digest: Digest): Buffer;
}

/** A Reader over the files of a directory; like the real one it verifies what it hands out. */
export function readDirectory(directory: string, trust: Trust | undefined, now = new Date()): DirectoryReader {
  const blobs = new Map<Digest, Buffer>();
  const asked: string[] = [];
  const read = async (path: RelativePath, expected: Expected): Promise<{ digest: Digest; sizeBytes: number; bytes: Buffer } | undefined> => {
    asked.push(path);
    const bytes = await readFile(join(directory, path)).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const measure = new Measure(expected.checksum?.algorithm);
    measure.update(bytes);
    const measured = measure.finish();
    assertExpected(measured, expected);
    blobs.set(measured.digest, bytes);
    return { digest: measured.digest, sizeBytes: bytes.length, bytes };
  };
  const bytesOf = (digest: Digest): Buffer => {
    const bytes = blobs.get(digest);
    if (bytes === undefined) throw new Error(`never read: ${digest}`);
    return bytes;
  };
  return {
    trust,
    now,
    asked,
    bytesOf,
    async readRoot(path) {
      const file = await read(path, {});
      return file === undefined ? undefined : { ...file, fromCache: false };
    },
    async fetch(paths, expected) {
      for (const path of paths) {
        const file = await read(path, expected);
        if (file !== undefined) return file;
      }
      return undefined;
    },
    open: ({ digest }) => Readable.from([bytesOf(digest)]),
    readAll: ({ digest }) => Promise.resolve(bytesOf(digest)),
  };
}

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

export async function mirror(directory: string, trust: Trust | undefined, options: AptOptions, now?: Date): Promise<Mirrored> {
  const reader = readDirectory(directory, trust, now);
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
  for (const file of [...root.stored, ...manifest.stored]) write(file.path, reader.bytesOf(file.digest));
  for (const file of manifest.wanted) {
    const fetched = await reader.fetch(file.sources, file);
    if (fetched === undefined && file.presence === 'required') throw new Error(`upstream lacks ${file.sources.join(' ')}`);
    if (fetched !== undefined) for (const { path } of file.published) write(path, reader.bytesOf(fetched.digest));
  }
  for (const artifact of manifest.artifacts) {
    const fetched = await reader.fetch([artifact.path], artifact);
    if (fetched === undefined) throw new Error(`upstream lacks ${artifact.path}`);
    write(artifact.path, reader.bytesOf(fetched.digest));
  }
  return written.sort();
}
