/**
 * Operations: the lock between those who begin to use blobs and the one who removes unused ones.
 *
 * A sync runs for hours and may not keep clean-up away; clean-up may not take from it what it has. So:
 * - Whoever decides to use a blob that lies in the pool marks the file as used (`pool.use`, or `pool.put` of the same bytes).
 *   What is fetched is new and marked by that.
 * - Clean-up spares what was used after the start of the oldest command that holds a lock, and after its own start: whatever
 *   a sync that still runs has taken up or fetched is younger than that sync.
 * - Marking what is there, and removing what is not used, exclude each other by this lock, held for milliseconds: nothing is
 *   removed between the look at its mark and the removal.
 * - A version is recorded under this lock as well, after one more look that all it names is there: what slipped through (a
 *   clock set back, a file of another owner that cannot be marked) fails that sync, and never makes a version that misses a file.
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../core/app.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import type { Lock, NewVersion } from '../core/ports.js';
import type { RepositoryVersion } from '../core/repository.js';

const retryMs = 20;

/** Waits for its turn: nobody has it for long. The work inside touches the pool and the database, never upstream. */
export async function withPoolLock<T>(app: App, command: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return withWaitingLock(app, 'pool', command, work, signal);
}

/** The same for other things that are never held for long. */
export async function withWaitingLock<T>(app: App, name: string, command: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const lock = await waitForLock(app, name, command, signal);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Records a version of which every new blob is there at that moment. @throws E_CHECKSUM when one is gone, and what `store.recordVersion` throws */
export async function recordVersion(app: App, version: NewVersion, signal?: AbortSignal): Promise<RepositoryVersion> {
  return withPoolLock(app, 'record a version', async () => {
    const { lost } = await app.pool.findFaults(version.blobs);
    if (lost.length === 0) return app.store.recordVersion(version);
    throw new ChantalError('E_CHECKSUM', `${lost.length} files that the pool held a moment ago are gone or damaged`, {
      hint: 'Run it again: what is missing is fetched anew. If it happens again, check the disk, and who else writes to the pool.',
      context: { repository: version.repository, path: app.pool.pathOf(lost[0] ?? '' as never) },
    });
  }, signal);
}

async function waitForLock(app: App, name: string, command: string, signal?: AbortSignal): Promise<Lock> {
  for (;;) {
    try {
      return await app.store.acquireLock(name, command);
    } catch (error) {
      if (!isChantalError(error, 'E_LOCKED')) throw error;
      signal?.throwIfAborted();
      await delay(retryMs);
    }
  }
}
