/** Queries: what the pool holds, for whom, and what sharing saves. */

import type { App } from '../core/app.js';
import type { PoolUse } from '../core/store-care.js';

/** The shape of `pool stats --json`. */
export interface PoolStats extends PoolUse {
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
  /** What the published trees would take as copies, for each byte that the pool takes. 0: the pool is empty. */
  readonly dedupRatio: number;
}

export async function showPoolStats(app: App): Promise<PoolStats> {
  let [files, bytes] = [0, 0];
  for await (const some of app.pool.list()) {
    files += some.length;
    for (const { sizeBytes } of some) bytes += sizeBytes;
  }
  const use = await app.store.readPoolUse();
  return { path: app.pool.path, files, bytes, ...use, dedupRatio: bytes === 0 ? 0 : Math.round((use.publishedBytes / bytes) * 100) / 100 };
}
