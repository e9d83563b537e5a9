/** Upstream: one GET, redirects followed by hand so that credentials never leave the configured origins. */

import type { Dispatcher } from 'undici';
import { ChantalError } from '../core/errors.js';
import { redactUrl } from '../core/redact.js';
import type { Credentials, OriginSettings } from '../core/settings.js';
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
  get(url: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal, asking?: Asking): Promise<Answer>;
}

export interface Asking {
  /** Only what an answer says of itself; it has no body. */
  readonly isHead?: boolean;
  /** In the place of what is configured, and for the origin of this address only. */
  readonly token?: string;
}

const redirectsFollowed = 10;
/** Each sets the clock of the wait for an answer back: a server that sends nothing else would hold us for ever. */
const hintsTaken = 3;
const userAgent = 'chantal (repository mirror)';

/** Who may see which secrets: nobody else does. */
export interface Confidants {
  /** The addresses of the repository itself: `credentials` go to their origins, the client certificate included. */
  readonly owners: readonly BaseUrl[];
  readonly credentials: Credentials | undefined;
  /** Other servers that the operator named, each with its own. */
  readonly origins: readonly OriginSettings[];
}

/** @param silenceMs after so long no further redirect is followed */
export function createRequester({ owners, credentials, origins }: Confidants, dispatchers: Dispatchers, silenceMs: number, onRequest: () => void): Requester {
  const own = new Set(owners.map(({ origin }) => origin));
  const configured = new Map([
    ...[...owners].reverse().map((base) => [base.origin, credentialHeaders(base, credentials)] as const),
    ...origins.filter((named) => named.credentials !== undefined).map((named) => [named.origin, credentialHeaders(parseBaseUrl(named.origin), named.credentials)] as const),
  ]);
  return {
    async get(url, headers, signal, { isHead = false, token } = {}) {
      let target = new URL(url);
      // A user name in the address itself is meant for it; such an address is only ever the operator's.
      const asGiven = target.username === '' ? configured : new Map([[target.origin, userHeaders(parseBaseUrl(url))]]);
      const secrets = token === undefined ? asGiven : new Map([...asGiven, [target.origin, { authorization: `Bearer ${token}` }]]);
      target = withoutUser(target);
      const startedMs = performance.now();
      for (let hop = 0; hop <= redirectsFollowed; hop += 1) {
        const { dispatcher, origin, path, headers: routing } = dispatchers.pick(target, own.has(target.origin));
        onRequest();
        const response = await dispatcher.request({
          origin,
          path,
          method: isHead ? 'HEAD' : 'GET',
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
