/** Upstream: the way out. Which proxy an address is asked for through, and tunnels through it. */

import type { Socket } from 'node:net';
import type { buildConnector, Dispatcher } from 'undici';
import { ChantalError, systemCode } from '../core/errors.js';
import type { ProxySettings } from '../core/settings.js';
import { isTransientStatus, TransientFailure } from './retry.js';
import { parseBaseUrl } from '../core/urls.js';

export interface Proxy {
  readonly origin: string;
  /** `proxy-authorization`, where it has a user name. */
  readonly headers: Readonly<Record<string, string>>;
}

/** undefined: straight. */
export function proxyFor(url: URL, settings: ProxySettings): Proxy | undefined {
  const uri = url.protocol === 'https:' ? settings.httpsProxy : settings.httpProxy;
  if (uri === undefined || settings.noProxy.some((rule) => matchesRule(url, rule))) return undefined;
  const { origin, username, password } = parseBaseUrl(uri);
  const [user, secret] = settings.username === undefined ? [username, password] : [settings.username, settings.password ?? ''];
  if (user === '') return { origin, headers: {} };
  return { origin, headers: { 'proxy-authorization': `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` } };
}

/** `*`, `host`, `.domain` (and `domain` for its subdomains), each with an optional port; IPv6 addresses with or without brackets. */
function matchesRule(url: URL, rule: string): boolean {
  const wanted = rule.trim().toLowerCase();
  if (wanted === '*') return true;
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(wanted) ?? [undefined, `[${wanted}]`];
  if (name === '') return false;
  const ownPort = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (port !== undefined && port !== ownPort) return false;
  const host = url.hostname.toLowerCase();
  const bare = name.replace(/^\*?\./, '');
  return host === bare || host.endsWith(`.${bare}`);
}

/** Opens connections to https upstreams through the proxy that `client` talks to. */
export function connectThrough({ origin, headers }: Proxy, client: Dispatcher, connectSecurely: buildConnector.connector): buildConnector.connector {
  const openTunnel = async (host: string): Promise<Dispatcher.ConnectData['socket']> => {
    // Every failure is made ours: the library connects again and again after some of its own.
    const { statusCode, socket } = await client.connect({ origin, path: host, headers: { host, ...headers } }).catch((error: unknown) => {
      throw proxyLost(error);
    });
    if (statusCode === 200) return socket;
    socket.on('error', () => undefined).destroy();
    throw proxyRefuses(statusCode);
  };
  return (options, callback) => {
    const { host = options.hostname, port } = options;
    openTunnel(port === '' ? `${host}:443` : host).then(
      (socket) => { connectSecurely({ ...options, httpSocket: socket as Socket }, callback); },
      (error: unknown) => { callback(error as Error, null); },
    );
  };
}

export function proxyRefuses(status: number): Error {
  const context = { expected: 'status 200', found: `status ${status}` };
  if (status === 401 || status === 403 || status === 407) {
    return new ChantalError('E_UPSTREAM_DENIED', `the proxy refuses access (status ${status})`, {
      hint: 'Check username and password of the proxy, and whether it lets this address pass.', context,
    });
  }
  const failure = new ChantalError('E_UPSTREAM', `the proxy answers with status ${status}`, { context });
  return isTransientStatus(status) ? new TransientFailure(failure) : failure;
}

function proxyLost(error: unknown): TransientFailure {
  const code = systemCode(error) ?? 'unknown error';
  const isTimeout = code.endsWith('TIMEOUT') || code === 'ETIMEDOUT';
  return new TransientFailure(new ChantalError(isTimeout ? 'E_UPSTREAM_TIMEOUT' : 'E_UPSTREAM', `the proxy does not answer (${code})`, {
    hint: 'Check the proxy\'s address.', cause: error,
  }));
}
