/** Test support: a `Reader` over a directory: real files, real checksums, no network and no pool. */

import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertExpected, digestOf, formatChecksum, isStrong, Measure, type Digest, type Expected } from '../../src/core/digest.js';
import { ChantalError, systemCode } from '../../src/core/errors.js';
import type { FetchedFile, Reader } from '../../src/core/format.js';
import type { Place } from '../../src/core/locator.js';
import type { Trust } from '../../src/core/ports.js';
import type { Artifact, ListedArtifact, StoredArtifact, StoredFile } from '../../src/core/repository.js';

export interface DirectoryReaderOptions {
  readonly trust?: Trust;
  readonly rootSignature?: boolean;
  readonly now?: Date;
  readonly allowWeakChecksums?: boolean;
  /** Answered with 403, as some object stores do for what they do not have. */
  readonly denied?: readonly string[];
}

export interface DirectoryReader extends Reader {
  /** Paths in the order they were asked for, those that are not there included. */
  readonly requests: readonly string[];
}

/** What it fetched can be opened by digest afterwards, as from the pool. */
export function directoryReader(root: string, options: DirectoryReaderOptions = {}): DirectoryReader {
  const requests: string[] = [];
  const held = new Map<Digest, string>();

  const read = async (path: Place, expected: Expected): Promise<{ readonly file: FetchedFile; readonly bytes: Buffer } | undefined> => {
    requests.push(path);
    if (options.denied?.includes(path) === true) throw new ChantalError('E_UPSTREAM_DENIED', `upstream refuses ${path}`, { context: { path, status: 403 } });
    const bytes = await readIfThere(join(root, path));
    if (bytes === undefined) return undefined;
    const measure = new Measure(expected.checksum?.algorithm);
    measure.update(bytes);
    const measured = measure.finish();
    assertExpected(measured, expected);
    held.set(measured.digest, join(root, path));
    return { file: { digest: measured.digest, sizeBytes: measured.sizeBytes }, bytes };
  };
  const pathOf = ({ digest }: FetchedFile | StoredFile): string => {
    const path = held.get(digest);
    if (path === undefined) throw new Error(`${digest} was never fetched`);
    return path;
  };

  return {
    requests,
    trust: options.trust,
    ...(options.rootSignature === undefined ? {} : { rootSignature: options.rootSignature }),
    now: options.now ?? new Date('2026-01-01T00:00:00Z'),
    address: undefined,
    listTags: async () => undefined,
    async readRoot(path) {
      const found = await read(path, {});
      return found === undefined ? undefined : { ...found.file, bytes: found.bytes, fromCache: false };
    },
    async fetch(paths, expected) {
      if (expected.checksum !== undefined && !isStrong(expected.checksum) && options.allowWeakChecksums !== true) {
        throw new ChantalError('E_WEAK_CHECKSUM', `${paths[0]} has only a weak checksum`, { context: { found: formatChecksum(expected.checksum) } });
      }
      for (const path of paths) {
        const found = await read(path, expected);
        if (found !== undefined) return found.file;
      }
      return undefined;
    },
    put: async (bytes) => ({ digest: digestOf(bytes), sizeBytes: bytes.length }),
    open: (file) => createReadStream(pathOf(file)),
    async readAll(file, limitBytes) {
      if (file.sizeBytes > limitBytes) throw new ChantalError('E_METADATA_LIMIT', `more than ${limitBytes} bytes`);
      return readFile(pathOf(file));
    },
  };
}

/** As if it had been fetched: of a package that upstream names by its sha256. */
export function asStored(artifact: Artifact): StoredArtifact {
  const { checksum, sizeBytes } = artifact as ListedArtifact;
  return { ...artifact, checksum, sizeBytes, digest: checksum.hex as Digest };
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}
