/** Upstream: takes a body, no faster than allowed, no more than expected, and not from a server that only drips. */

import { ChantalError } from '../core/errors.js';
import type { Answer } from './request.js';
import { TransientFailure } from './retry.js';
import type { Throttle } from './throttle.js';

export interface ReceiveRules {
  /** Beyond it the transfer is given up. */
  readonly limitBytes: number;
  /** The limit is the size that the metadata states: more is not too much, but the wrong file. */
  readonly isStated?: boolean;
  /** No byte for so long: stalled (undici sees to that); slower than the least rate over such a span: stalled, too. */
  readonly silenceMs: number;
  readonly throttles: readonly Throttle[];
  onBytes(count: number): void;
}

/** A transfer below this many bytes a second holds a worker for nothing. */
const leastBytesPerSecond = 1024;

/** The whole of a small body. */
export async function receiveSmall(answer: Answer, rules: ReceiveRules, signal?: AbortSignal): Promise<Buffer> {
  const gathered = new Gathering();
  let length = 0;
  const { body } = answer;
  const watch = watchSpeed(rules.silenceMs);
  await new Promise<void>((resolve, reject) => {
    body.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > rules.limitBytes) body.destroy(tooLong(answer, rules, length));
      else if (!watch.isFastEnough(chunk.length)) body.destroy(tooSlow(answer));
      else gathered.append(chunk);
    });
    body.on('end', resolve);
    body.on('error', reject);
  });
  rules.onBytes(length);
  for (const throttle of rules.throttles) await throttle.take(length, signal);
  return gathered.bytes();
}

const firstBytes = 16 * 1024;

/** A body in one piece. Kept as they come, chunks of one byte would take a hundred times their length. */
class Gathering {
  #buffer = Buffer.alloc(0);
  #length = 0;

  append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#buffer.length, firstBytes));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}

/** Hands a large body on, piece by piece. */
export async function receiveLarge(answer: Answer, rules: ReceiveRules, write: (chunk: Buffer) => Promise<void>, signal?: AbortSignal): Promise<void> {
  let length = 0;
  const watch = watchSpeed(rules.silenceMs);
  for await (const piece of answer.body) {
    const chunk = piece as Buffer;
    length += chunk.length;
    if (length > rules.limitBytes) throw tooLong(answer, rules, length);
    if (!watch.isFastEnough(chunk.length)) throw tooSlow(answer);
    rules.onBytes(chunk.length);
    await write(chunk);
    for (const throttle of rules.throttles) await throttle.take(chunk.length, signal);
    watch.goOn();
  }
}

interface SpeedWatch {
  /** Called with what arrived: false when less than the least rate came over a whole span of patience. */
  isFastEnough(bytes: number): boolean;
  /** Time that we ourselves made upstream wait, up to now, is not upstream's. */
  goOn(): void;
}

function watchSpeed(spanMs: number): SpeedWatch {
  let sinceMs = performance.now();
  let waitedMs = 0;
  let arrived = 0;
  return {
    isFastEnough(bytes) {
      const nowMs = performance.now();
      waitedMs += nowMs - sinceMs;
      sinceMs = nowMs;
      arrived += bytes;
      if (waitedMs <= spanMs) return true;
      const isFast = arrived >= (leastBytesPerSecond * waitedMs) / 1000;
      waitedMs = 0;
      arrived = 0;
      return isFast;
    },
    goOn: () => { sinceMs = performance.now(); },
  };
}

function tooSlow(answer: Answer): TransientFailure {
  return new TransientFailure(new ChantalError('E_UPSTREAM_TIMEOUT', 'upstream sends next to nothing', {
    context: { url: answer.url, expected: `at least ${leastBytesPerSecond} bytes a second` },
  }));
}

function tooLong(answer: Answer, { limitBytes, isStated = false }: ReceiveRules, length: number): Error {
  if (isStated) return wrongSize(answer, limitBytes, `at least ${length} bytes`);
  return new ChantalError('E_UPSTREAM_TOO_LARGE', 'upstream sends more than this can sensibly be', {
    context: { url: answer.url, expected: `at most ${limitBytes} bytes`, found: `at least ${length} bytes` },
  });
}

/** Perhaps a cache on the way has another version of the file: worth a try past it. */
export function wrongSize(answer: Answer, expectedBytes: number, found: string): TransientFailure {
  return new TransientFailure(new ChantalError('E_CHECKSUM', 'size differs from what the metadata says', {
    context: { url: answer.url, expected: `${expectedBytes} bytes`, found },
  }), { isCorrupt: true });
}
