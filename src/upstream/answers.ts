/** Upstream: what a status means: a body, nothing there, another try, or the end. */

import { ChantalError } from '../core/errors.js';
import type { Answer } from './request.js';
import { proxyRefuses } from './proxy.js';
import { isTransientStatus, parseRetryAfter, TransientFailure } from './retry.js';
import { drainBody } from './unwanted.js';

export type Verdict = 'body' | 'part' | 'unchanged' | 'missing' | 'wrong-range';

/** @throws TransientFailure, or ChantalError E_UPSTREAM, E_UPSTREAM_DENIED */
export async function judge(answer: Answer, nowMs: number): Promise<Verdict> {
  const { status } = answer;
  if (status === 200) return 'body';
  if (status === 206) return 'part';
  await drainBody(answer.body);
  if (status === 304) return 'unchanged';
  if (status === 404 || status === 410) return 'missing';
  if (status === 416) return 'wrong-range';
  if (status === 407) throw proxyRefuses(status);
  const context = { url: answer.url, status, expected: 'status 200', found: `status ${status}` };
  if (status === 401 || status === 403) {
    throw new ChantalError('E_UPSTREAM_DENIED', `upstream refuses access (status ${status})`, {
      hint: 'Check the repository\'s credentials: user name and password, token, or the client certificate and its expiry.',
      context,
    });
  }
  const failure = new ChantalError('E_UPSTREAM', `upstream answers with status ${status}`, { context });
  if (!isTransientStatus(status)) throw failure;
  throw new TransientFailure(failure, { retryAfterMs: parseRetryAfter(answer.headers['retry-after'], nowMs) });
}

/** An answer that is right in itself, but not to what was asked. */
export function outOfPlace(answer: Answer): ChantalError {
  return new ChantalError('E_UPSTREAM', `upstream answers an ordinary request with status ${answer.status}`, {
    context: { url: answer.url, expected: 'status 200', found: `status ${answer.status}` },
  });
}

export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** What a later request may carry back: printable ASCII; anything else was no header, or must not become one. */
export function validatorsOf(headers: Answer['headers']): Validators {
  const { etag, 'last-modified': lastModified } = headers;
  return { ...(isSendable(etag) ? { etag } : {}), ...(isSendable(lastModified) ? { lastModified } : {}) };
}

export function isSendable(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value);
}

/** A strong ETag, else Last-Modified: what If-Range may carry (RFC 9110 §13.1.5). */
export function rangeValidator(headers: Answer['headers']): string | undefined {
  const { etag, lastModified } = validatorsOf(headers);
  return etag?.startsWith('"') === true ? etag : lastModified;
}

/** The offset at which a 206 begins; undefined when it does not say. */
export function rangeStart(headers: Answer['headers']): number | undefined {
  const { 'content-range': range } = headers;
  const match = typeof range === 'string' ? /^bytes (\d+)-/.exec(range) : null;
  return match === null ? undefined : Number(match[1]);
}

export function contentLength(headers: Answer['headers']): number | undefined {
  const { 'content-length': length } = headers;
  return typeof length === 'string' && /^\d+$/.test(length) ? Number(length) : undefined;
}
