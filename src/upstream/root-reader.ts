/** Upstream: reads root documents conditionally. Validators are kept back until the sync has been completed. */

import { assertExpected, formatChecksum, Measure } from '../core/digest.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import type { FileVersion } from '../core/mirrors.js';
import type { Blob, Pool, RootDocument } from '../core/ports.js';
import { judge, outOfPlace, validatorsOf, type Validators } from './answers.js';
import { readRecord, writeRecord, type CacheRecord } from './metadata-cache.js';
import { receiveSmall } from './receive.js';
import type { DownloadParts } from './download.js';
import type { UpstreamSettings } from './settings.js';
import { dropBody } from './unwanted.js';

export interface RootReader {
  /** @param findVersions what it must be, the newest first; asked for only when upstream would be. @throws ChantalError E_CHECKSUM when it is none of them */
  read(url: string, limitBytes: number, findVersions: () => Promise<readonly FileVersion[] | undefined>, signal?: AbortSignal): Promise<RootDocument | undefined>;
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
    async read(url, limitBytes, findVersions, signal) {
      const cached = await findCached(url);
      if (cached !== undefined && ageMs(cached.record.confirmedAt) < cache.ttlMs) return fromCache(parts.pool, cached.blob);
      const versions = await findVersions();
      if (cached !== undefined && versions?.[0] !== undefined) {
        const document = await fromCache(parts.pool, cached.blob);
        if (isVersion(document.bytes, versions[0])) {
          remember(url, cached.blob, cached.record, cached.record.storedAt);
          return document;
        }
      }
      const answer = await parts.requester.get(url, conditions(cached?.record, isForgotten), signal);
      const verdict = await judge(answer, parts.nowMs());
      if (verdict === 'missing') return undefined;
      if (verdict === 'unchanged' && cached !== undefined) {
        // A body is fetched anew once it is older than max_age, however often it was confirmed.
        const document = await fromCache(parts.pool, cached.blob);
        assertListed(document.bytes, versions);
        remember(url, cached.blob, cached.record, cached.record.storedAt);
        return document;
      }
      if (verdict === 'part') dropBody(answer.body);
      if (verdict !== 'body') throw outOfPlace(answer);
      const bytes = await receiveSmall(answer, { ...parts.rules, limitBytes }, signal);
      assertListed(bytes, versions);
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

/** An unsigned document is what the list says, or it is not taken: a mirror without any of its versions is passed over. */
function assertListed(bytes: Uint8Array, versions: readonly FileVersion[] | undefined): void {
  if (versions === undefined || versions.some((version) => isVersion(bytes, version))) return;
  const measure = new Measure(versions[0]?.checksum.algorithm);
  measure.update(bytes);
  throw new ChantalError('E_CHECKSUM', 'this mirror lags behind, or was tampered with: its root document is none of those that the metalink names', {
    hint: 'Try again later: mirrors follow within hours.',
    context: { expected: versions.map(({ checksum }) => formatChecksum(checksum)).join(' or '), found: formatChecksum(measure.finish().checksum) },
  });
}

function isVersion(bytes: Uint8Array, version: FileVersion): boolean {
  const measure = new Measure(version.checksum.algorithm);
  measure.update(bytes);
  try {
    assertExpected(measure.finish(), version);
    return true;
  } catch (error) {
    if (isChantalError(error, 'E_CHECKSUM')) return false;
    throw error;
  }
}
