/** Operations: the files of published trees, found in the pool again. Nothing is trusted by its name: each is read once. */

import type { App } from '../../core/app.js';
import { assertExpected, Measure, type Digest, type Expected } from '../../core/digest.js';
import { isChantalError, systemCode } from '../../core/errors.js';
import type { Blob } from '../../core/ports.js';
import type { FoundTree } from '../../core/published-trees.js';

export interface FileHolder {
  /**
   * The file at `path` of a tree, in the pool and right: the pool's own, or, where the pool has lost it, a copy of the tree's.
   * undefined: neither has it.
   */
  hold(tree: FoundTree, path: string, expected: Expected): Promise<Blob | undefined>;
  /** The pool's own, right. */
  find(digest: Digest): Promise<Blob | undefined>;
  /** The same for a file of which nothing is known but where it lies. */
  findSame(tree: FoundTree, path: string): Promise<Blob | undefined>;
  /** What was read so far. */
  readonly read: { files: number; bytes: number };
}

/** One for a whole rebuild: trees share most of their files. */
export function createFileHolder(app: App, signal?: AbortSignal): FileHolder {
  const verified = new Map<Digest, Promise<Blob | undefined>>();
  const read = { files: 0, bytes: 0 };

  const verify = async (digest: Digest): Promise<Blob | undefined> => {
    signal?.throwIfAborted();
    const blob = await app.pool.verify(digest);
    if (blob === undefined) return undefined;
    read.files += 1;
    read.bytes += blob.sizeBytes;
    return blob;
  };

  const find = async (digest: Digest): Promise<Blob | undefined> => {
    const known = verified.get(digest) ?? verify(digest);
    verified.set(digest, known);
    return known;
  };

  return {
    read,
    find,
    async findSame(tree, path) {
      const digest = await measure(tree, path, {});
      return digest === undefined ? undefined : find(digest);
    },
    async hold(tree, path, expected) {
      const { checksum, sizeBytes } = expected;
      const digest = checksum?.algorithm === 'sha256' ? (checksum.hex as Digest) : await measure(tree, path, expected);
      if (digest === undefined) return undefined;
      let blob = await find(digest);
      if (blob === undefined) {
        const taken = take(app, tree, path, digest);
        verified.set(digest, taken);
        blob = await taken;
      }
      return sizeBytes === undefined || blob?.sizeBytes === sizeBytes ? blob : undefined;
    },
  };
}

/** undefined: not there, or not what is expected. */
async function measure(tree: FoundTree, path: string, expected: Expected): Promise<Digest | undefined> {
  try {
    const found = new Measure(expected.checksum?.algorithm);
    for await (const chunk of tree.open(path) as AsyncIterable<Buffer>) found.update(chunk);
    const measured = found.finish();
    assertExpected(measured, expected);
    return measured.digest;
  } catch (error) {
    return undefinedWhereLost(error);
  }
}

async function take(app: App, tree: FoundTree, path: string, digest: Digest): Promise<Blob | undefined> {
  const writer = await app.pool.writer({ checksum: { algorithm: 'sha256', hex: digest } });
  try {
    for await (const chunk of tree.open(path) as AsyncIterable<Buffer>) await writer.write(chunk);
  } catch (error) {
    await writer.abort();
    return undefinedWhereLost(error);
  }
  return writer.finish().catch(undefinedWhereLost);
}

function undefinedWhereLost(error: unknown): undefined {
  if (isChantalError(error, 'E_CHECKSUM') || ['ENOENT', 'ENOTDIR', 'EISDIR', 'EIO'].includes(systemCode(error) ?? '')) return undefined;
  throw error;
}
