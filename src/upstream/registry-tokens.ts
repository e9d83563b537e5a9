/** Upstream: tokens of container registries (distribution specification, token authentication): asked for when a registry demands one, and kept for its life. */

import { ChantalError, isChantalError } from '../core/errors.js';
import { redactUrl } from '../core/redact.js';
import { isSendable, judge } from './answers.js';
import { receiveSmall } from './receive.js';
import type { Answer, Asking, Requester } from './request.js';
import type { Transfers } from './transfers.js';
import { drainBody } from './unwanted.js';

const tokenLimitBytes = 256 * 1024;
/** Where a registry does not say how long its token counts (the specification's own number). */
const unsaidLifeSeconds = 60;
/** A token that ends while its request is under way is of no use. */
const spareMs = 5000;

interface Token {
  readonly value: string;
  readonly endsAtMs: number;
}

/**
 * Requests to registries. Whoever demands a token names the place that gives it out; what is configured for that place, and only
 * that, is shown there. The token goes to the registry that asked for it, never along with a redirect.
 * @returns a requester for one repository of a registry
 */
export function createTokens({ parts }: Transfers): (scope: string) => Requester {
  const tokens = new Map<string, Promise<Token>>();

  const find = async (key: string): Promise<Token | undefined> => {
    const token = await tokens.get(key)?.catch(() => undefined);
    return token === undefined || token.endsAtMs <= parts.nowMs() ? undefined : token;
  };

  return (scope) => ({
    async get(url, headers, signal, asking = {}) {
      const key = `${new URL(url).origin} ${scope}`;
      const ask = async (token: Token | undefined): Promise<Answer> =>
        parts.requester.get(url, headers, signal, { ...asking, ...(token === undefined ? {} : { token: token.value }) } satisfies Asking);
      const before = await find(key);
      const answer = await ask(before);
      const challenge = answer.status === 401 ? parseChallenge(answer.headers['www-authenticate']) : undefined;
      if (challenge === undefined) return answer;
      await drainBody(answer.body);
      // Others may have got a new one in the meantime.
      const meanwhile = await find(key);
      if (meanwhile === undefined || meanwhile.value === before?.value) tokens.set(key, fetchToken(parts, new URL(url), challenge, scope, signal));
      return ask(await tokens.get(key));
    },
  });
}

interface Challenge {
  readonly realm: string;
  readonly service?: string;
  readonly scope?: string;
}

/** `Bearer realm="https://auth.example.org/token",service="registry",scope="repository:charts/a:pull"`; undefined: something else is asked for. */
function parseChallenge(header: string | string[] | undefined): Challenge | undefined {
  const offers = typeof header === 'string' ? [header] : header ?? [];
  const bearer = offers.find((offer) => /^bearer\s/i.test(offer));
  if (bearer === undefined) return undefined;
  const values = new Map([...bearer.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, name = '', value = '']) => [name.toLowerCase(), value]));
  const [realm, service, scope] = ['realm', 'service', 'scope'].map((name) => values.get(name));
  if (realm === undefined) return undefined;
  return { realm, ...(service === undefined ? {} : { service }), ...(scope === undefined ? {} : { scope }) };
}

async function fetchToken(parts: Transfers['parts'], registry: URL, challenge: Challenge, scope: string, signal?: AbortSignal): Promise<Token> {
  const url = realmUrl(registry, challenge, scope);
  const answer = await parts.requester.get(url.href, {}, signal);
  const context = { url: redactUrl(url.href) };
  try {
    if ((await judge(answer, parts.nowMs())) !== 'body') throw new ChantalError('E_UPSTREAM', 'the registry names a place for tokens that gives out none', { context });
  } catch (error) {
    if (!isChantalError(error, 'E_UPSTREAM_DENIED') || url.origin === registry.origin) throw error;
    throw new ChantalError('E_UPSTREAM_DENIED', error.message, {
      hint: `The registry gives out tokens at ${url.origin}: name that under origins, with its credentials.`, cause: error, context,
    });
  }
  const bytes = await receiveSmall(answer, { ...parts.rules, limitBytes: tokenLimitBytes }, signal);
  const said = parseJson(bytes);
  const value = said['token'] ?? said['access_token'];
  if (!isSendable(value)) throw new ChantalError('E_UPSTREAM', 'the registry\'s place for tokens answers without one', { context });
  const life = Number(said['expires_in']);
  return { value, endsAtMs: parts.nowMs() + (life > 0 ? life : unsaidLifeSeconds) * 1000 - spareMs };
}

function realmUrl(registry: URL, { realm, service, scope: asked }: Challenge, scope: string): URL {
  const refuse = (why: string): ChantalError => new ChantalError('E_UPSTREAM', `the registry sends us for a token ${why}`, {
    context: { url: redactUrl(registry.href), found: redactUrl(realm) },
  });
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '') throw refuse('to something that is no web address');
  if (registry.protocol === 'https:' && url.protocol === 'http:') throw refuse('from https to http, which anyone on the way could change');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', asked ?? scope);
  return url;
}

function parseJson(bytes: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}
