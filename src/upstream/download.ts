/** Upstream: fetches one file into the pool, verified; small ones in one piece, large ones resumed where they stopped. */

import { formatChecksum, type Expected } from '../core/digest.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import type { Blob, Pool, PoolWriter } from '../core/ports.js';
import { contentLength, judge, outOfPlace, rangeStart, rangeValidator } from './answers.js';
import { receiveLarge, receiveSmall, wrongSize, type ReceiveRules } from './receive.js';
import type { Answer, Requester } from './request.js';
import { TransientFailure } from './retry.js';
import { dropBody } from './unwanted.js';

export interface DownloadParts {
  readonly pool: Pool;
  readonly requester: Requester;
  readonly rules: Omit<ReceiveRules, 'limitBytes' | 'isStated'>;
  /** These bytes of an earlier transfer need not come again. */
  onResumed(bytes: number): void;
  /** A try failed: what it had announced does not count. */
  onLost(bytes: number): void;
  nowMs(): number;
}

/** Up to here a body is held in memory: one write is cheaper than a stream, and a retry costs little. */
const smallBytes = 1024 * 1024;
/** For the rare file whose size nobody states. */
const unknownLimitBytes = 2 * 1024 * 1024 * 1024;

/** One try. `isFresh`: past every cache on the way. @returns undefined when upstream does not have it */
export async function downloadOnce(parts: DownloadParts, url: string, expected: Expected, isFresh: boolean, signal?: AbortSignal): Promise<Blob | undefined> {
  let announced = 0;
  const onBytes = (count: number): void => {
    announced += count;
    parts.rules.onBytes(count);
  };
  const onResumed = (count: number): void => {
    announced += count;
    parts.onResumed(count);
  };
  try {
    return await download({ ...parts, rules: { ...parts.rules, onBytes }, onResumed }, url, expected, isFresh, signal);
  } catch (error) {
    parts.onLost(announced);
    throw error;
  }
}

/** Several tries, each of which may be at another address: where the bytes were wrong, the next one there goes past every cache on the way. */
export function pastCaches<T>(download: (url: string, isFresh: boolean) => Promise<T>): (url: string) => Promise<T> {
  const corrupt = new Set<string>();
  return async (url) => {
    try {
      return await download(url, corrupt.has(url));
    } catch (error) {
      if (error instanceof TransientFailure && error.isCorrupt) corrupt.add(url);
      throw error;
    }
  };
}

async function download(parts: DownloadParts, url: string, expected: Expected, isFresh: boolean, signal?: AbortSignal): Promise<Blob | undefined> {
  const headers = isFresh ? { 'cache-control': 'no-cache' } : {};
  if (expected.sizeBytes !== undefined && expected.sizeBytes > smallBytes) return downloadLarge(parts, url, expected, headers, signal);
  const answer = await parts.requester.get(url, headers, signal);
  const verdict = await judge(answer, parts.nowMs());
  if (verdict === 'missing') return undefined;
  if (verdict === 'part') dropBody(answer.body);
  if (verdict !== 'body') throw outOfPlace(answer);
  assertAnnounced(answer, expected);
  const announced = contentLength(answer.headers);
  const limitBytes = expected.sizeBytes ?? (announced === undefined || announced > smallBytes ? undefined : announced);
  if (limitBytes === undefined) return streamWhole(parts, answer, expected, signal);
  const bytes = await receiveSmall(answer, { ...parts.rules, limitBytes, isStated: expected.sizeBytes !== undefined }, signal);
  return asCorrupt(url, async () => parts.pool.put(bytes, expected));
}

/** A body of another length than the metadata states is not worth receiving. */
function assertAnnounced(answer: Answer, { sizeBytes }: Expected): void {
  const announced = contentLength(answer.headers);
  if (sizeBytes === undefined || announced === undefined || announced === sizeBytes) return;
  dropBody(answer.body);
  throw wrongSize(answer, sizeBytes, `${announced} bytes`);
}

async function streamWhole(parts: DownloadParts, answer: Answer, expected: Expected, signal?: AbortSignal): Promise<Blob> {
  return fill(parts, answer, await parts.pool.writer(expected), unknownLimitBytes, signal);
}

async function downloadLarge(parts: DownloadParts, url: string, expected: Expected, headers: Record<string, string>, signal?: AbortSignal): Promise<Blob | undefined> {
  const key = expected.checksum === undefined ? undefined : formatChecksum(expected.checksum);
  const writer = await parts.pool.writer(expected, key);
  try {
    if (writer.offset > 0 && writer.offset === expected.sizeBytes) return await asCorrupt(url, async () => writer.finish());
    if (writer.offset > 0 && writer.validator === undefined) await writer.restart();
    const answer = await parts.requester.get(url, { ...headers, ...rangeHeaders(writer) }, signal);
    const verdict = await judge(answer, parts.nowMs());
    if (verdict === 'missing') return undefined;
    const isOdd = verdict === 'wrong-range' || verdict === 'unchanged' || (verdict === 'part' && (writer.offset === 0 || rangeStart(answer.headers) !== writer.offset));
    if (isOdd) dropBody(answer.body);
    if (isOdd && writer.offset === 0) throw outOfPlace(answer);
    if (isOdd) {
      await writer.restart();
      throw new TransientFailure(new ChantalError('E_UPSTREAM', 'upstream does not go on where it was asked to', { context: { url: answer.url } }));
    }
    if (verdict === 'body') assertAnnounced(answer, expected);
    if (verdict === 'body' && writer.offset > 0) await writer.restart();
    if (verdict === 'part') parts.onResumed(writer.offset);
    await writer.remember(rangeValidator(answer.headers));
    return await fill(parts, answer, writer, expected.sizeBytes === undefined ? unknownLimitBytes : Infinity, signal);
  } finally {
    await writer.abort();
  }
}

function rangeHeaders(writer: PoolWriter): Record<string, string> {
  return writer.validator === undefined ? {} : { range: `bytes=${writer.offset}-`, 'if-range': writer.validator };
}

async function fill(parts: DownloadParts, answer: Answer, writer: PoolWriter, limitBytes: number, signal?: AbortSignal): Promise<Blob> {
  try {
    await asCorrupt(answer.url, async () => receiveLarge(answer, { ...parts.rules, limitBytes }, async (chunk) => writer.write(chunk), signal));
    return await asCorrupt(answer.url, async () => writer.finish());
  } finally {
    dropBody(answer.body);
    await writer.abort();
  }
}

/** Bytes that do not match may have been cut or altered on the way: worth a try past the caches. */
async function asCorrupt<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isChantalError(error, 'E_CHECKSUM')) throw error;
    throw new TransientFailure(error.within({ url }), { isCorrupt: true });
  }
}
