/** Upstream: takes a body, no faster than allowed, no more than expected, and not from a server that only drips. */

import { ChantalError } from '../core/errors.js';
import type { Answer } from './request.js';
import { TransientFailure } from './retry.js';
import type { Throttle } from './throttle.js';

export interface ReceiveRules {
  /** Beyond it the transfer is given up. */
  readonly limitBytes: number;
  /** No byte for so long: stalled (undici sees to that); slower than the least rate over such a span: stalled, too. */
  readonly silenceMs: number;
  readonly throttles: readonly Throttle[];
  onBytes(count: number): void;
}

/** A transfer below this many bytes a second holds a worker for nothing. */
const leastBytesPerSecond = 1024;

/** The whole of a small body. */
export async function receiveSmall(answer: Answer, rules: ReceiveRules, signal?: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const { body } = answer;
  const patienceMs = rules.silenceMs + (rules.limitBytes / leastBytesPerSecond) * 1000;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => body.destroy(tooSlow(answer)), patienceMs);
    body.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > rules.limitBytes) body.destroy(tooLong(answer, rules.limitBytes));
      else chunks.push(chunk);
    });
    body.on('end', resolve);
    body.on('error', reject);
    body.on('close', () => {
      clearTimeout(timer);
      reject(new Error('the body was closed before its end'));
    });
  });
  rules.onBytes(length);
  for (const throttle of rules.throttles) await throttle.take(length, signal);
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
}

/** Hands a large body on, piece by piece. */
export async function receiveLarge(answer: Answer, rules: ReceiveRules, write: (chunk: Buffer) => Promise<void>, signal?: AbortSignal): Promise<void> {
  let length = 0;
  let windowStartMs = performance.now();
  let windowBytes = 0;
  for await (const piece of answer.body) {
    const chunk = piece as Buffer;
    length += chunk.length;
    windowBytes += chunk.length;
    if (length > rules.limitBytes) throw tooLong(answer, rules.limitBytes);
    const spentMs = performance.now() - windowStartMs;
    if (spentMs > rules.silenceMs) {
      if (windowBytes < (leastBytesPerSecond * spentMs) / 1000) throw tooSlow(answer);
      windowStartMs = performance.now();
      windowBytes = 0;
    }
    rules.onBytes(chunk.length);
    const pausedMs = performance.now();
    await write(chunk);
    for (const throttle of rules.throttles) await throttle.take(chunk.length, signal);
    // Time that we ourselves made it wait is not upstream's.
    windowStartMs += performance.now() - pausedMs;
  }
}

function tooSlow(answer: Answer): TransientFailure {
  return new TransientFailure(new ChantalError('E_UPSTREAM_TIMEOUT', 'upstream sends next to nothing', {
    context: { url: answer.url, expected: `at least ${leastBytesPerSecond} bytes a second` },
  }));
}

function tooLong(answer: Answer, limitBytes: number): TransientFailure {
  return new TransientFailure(new ChantalError('E_UPSTREAM_TOO_LARGE', 'upstream sends more than it should', {
    context: { url: answer.url, expected: `at most ${limitBytes} bytes` },
  }), { isCorrupt: true });
}
