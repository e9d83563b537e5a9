/** Upstream: tries again what may succeed a little later, and only that. */

import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from 'undici';
import { ChantalError, isChantalError, systemCode } from '../core/errors.js';

/** Thrown inside a try: says whether another one makes sense, and how long the server asks to wait. */
export class TransientFailure extends Error {
  readonly failure: ChantalError;
  readonly retryAfterMs: number | undefined;
  /** What came was wrong, not missing: asked again past caches, and not as often. */
  readonly isCorrupt: boolean;

  constructor(failure: ChantalError, { retryAfterMs, isCorrupt = false }: { readonly retryAfterMs?: number | undefined; readonly isCorrupt?: boolean } = {}) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
    this.isCorrupt = isCorrupt;
  }
}

export interface RetryRules {
  readonly retries: number;
  readonly baseDelayMs: number;
  onRetry(failure: ChantalError, delayMs: number): void;
}

const longestDelayMs = 30_000;
/** A server that asks for more patience than this is not going to serve this sync. */
const longestRetryAfterMs = 60_000;
/** Bytes that are wrong twice more, past all caches, are wrong upstream. */
const corruptRetries = 2;

export async function withRetries<T>(rules: RetryRules, run: (attempt: number) => Promise<T>, signal?: AbortSignal): Promise<T> {
  let corrupt = 0;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await run(attempt);
    } catch (error) {
      if (signal?.aborted === true) throw cancelled(error);
      const transient = asTransient(error);
      if (transient === undefined) throw error;
      corrupt += transient.isCorrupt ? 1 : 0;
      if (attempt >= rules.retries || corrupt > corruptRetries) throw transient.failure;
      const delayMs = delayFor(transient, attempt, rules.baseDelayMs);
      rules.onRetry(transient.failure, delayMs);
      await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch((reason: unknown) => {
        throw cancelled(reason);
      });
    }
  }
}

export function cancelled(cause: unknown): ChantalError {
  return isChantalError(cause, 'E_CANCELLED') ? cause : new ChantalError('E_CANCELLED', 'cancelled', { cause });
}

/** Seconds or an HTTP date (RFC 9110 §10.2.3), as milliseconds from now. */
export function parseRetryAfter(header: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function delayFor({ retryAfterMs, failure }: TransientFailure, attempt: number, baseDelayMs: number): number {
  if (retryAfterMs === undefined) {
    // Full jitter: workers that failed together must not come back together.
    return Math.random() * Math.min(longestDelayMs, baseDelayMs * 2 ** attempt) + baseDelayMs / 2;
  }
  if (retryAfterMs <= longestRetryAfterMs) return retryAfterMs;
  throw new ChantalError(failure.code, `${failure.message}; it asks to be left alone for ${Math.round(retryAfterMs / 1000)} seconds`, {
    hint: 'Sync again after that time.',
    cause: failure,
    context: failure.context,
  });
}

/** Failures of the connection itself are worth another try; ours (disk, a bug) are not. */
function asTransient(error: unknown): TransientFailure | undefined {
  if (error instanceof TransientFailure) return error;
  if (error instanceof ChantalError) return undefined;
  const code = systemCode(error) ?? '';
  if (/^UND_ERR_(HEADERS_TIMEOUT|BODY_TIMEOUT|CONNECT_TIMEOUT)$/.test(code) || code === 'ETIMEDOUT') {
    return new TransientFailure(new ChantalError('E_UPSTREAM_TIMEOUT', 'upstream does not answer', { cause: error }));
  }
  if (/CERT|^ERR_TLS|^UNABLE_TO|^ENOTFOUND$/.test(code)) {
    throw new ChantalError('E_UPSTREAM', `cannot reach upstream (${error instanceof Error ? error.message : code})`, {
      hint: code === 'ENOTFOUND' ? 'Check the host name in upstream.url.' : 'Check the certificate; a private authority is named with credentials.ca_cert.',
      cause: error,
    });
  }
  const isConnection = error instanceof errors.HTTPParserError || /^UND_ERR_(SOCKET|RESPONSE|RES_CONTENT_LENGTH_MISMATCH|HEADERS_OVERFLOW|PRX_TLS)|^E(CONNRESET|CONNREFUSED|CONNABORTED|PIPE|HOSTUNREACH|NETUNREACH|AI_AGAIN|PROTO)$|^HPE_|^ERR_SSL/.test(code);
  if (!isConnection) return undefined;
  return new TransientFailure(new ChantalError('E_UPSTREAM', `cannot reach upstream (${error instanceof Error ? error.message : code})`, { cause: error }));
}
