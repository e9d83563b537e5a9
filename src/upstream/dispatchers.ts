/** Upstream: connections. Which proxy, which certificate, how long to wait; one set of pools a repository. */

import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import { ChantalError, systemCode } from '../core/errors.js';
import type { UpstreamSource } from '../core/mirrors.js';
import type { Credentials, DownloadSettings, ProxySettings } from '../core/settings.js';
import { Agent, buildConnector, Pool } from './http-client.js';
import { connectThrough, proxyFor, type Proxy } from './proxy.js';

export interface Dispatchers {
  /** For a URL; the client certificate is only shown to the configured origin, and never to a proxy. */
  pick(url: URL, isOwnOrigin: boolean): Route;
  close(): Promise<void>;
}

/** What a request needs besides its own headers to take the way it shall. */
export interface Route {
  readonly dispatcher: Dispatcher;
  readonly origin: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Waiting longer than this for a connection or a byte is waiting for nothing, whatever `download.timeout` says. */
const silenceLimitMs = 30_000;
/** Where another mirror can be asked, the one that keeps silent is left sooner. */
const silenceLimitOfOneMs = 10_000;
/** All of the waiting for one file: a sync of upstreams that stall shall end while somebody still waits for it. */
const waitingLimitMs = 90_000;

export interface Patience {
  /** For a connection, and between two bytes. */
  readonly silenceMs: number;
  /** The most tries for one file that may end in silence, over all mirrors. */
  readonly timeouts: number;
}

/** @param source undefined: a single address */
export function patienceOf({ download, source }: { readonly download: DownloadSettings; readonly source?: UpstreamSource }): Patience {
  const isAlone = source === undefined || (source.kind === 'urls' && source.urls.length === 1);
  const limitMs = isAlone ? silenceLimitMs : silenceLimitOfOneMs;
  return { silenceMs: Math.min(download.timeoutMs, limitMs), timeouts: waitingLimitMs / limitMs };
}

export async function openDispatchers(download: DownloadSettings, proxySettings: ProxySettings, credentials: Credentials | undefined, { silenceMs }: Patience): Promise<Dispatchers> {
  const tls = await readTls(credentials);
  const opened = new Map<string, Dispatcher>();
  const open = (key: string, create: () => Dispatcher): Dispatcher => {
    const dispatcher = opened.get(key) ?? create();
    opened.set(key, dispatcher);
    return dispatcher;
  };
  const limits = {
    connections: download.workers,
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
    keepAliveTimeout: 10_000,
    maxHeaderSize: 32 * 1024,
  };
  const timeout = silenceMs;
  const agent = (isOwn: boolean): Dispatcher =>
    open(`straight ${isOwn}`, () => new Agent({ ...limits, connect: { timeout, ...(isOwn ? tls.own : tls.others) } }));
  const tunnels = (proxy: Proxy, isOwn: boolean): Dispatcher => open(`${proxy.origin} ${isOwn}`, () => {
    const client = open(proxy.origin, () => new Pool(proxy.origin, { headersTimeout: limits.headersTimeout, connect: { timeout } }));
    return new Agent({ ...limits, connect: connectThrough(proxy, client, buildConnector({ timeout, ...(isOwn ? tls.own : tls.others) })) });
  });
  return {
    pick(url, isOwnOrigin) {
      const path = `${url.pathname}${url.search}`;
      const proxy = proxyFor(url, proxySettings);
      if (proxy === undefined) return { dispatcher: agent(isOwnOrigin), origin: url.origin, path, headers: {} };
      if (url.protocol === 'https:') return { dispatcher: tunnels(proxy, isOwnOrigin), origin: url.origin, path, headers: {} };
      // Plain http is forwarded, not tunnelled: proxies commonly allow CONNECT to port 443 only.
      return { dispatcher: agent(false), origin: proxy.origin, path: `${url.origin}${path}`, headers: { host: url.host, ...proxy.headers } };
    },
    async close() {
      await Promise.all([...opened.values()].map(async (dispatcher) => dispatcher.destroy()));
    },
  };
}

interface Tls {
  readonly own: { readonly cert?: Buffer; readonly key?: Buffer; readonly ca?: Buffer };
  /** Where upstream redirects to may be certified by the private authority, or by a public one. */
  readonly others: { readonly ca?: (string | Buffer)[] };
}

async function readTls(credentials: Credentials | undefined): Promise<Tls> {
  if (credentials?.type !== 'client_cert') return { own: {}, others: {} };
  const own = { cert: await readCredential(credentials.cert), key: await readCredential(credentials.key) };
  if (credentials.caCert === undefined) return { own, others: {} };
  const ca = await readCredential(credentials.caCert);
  return { own: { ...own, ca }, others: { ca: [...rootCertificates, ca] } };
}

async function readCredential(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ChantalError('E_CONFIG_SECRET', `cannot read ${path} (${systemCode(error) ?? 'unknown error'})`, {
      hint: 'Correct the path in credentials, or make the file readable for the user who runs chantal.',
      cause: error,
      context: { path },
    });
  }
}
