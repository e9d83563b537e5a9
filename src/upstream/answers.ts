/** Upstream: what a status means: a body, nothing there, another try, or the end. */

import { ChantalError } from '../core/errors.js';
import type { Answer } from './request.js';
import { parseRetryAfter, TransientFailure } from './retry.js';

export type Verdict = 'body' | 'part' | 'unchanged' | 'missing' | 'wrong-range';

/** Besides all of 5xx: timed out, too early, too many. */
const transientStatuses = new Set([408, 425, 429]);

/** @throws TransientFailure, or ChantalError E_UPSTREAM, E_UPSTREAM_DENIED */
export async function judge(answer: Answer, nowMs: number): Promise<Verdict> {
  const { status } = answer;
  if (status === 200) return 'body';
  if (status === 206) return 'part';
  await answer.body.dump({ limit: 256 * 1024 });
  if (status === 304) return 'unchanged';
  if (status === 404 || status === 410) return 'missing';
  if (status === 416) return 'wrong-range';
  const context = { url: answer.url, expected: 'status 200', found: `status ${status}` };
  if (status === 401 || status === 403 || status === 407) {
    throw new ChantalError('E_UPSTREAM_DENIED', `upstream refuses access (status ${status})`, {
      hint: 'Check the repository\'s credentials: user name and password, token, or the client certificate and its expiry.',
      context,
    });
  }
  const failure = new ChantalError('E_UPSTREAM', `upstream answers with status ${status}`, { context });
  if (status < 500 && !transientStatuses.has(status)) throw failure;
  throw new TransientFailure(failure, { retryAfterMs: parseRetryAfter(answer.headers['retry-after'], nowMs) });
}

/** An answer that is right in itself, but not to what was asked. */
export function outOfPlace(answer: Answer): ChantalError {
  return new ChantalError('E_UPSTREAM', `upstream answers an ordinary request with status ${answer.status}`, {
    context: { url: answer.url, expected: 'status 200', found: `status ${answer.status}` },
  });
}

/** A strong ETag, else Last-Modified: what If-Range may carry (RFC 9110 §13.1.5). */
export function rangeValidator(headers: Answer['headers']): string | undefined {
  const { etag, 'last-modified': modified } = headers;
  if (typeof etag === 'string' && etag.startsWith('"')) return etag;
  return typeof modified === 'string' ? modified : undefined;
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
