/** Upstream: one GET, redirects followed by hand so that credentials never leave the configured origins. */

import type { Dispatcher } from 'undici';
import { ChantalError } from '../core/errors.js';
import { redactUrl } from '../core/redact.js';
import type { Credentials } from '../core/settings.js';
import type { Dispatchers } from './dispatchers.js';
import { TransientFailure } from './retry.js';
import { dropBody, drainBody } from './unwanted.js';
import { parseBaseUrl, type BaseUrl } from '../core/urls.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Dispatcher.ResponseData['body'];
  /** Where the redirects led, redacted. */
  readonly url: string;
}

export interface Requester {
  get(url: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer>;
}

const redirectsFollowed = 10;
/** Each sets the clock of the wait for an answer back: a server that sends nothing else would hold us for ever. */
const hintsTaken = 3;
const userAgent = 'chantal (repository mirror)';

/**
 * @param owners the addresses that the operator configured: credentials go to their origins, and to no other
 * @param silenceMs after so long no further redirect is followed
 */
export function createRequester(
  owners: readonly BaseUrl[], credentials: Credentials | undefined, dispatchers: Dispatchers, silenceMs: number, onRequest: () => void,
): Requester {
  const configured = new Map([...owners].reverse().map((base) => [base.origin, credentialHeaders(base, credentials)]));
  return {
    async get(url, headers, signal) {
      let target = new URL(url);
      // A user name in the address itself is meant for it; such an address is only ever the operator's.
      const secrets = target.username === '' ? configured : new Map([[target.origin, userHeaders(parseBaseUrl(url))]]);
      target = withoutUser(target);
      const startedMs = performance.now();
      for (let hop = 0; hop <= redirectsFollowed; hop += 1) {
        const { dispatcher, origin, path, headers: routing } = dispatchers.pick(target, configured.has(target.origin));
        onRequest();
        const response = await dispatcher.request({
          origin,
          path,
          method: 'GET',
          // `identity`: what is published is what the checksum covers, so nobody may re-encode it on the way.
          headers: { 'user-agent': userAgent, accept: '*/*', 'accept-encoding': 'identity', ...headers, ...secrets.get(target.origin), ...routing },
          onInfo: countHints(target),
          ...(signal === undefined ? {} : { signal }),
        });
        const next = redirectTarget(response, target);
        if (next === undefined) return { status: response.statusCode, headers: response.headers, body: response.body, url: redactUrl(target.href) };
        await drainBody(response.body);
        if (performance.now() - startedMs > silenceMs) throw tooLongAway(url);
        target = next;
      }
      throw new ChantalError('E_UPSTREAM', `more than ${redirectsFollowed} redirects`, { context: { url: redactUrl(url) } });
    },
  };
}

/** Ten redirects, each just in time, would hold us ten times as long as anybody who says nothing. */
function tooLongAway(url: string): TransientFailure {
  return new TransientFailure(new ChantalError('E_UPSTREAM_TIMEOUT', 'upstream redirects and does not answer', { context: { url: redactUrl(url) } }));
}

/** What comes before an answer (1xx, RFC 9110 §15.2), and is none. */
function countHints(url: URL): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count <= hintsTaken) return;
    throw new ChantalError('E_UPSTREAM', 'upstream announces an answer again and again, and gives none', { context: { url: redactUrl(url.href) } });
  };
}

function redirectTarget(response: Dispatcher.ResponseData, from: URL): URL | undefined {
  const { location } = response.headers;
  if (![301, 302, 303, 307, 308].includes(response.statusCode) || typeof location !== 'string') return undefined;
  const target = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  const refuse = (why: string): ChantalError => {
    dropBody(response.body);
    return new ChantalError('E_UPSTREAM', `upstream redirects ${why}`, { context: { url: redactUrl(from.href), found: redactUrl(location) } });
  };
  if (target === undefined || !['http:', 'https:'].includes(target.protocol)) throw refuse('to something that is no web address');
  if (from.protocol === 'https:' && target.protocol === 'http:') throw refuse('from https to http, which anyone on the way could change');
  // Credentials inside a Location are the server's business with itself; they are not sent, nor ever printed.
  return withoutUser(target);
}

function withoutUser(url: URL): URL {
  if (url.username === '' && url.password === '') return url;
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

function credentialHeaders(base: BaseUrl, credentials: Credentials | undefined): Readonly<Record<string, string>> {
  if (credentials?.type === 'basic') return { authorization: basic(credentials.username, credentials.password) };
  if (credentials?.type === 'bearer') return { authorization: `Bearer ${credentials.token}` };
  if (credentials?.type === 'header') return { [credentials.name.toLowerCase()]: credentials.value };
  return userHeaders(base);
}

function userHeaders({ username, password }: BaseUrl): Readonly<Record<string, string>> {
  return username === '' ? {} : { authorization: basic(username, password) };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
