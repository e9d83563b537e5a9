/** Upstream: says something small to somebody, once. No redirect is followed: what is signed for one is sent to no other. */

import type { PostAnswer, PostRequest } from '../core/post.js';
import { systemCode } from '../core/errors.js';
import { openDispatchers } from './dispatchers.js';
import type { WayOut } from './read-document.js';
import { parseRetryAfter } from './retry.js';
import { drainBody } from './unwanted.js';

/** Never throws for what the other side or the network does. */
export async function postDocument({ url, body, headers, timeoutMs, signal }: PostRequest, { proxy, download }: WayOut): Promise<PostAnswer> {
  const dispatchers = await openDispatchers(download, proxy, undefined, { silenceMs: timeoutMs, timeouts: 1 });
  try {
    const { dispatcher, origin, path, headers: routing } = dispatchers.pick(new URL(url), true);
    const answer = await dispatcher.request({
      origin, path, method: 'POST', body,
      headers: { 'user-agent': 'chantal (repository mirror)', ...headers, ...routing },
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
    });
    await drainBody(answer.body);
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], Date.now());
    return { status: answer.statusCode, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  } catch (error) {
    const isTimeout = error instanceof Error && (error.name === 'TimeoutError' || /TIMEOUT|ETIMEDOUT/.test(systemCode(error) ?? ''));
    return { failure: isTimeout ? `no answer within ${timeoutMs / 1000} seconds` : `no connection (${systemCode(error) ?? 'refused on the way'})` };
  } finally {
    await dispatchers.close();
  }
}
