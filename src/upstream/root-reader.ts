/** Upstream: reads root documents conditionally. Validators are kept back until the sync has been completed. */

import type { Blob, Pool, RootDocument } from '../core/ports.js';
import { judge, outOfPlace, validatorsOf, type Validators } from './answers.js';
import { readRecord, writeRecord, type CacheRecord } from './metadata-cache.js';
import { receiveSmall } from './receive.js';
import type { DownloadParts } from './download.js';
import type { UpstreamSettings } from './settings.js';
import { dropBody } from './unwanted.js';

export interface RootReader {
  read(url: string, limitBytes: number, signal?: AbortSignal): Promise<RootDocument | undefined>;
  commit(): Promise<void>;
  forget(): void;
}

export function createRootReader(parts: DownloadParts, { cache, clock }: Pick<UpstreamSettings, 'cache' | 'clock'>): RootReader {
  const seen = new Map<string, Omit<CacheRecord, 'url'>>();
  let isForgotten = false;

  const findCached = async (url: string): Promise<{ readonly record: CacheRecord; readonly blob: Blob } | undefined> => {
    if (!cache.enabled || isForgotten) return undefined;
    const record = await readRecord(cache.path, url);
    // From the future: a clock was wrong, then or now.
    if (record === undefined || !(ageMs(record.storedAt) >= 0 && ageMs(record.storedAt) <= cache.maxAgeMs)) return undefined;
    const blob = await parts.pool.verify(record.digest);
    return blob === undefined ? undefined : { record, blob };
  };
  const ageMs = (time: string): number => clock.now().getTime() - Date.parse(time);

  const remember = (url: string, blob: Blob, { etag, lastModified }: Validators, storedAt?: string): void => {
    const confirmedAt = clock.now().toISOString();
    seen.set(url, {
      ...(etag === undefined ? {} : { etag }), ...(lastModified === undefined ? {} : { lastModified }),
      digest: blob.digest, sizeBytes: blob.sizeBytes, storedAt: storedAt ?? confirmedAt, confirmedAt,
    });
  };

  return {
    async read(url, limitBytes, signal) {
      const cached = await findCached(url);
      if (cached !== undefined && ageMs(cached.record.confirmedAt) < cache.ttlMs) return fromCache(parts.pool, cached.blob);
      const answer = await parts.requester.get(url, conditions(cached?.record, isForgotten), signal);
      const verdict = await judge(answer, parts.nowMs());
      if (verdict === 'missing') return undefined;
      if (verdict === 'unchanged' && cached !== undefined) {
        // A body is fetched anew once it is older than max_age, however often it was confirmed.
        remember(url, cached.blob, cached.record, cached.record.storedAt);
        return fromCache(parts.pool, cached.blob);
      }
      if (verdict === 'part') dropBody(answer.body);
      if (verdict !== 'body') throw outOfPlace(answer);
      const bytes = await receiveSmall(answer, { ...parts.rules, limitBytes }, signal);
      const blob = await parts.pool.put(bytes);
      remember(url, blob, validatorsOf(answer.headers));
      return { blob, bytes, fromCache: false };
    },
    async commit() {
      if (!cache.enabled) return;
      for (const [url, record] of seen) await writeRecord(cache.path, url, record);
      seen.clear();
    },
    forget() {
      isForgotten = true;
      seen.clear();
    },
  };
}

async function fromCache(pool: Pool, blob: Blob): Promise<RootDocument> {
  return { blob, bytes: await pool.read(blob.digest), fromCache: true };
}

function conditions(record: CacheRecord | undefined, isFresh: boolean): Record<string, string> {
  return {
    ...(isFresh ? { 'cache-control': 'no-cache' } : {}),
    ...(record?.etag === undefined ? {} : { 'if-none-match': record.etag }),
    ...(record?.lastModified === undefined ? {} : { 'if-modified-since': record.lastModified }),
  };
}
