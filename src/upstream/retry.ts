/** Upstream: tries again what may succeed a little later, and only that. */

import { setTimeout as sleep } from 'node:timers/promises';
import { ChantalError, isChantalError, systemCode, type ErrorContext } from '../core/errors.js';
import { errors } from './http-client.js';

/** Thrown inside a try: says whether another one makes sense, and how long the server asks to wait. */
export class TransientFailure extends Error {
  readonly failure: ChantalError;
  readonly retryAfterMs: number | undefined;
  /** What came was wrong, not missing: asked again past caches, and not as often. */
  readonly isCorrupt: boolean;
  /** Tries in it that ended because nothing came. */
  readonly timeouts: number;

  constructor(failure: ChantalError, { retryAfterMs, isCorrupt = false, timeouts }: TransientFacts = {}) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.retryAfterMs = retryAfterMs;
    this.isCorrupt = isCorrupt;
    this.timeouts = timeouts ?? (failure.code === 'E_UPSTREAM_TIMEOUT' ? 1 : 0);
  }

  /** The same with more said about where. */
  within(context: ErrorContext): TransientFailure {
    return new TransientFailure(this.failure.within(context), this);
  }
}

interface TransientFacts {
  readonly retryAfterMs?: number | undefined;
  readonly isCorrupt?: boolean;
  readonly timeouts?: number;
}

export interface RetryRules {
  readonly retries: number;
  /** The most tries for one file, at any mirror, that may time out: each costs all the patience there is. */
  readonly timeouts: number;
  readonly baseDelayMs: number;
  onRetry(failure: ChantalError, delayMs: number): void;
}

const longestDelayMs = 30_000;
/** A server that asks for more patience than this is not going to serve this sync. */
const longestRetryAfterMs = 60_000;
/** Bytes that are wrong twice more, past all caches, are wrong upstream. */
const corruptRetries = 2;

/** All of 5xx; timed out, too early, too many. */
export function isTransientStatus(status: number): boolean {
  return status >= 500 || [408, 425, 429].includes(status);
}

/** @param run is told how many more tries may time out */
export async function withRetries<T>(rules: RetryRules, run: (timeoutsLeft: number) => Promise<T>, signal?: AbortSignal): Promise<T> {
  let corrupt = 0;
  let timeouts = 0;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await run(rules.timeouts - timeouts);
    } catch (error) {
      if (signal?.aborted === true) throw cancelled(error);
      const transient = explainFailure(error);
      if (!(transient instanceof TransientFailure)) throw transient ?? error;
      corrupt += transient.isCorrupt ? 1 : 0;
      timeouts += transient.timeouts;
      if (attempt >= rules.retries || corrupt > corruptRetries || timeouts >= rules.timeouts) throw transient.failure;
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

/** Failures of the connection itself are worth another try. undefined: ours (the disk's, a bug). */
export function explainFailure(error: unknown): TransientFailure | ChantalError | undefined {
  if (error instanceof TransientFailure || error instanceof ChantalError) return error;
  const code = systemCode(error) ?? '';
  if (timeoutCodes.test(code)) return new TransientFailure(new ChantalError('E_UPSTREAM_TIMEOUT', 'upstream does not answer', { cause: error }));
  if (clientRefusedCodes.test(code)) {
    return new ChantalError('E_UPSTREAM_DENIED', `upstream refuses the client certificate, or its absence (${code})`, {
      hint: 'Check cert and key in credentials, and until when the certificate is valid.', cause: error,
    });
  }
  if (finalCodes.test(code)) {
    return unreachable(error, code === 'ENOTFOUND' ? 'Check the host name in upstream.url.' : 'Check the certificate; a private authority is named with credentials.ca_cert.');
  }
  const isConnection = error instanceof errors.HTTPParserError || connectionCodes.test(code);
  return isConnection ? new TransientFailure(unreachable(error)) : undefined;
}

const timeoutCodes = /^UND_ERR_(HEADERS_TIMEOUT|BODY_TIMEOUT|CONNECT_TIMEOUT)$|^ETIMEDOUT$|^ERR_SOCKET_CONNECTION_TIMEOUT$/;
/** Alerts (RFC 8446 §6.2) about what we showed, in OpenSSL's spelling. */
const clientRefusedCodes = /^ERR_SSL_.*ALERT_(.*CERTIFICATE.*|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE)$/;
const finalCodes = /CERT|^ERR_TLS|^UNABLE_TO|^ENOTFOUND$/;
const connectionCodes = /^UND_ERR_(SOCKET|RESPONSE|RES_CONTENT_LENGTH_MISMATCH|HEADERS_OVERFLOW)|^E(CONNRESET|CONNREFUSED|CONNABORTED|PIPE|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN|ADDRNOTAVAIL|AI_AGAIN|PROTO)$|^HPE_|^ERR_SSL/;

function unreachable(error: unknown, hint?: string): ChantalError {
  // Several addresses that all failed are one error without a message.
  const why = error instanceof Error && error.message !== '' ? error.message : systemCode(error) ?? 'unknown error';
  return new ChantalError('E_UPSTREAM', `cannot reach upstream (${why})`, { ...(hint === undefined ? {} : { hint }), cause: error });
}
