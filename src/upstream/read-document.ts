/** Upstream: a small document at any address, without credentials, cache and mirrors. */

import { request } from 'undici';
import { ChantalError } from '../core/errors.js';
import { redactUrl } from '../core/redact.js';

const timeoutMs = 30_000;
const redirectsFollowed = 5;

/** undefined: 404 or 410. @throws E_UPSTREAM, E_UPSTREAM_TOO_LARGE */
export async function readDocument(url: string, limitBytes: number): Promise<Buffer | undefined> {
  let target = new URL(url);
  const context = { url: redactUrl(url) };
  try {
    for (let hop = 0; hop <= redirectsFollowed; hop += 1) {
      const { statusCode, headers, body } = await request(target, { headersTimeout: timeoutMs, bodyTimeout: timeoutMs });
      const { location } = headers;
      if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') {
        await body.dump();
        target = new URL(location, target);
        continue;
      }
      if (statusCode === 404 || statusCode === 410) {
        await body.dump();
        return undefined;
      }
      if (statusCode !== 200) {
        await body.dump();
        throw new ChantalError('E_UPSTREAM', `answers with ${statusCode}`, { context });
      }
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > limitBytes) throw new ChantalError('E_UPSTREAM_TOO_LARGE', `is larger than ${limitBytes} bytes`, { context });
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    }
  } catch (error) {
    if (error instanceof ChantalError) throw error;
    throw new ChantalError('E_UPSTREAM', `cannot be reached: ${error instanceof Error ? error.message : String(error)}`, { cause: error, context });
  }
  throw new ChantalError('E_UPSTREAM', `more than ${redirectsFollowed} redirects`, { context });
}
