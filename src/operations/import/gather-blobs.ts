/** Operations: everything that an imported version names into the pool: what is here already is used, the rest comes from the bundle, verified. */

import type { App } from '../../core/app.js';
import type { BundleManifest } from '../../core/bundle.js';
import type { BundleReader } from '../../core/bundle-files.js';
import type { Digest } from '../../core/digest.js';
import { asDiskError, ChantalError, isChantalError } from '../../core/errors.js';
import { forEachConcurrent } from '../../core/for-each-concurrent.js';
import type { Blob } from '../../core/ports.js';
import { withPoolLock } from '../pool-lock.js';
import type { VersionContent } from '../version-content.js';

export interface OpenBundle {
  readonly reader: BundleReader;
  readonly manifest: BundleManifest;
  readonly content: VersionContent;
}

export interface GatheredBlobs {
  readonly blobs: readonly Blob[];
  /** Those of them that the bundle gave. */
  readonly taken: readonly Blob[];
}

const atOnce = 4;

/** @throws E_SNAPSHOT_UNKNOWN before anything is copied when the base is not here; E_CHECKSUM, E_METADATA naming the file of the bundle */
export async function gatherBlobs(app: App, bundle: OpenBundle, signal?: AbortSignal): Promise<GatheredBlobs> {
  const { reader, manifest, content } = bundle;
  const sizes = sizesOf(content, reader);
  const held = await findHeld(app, sizes, signal);
  const wanted = [...sizes].filter(([digest]) => !held.has(digest));
  const absent = wanted.filter(([digest]) => !reader.carried.has(digest));
  if (absent.length > 0) throw await explainAbsent(app, bundle, absent.length);

  const taken: Blob[] = [];
  const totalBytes = wanted.reduce((sum, [, sizeBytes]) => sum + sizeBytes, 0);
  let doneBytes = 0;
  await forEachConcurrent(wanted, atOnce, async ([digest, sizeBytes]) => {
    taken.push(await take(app, reader, digest, sizeBytes, signal));
    doneBytes += sizeBytes;
    app.reporter.progress(manifest.repository, { stage: 'packages', doneBytes, totalBytes, doneFiles: taken.length, totalFiles: wanted.length });
  });
  return { blobs: [...held.values(), ...taken], taken };
}

function sizesOf({ artifacts, files }: VersionContent, reader: BundleReader): ReadonlyMap<Digest, number> {
  const sizes = new Map<Digest, number>();
  for (const { digest, sizeBytes, path } of [...files, ...artifacts]) {
    const known = sizes.get(digest);
    if (known !== undefined && known !== sizeBytes) {
      throw new ChantalError('E_METADATA', `the bundle contradicts itself: two sizes of one file, ${path}`, {
        context: { path: reader.contentPath, expected: `${known} bytes`, found: `${sizeBytes} bytes` },
      });
    }
    sizes.set(digest, sizeBytes);
  }
  return sizes;
}

/** In the pool and right. What no version names yet may stem from an import that was killed, and is read again. */
async function findHeld(app: App, sizes: ReadonlyMap<Digest, number>, signal?: AbortSignal): Promise<ReadonlyMap<Digest, Blob>> {
  const there: Digest[] = [];
  for (const digest of sizes.keys()) if ((await app.pool.stat(digest)) !== undefined) there.push(digest);
  if (there.length > 0) await withPoolLock(app, 'import', async () => app.pool.use(there), signal);
  const remembered = await app.store.findBlobs(there);
  const held = new Map<Digest, Blob>();
  await forEachConcurrent(there, atOnce, async (digest) => {
    signal?.throwIfAborted();
    const onDisk = await app.pool.stat(digest);
    if (onDisk === undefined) return;
    const known = remembered.get(digest);
    const isTrusted = known?.sizeBytes === onDisk.sizeBytes && known.mtimeMs === onDisk.mtimeMs;
    const blob = isTrusted ? onDisk : await app.pool.verify(digest);
    if (blob?.sizeBytes === sizes.get(digest)) held.set(digest, blob as Blob);
  });
  return held;
}

async function take(app: App, reader: BundleReader, digest: Digest, sizeBytes: number, signal?: AbortSignal): Promise<Blob> {
  const path = reader.pathOf(digest);
  const source = reader.open(digest);
  const writer = await app.pool.writer({ checksum: { algorithm: 'sha256', hex: digest }, sizeBytes });
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      await writer.write(chunk);
    }
  } catch (error) {
    await writer.abort();
    throw explainTake(error, path);
  }
  return writer.finish().catch((error: unknown) => {
    throw explainTake(error, path);
  });
}

function explainTake(error: unknown, path: string): unknown {
  if (!isChantalError(error, 'E_CHECKSUM')) return asDiskError(error, path);
  return new ChantalError('E_CHECKSUM', `the bundle was altered or damaged: ${path} is not what the bundle says`, {
    hint: 'Carry the bundle over once more; `sha256sum -c SHA256SUMS` in its directory tells whether it is whole. Nothing was recorded.',
    cause: error,
    context: { ...error.context, path },
  });
}

async function explainAbsent(app: App, { reader, manifest }: OpenBundle, count: number): Promise<ChantalError> {
  const { since } = manifest;
  if (since === undefined) {
    return new ChantalError('E_METADATA', `the bundle does not carry ${count} of the files that it names`, {
      hint: 'It is cut off or was altered: export it again.',
      context: { path: reader.checksumsPath },
    });
  }
  const base = `${since.repository}/${since.snapshot}`;
  const [known] = await app.store.findSnapshots({ repository: since.repository, name: since.snapshot });
  if (known !== undefined) {
    return new ChantalError('E_CHECKSUM', `${count} files that this bundle takes for granted are not in the pool, though ${base} is here`, {
      hint: `Import the bundle of ${base} again, which puts right what the pool has lost; or export this one without --since.`,
      context: { repository: since.repository },
    });
  }
  return new ChantalError('E_SNAPSHOT_UNKNOWN', `the bundle holds only what changed since ${base}, which is not here: ${count} files are missing`, {
    hint: `Import the bundle of ${base} first, or export this one without --since.`,
    context: { repository: since.repository, expected: base },
  });
}
