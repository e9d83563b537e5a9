/** Operations: drops versions that nothing names, then the blobs that no version names, from database and pool. Safe beside syncs. */

import type { App } from '../core/app.js';
import type { Digest } from '../core/digest.js';
import { withPoolLock } from './pool-lock.js';

export interface CleanupResult {
  readonly isDryRun: boolean;
  /** Dropped, oldest first within a repository. */
  readonly versions: readonly { readonly repository: string; readonly version: number }[];
  /** Removed from the pool, or those that would be: packages and metadata that no kept version names. */
  readonly files: number;
  readonly bytes: number;
  /** Not named either, and left for the next time: a command that still runs may have fetched or taken them up. */
  readonly spared: { readonly files: number; readonly bytes: number };
}

/** So many are removed in one go; a sync waits no longer than that takes. */
const batchSize = 200;
/** The clock of another machine that shares the database. */
const clockToleranceMs = 5000;

/**
 * May run as often as one likes, beside syncs in this and other processes; how, is said in `pool-lock.ts`.
 * @throws E_LOCKED when another clean-up runs
 */
export async function collectGarbage(app: App, isDryRun: boolean, signal?: AbortSignal): Promise<CleanupResult> {
  const lock = await app.store.acquireLock('cleanup', 'db cleanup');
  const tally: Tally = { files: 0, bytes: 0, spared: { files: 0, bytes: 0 } };
  let dropped = 0;
  try {
    const unusedSinceMs = await findHorizon(app);
    const { retention, repositories } = app.settings;
    const { versions, unnamed } = await app.store.dropVersions({
      versions: retention.versions,
      byRepository: new Map(repositories.map(({ name, keptVersions }) => [name, keptVersions])),
      namedSince: new Date(unusedSinceMs).toISOString(),
    }, isDryRun);
    if (!isDryRun) await app.pool.removeAbandoned();
    dropped = versions.length;
    const sweep = isDryRun ? countBatch : removeBatch;
    for (let start = 0; start < unnamed.length; start += batchSize) {
      signal?.throwIfAborted();
      await sweep(app, unnamed.slice(start, start + batchSize).map(({ digest }) => digest), unusedSinceMs, tally);
    }
    for await (const found of app.pool.list()) {
      signal?.throwIfAborted();
      const digests = found.map(({ digest }) => digest);
      const known = await app.store.findBlobs(digests);
      const unknown = digests.filter((digest) => !known.has(digest));
      for (let start = 0; start < unknown.length; start += batchSize) await sweep(app, unknown.slice(start, start + batchSize), unusedSinceMs, tally);
    }
    return { isDryRun, versions: versions.map(({ repository, number }) => ({ repository, version: number })), ...tally };
  } finally {
    // What was interrupted has removed things as well.
    if (!isDryRun && dropped + tally.files > 0) {
      await app.store.recordAudit({ event: 'database.cleaned', resource: 'database', changes: [`versions.dropped:${dropped}`, `files.removed:${tally.files}`] })
        .catch((failure: unknown) => app.reporter.log('WARN', 'the clean-up could not be recorded', { error: String(failure) }));
    }
    await lock.release();
  }
}

interface Tally {
  files: number;
  bytes: number;
  readonly spared: { files: number; bytes: number };
}

/** What was used after this moment is spared. */
async function findHorizon(app: App): Promise<number> {
  const startedAtMs = await app.pool.now();
  const others = (await app.store.listLocks()).filter(({ name }) => name !== 'cleanup' && name !== 'pool');
  return Math.min(startedAtMs, ...others.map(({ since }) => Date.parse(since) - clockToleranceMs));
}

/** Row first, file second, under the lock: killed in between, the file is one that nobody names, and goes the next time. */
async function removeBatch(app: App, digests: readonly Digest[], unusedSinceMs: number, tally: Tally): Promise<void> {
  if (digests.length === 0) return;
  await withPoolLock(app, 'db cleanup', async () => {
    const unused = await countUnused(app, digests, unusedSinceMs, tally.spared);
    const forgotten = await app.store.forgetBlobs([...unused.keys()]);
    for (const [digest, sizeBytes] of unused) {
      if (!forgotten.has(digest) || sizeBytes === undefined) continue;
      await app.pool.remove(digest);
      tally.files += 1;
      tally.bytes += sizeBytes;
    }
  });
}

async function countBatch(app: App, digests: readonly Digest[], unusedSinceMs: number, tally: Tally): Promise<void> {
  for (const sizeBytes of (await countUnused(app, digests, unusedSinceMs, tally.spared)).values()) {
    if (sizeBytes === undefined) continue;
    tally.files += 1;
    tally.bytes += sizeBytes;
  }
}

/** Those that may go, with their size on disk; undefined: there is only a row. */
async function countUnused(
  app: App, digests: readonly Digest[], unusedSinceMs: number, spared: Tally['spared'],
): Promise<ReadonlyMap<Digest, number | undefined>> {
  const unused = new Map<Digest, number | undefined>();
  for (const digest of digests) {
    const file = await app.pool.look(digest);
    if (file === undefined || file.usedAtMs < unusedSinceMs) {
      unused.set(digest, file?.sizeBytes);
    } else {
      spared.files += 1;
      spared.bytes += file.sizeBytes;
    }
  }
  return unused;
}
