/** Bundle: reads one that came from elsewhere. Nothing in it is trusted before its checksum was seen to be right. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleReader } from '../core/bundle-files.js';
import type { Digest } from '../core/digest.js';
import { ChantalError } from '../core/errors.js';
import { blobName, checksumsName, contentName, manifestName, parseChecksumLine } from './layout.js';
import { measureFile, openPlainFile, readLines } from './measure-file.js';

const maxManifestBytes = 4 * 1024 * 1024;
/** A package's record has a few hundred bytes. */
const maxLineBytes = 1024 * 1024;
const maxChecksums = 10_000_000;

export async function readBundle(directory: string): Promise<BundleReader> {
  const checksumsPath = join(directory, checksumsName);
  const contentPath = join(directory, contentName);
  const manifestPath = join(directory, manifestName);
  const { carried, own } = await readChecksums(checksumsPath);
  await assertUnaltered(manifestPath, own.get(manifestName), checksumsPath);
  await assertUnaltered(contentPath, own.get(contentName), checksumsPath);
  const pathOf = (digest: Digest): string => join(directory, blobName(digest));
  return {
    manifest: readFileSync(manifestPath, 'utf8'),
    carried,
    contentPath,
    checksumsPath,
    pathOf,
    lines: () => readLines(contentPath, maxLineBytes),
    open: (digest) => openPlainFile(pathOf(digest)),
  };
}

interface Checksums {
  readonly carried: ReadonlySet<Digest>;
  readonly own: ReadonlyMap<string, Digest>;
}

async function readChecksums(path: string): Promise<Checksums> {
  const carried = new Set<Digest>();
  const own = new Map<string, Digest>();
  for await (const line of readLines(path, maxLineBytes)) {
    const { digest, name } = parseChecksumLine(line, path);
    if (name.startsWith('blobs/')) carried.add(digest);
    else own.set(name, digest);
    if (carried.size > maxChecksums) throw new ChantalError('E_METADATA_LIMIT', `${checksumsName} lists more than ${maxChecksums} files`, { context: { path } });
  }
  return { carried, own };
}

async function assertUnaltered(path: string, expected: Digest | undefined, checksumsPath: string): Promise<void> {
  if (expected === undefined) throw new ChantalError('E_METADATA', `${checksumsName} is cut off: it does not list ${path}`, { context: { path: checksumsPath } });
  const { digest, sizeBytes } = await measureFile(path);
  if (digest !== expected) {
    throw new ChantalError('E_CHECKSUM', `the bundle was altered or damaged: ${path} is not what ${checksumsName} says`, {
      hint: 'Carry the bundle over once more; `sha256sum -c SHA256SUMS` in its directory tells whether it is whole.',
      context: { path, expected: `sha256:${expected}`, found: `sha256:${digest}` },
    });
  }
  if (path.endsWith(manifestName) && sizeBytes > maxManifestBytes) throw new ChantalError('E_METADATA_LIMIT', `the manifest is larger than ${maxManifestBytes} bytes`, { context: { path } });
}
