/** Upstream: fetches one file into the pool, verified; small ones in one piece, large ones resumed where they stopped. */

import { formatChecksum, type Expected } from '../core/digest.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import type { Blob, Pool, PoolWriter } from '../core/ports.js';
import { contentLength, judge, rangeStart, rangeValidator } from './answers.js';
import { receiveLarge, receiveSmall, type ReceiveRules } from './receive.js';
import type { Answer, Requester } from './request.js';
import { TransientFailure } from './retry.js';

export interface DownloadParts {
  readonly pool: Pool;
  readonly requester: Requester;
  readonly rules: Omit<ReceiveRules, 'limitBytes'>;
  onResumed(bytes: number): void;
  nowMs(): number;
}

/** Up to here a body is held in memory: one write is cheaper than a stream, and a retry costs little. */
const smallBytes = 1024 * 1024;
/** For the rare file whose size nobody states. */
const unknownLimitBytes = 2 * 1024 * 1024 * 1024;

/** One try. `isFresh`: past every cache on the way. @returns undefined when upstream does not have it */
export async function downloadOnce(parts: DownloadParts, url: string, expected: Expected, isFresh: boolean, signal?: AbortSignal): Promise<Blob | undefined> {
  const headers = isFresh ? { 'cache-control': 'no-cache' } : {};
  if (expected.sizeBytes !== undefined && expected.sizeBytes > smallBytes) return downloadLarge(parts, url, expected, headers, signal);
  const answer = await parts.requester.get(url, headers, signal);
  if ((await judge(answer, parts.nowMs())) !== 'body') return undefined;
  const announced = contentLength(answer.headers);
  const limitBytes = expected.sizeBytes ?? (announced === undefined || announced > smallBytes ? undefined : announced);
  if (limitBytes === undefined) return streamWhole(parts, answer, expected, signal);
  // Two more bytes than expected are enough to tell "too long" from "right".
  const bytes = await receiveSmall(answer, { ...parts.rules, limitBytes: limitBytes + 2 }, signal);
  return asCorrupt(url, async () => parts.pool.put(bytes, expected));
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
    if (verdict === 'missing' || verdict === 'unchanged') return undefined;
    if (verdict === 'wrong-range' || (verdict === 'part' && rangeStart(answer.headers) !== writer.offset)) {
      answer.body.destroy();
      await writer.restart();
      throw new TransientFailure(new ChantalError('E_UPSTREAM', 'upstream answers with another range than asked for', { context: { url: answer.url } }));
    }
    if (verdict === 'body' && writer.offset > 0) await writer.restart();
    if (verdict === 'part') parts.onResumed(writer.offset);
    await writer.remember(rangeValidator(answer.headers));
    return await fill(parts, answer, writer, (expected.sizeBytes ?? unknownLimitBytes) + 2, signal);
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
    answer.body.destroy();
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
