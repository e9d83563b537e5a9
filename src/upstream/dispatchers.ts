/** Upstream: connections. Which proxy, which certificate, how long to wait; one set of pools a repository. */

import { readFile } from 'node:fs/promises';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import { ChantalError, systemCode } from '../core/errors.js';
import type { Credentials, DownloadSettings, ProxySettings } from '../core/settings.js';

export interface Dispatchers {
  /** For a URL; the client certificate is only shown to the configured origin. */
  pick(url: URL, isOwnOrigin: boolean): Dispatcher;
  close(): Promise<void>;
}

/** Waiting longer than this for a connection or a first byte is waiting for nothing, whatever `download.timeout` says. */
const connectLimitMs = 30_000;
const silenceLimitMs = 60_000;

export function silenceMs(download: DownloadSettings): number {
  return Math.min(download.timeoutMs, silenceLimitMs);
}

export async function openDispatchers(download: DownloadSettings, proxy: ProxySettings, credentials: Credentials | undefined): Promise<Dispatchers> {
  const tls = await readTls(credentials);
  const opened = new Map<string, Dispatcher>();
  const open = (key: string, create: () => Dispatcher): Dispatcher => {
    const dispatcher = opened.get(key) ?? create();
    opened.set(key, dispatcher);
    return dispatcher;
  };
  const limits = {
    connections: download.workers,
    headersTimeout: silenceMs(download),
    bodyTimeout: silenceMs(download),
    keepAliveTimeout: 10_000,
    maxHeaderSize: 32 * 1024,
  };
  const connect = { timeout: Math.min(download.timeoutMs, connectLimitMs) };
  return {
    pick(url, isOwnOrigin) {
      const secure = isOwnOrigin ? tls : undefined;
      const via = proxyFor(url, proxy);
      const isTunnel = url.protocol === 'https:';
      const key = `${via ?? 'direct'} ${isTunnel ? 'tunnel' : ''} ${secure === undefined ? '' : 'certificate'}`;
      return open(key, () => via === undefined
        ? new Agent({ ...limits, connect: { ...connect, ...secure } })
        : new ProxyAgent({
          // Plain http is forwarded, not tunnelled: proxies commonly allow CONNECT to port 443 only.
          ...limits, uri: via, ...proxyToken(proxy), proxyTunnel: isTunnel, requestTls: { ...connect, ...secure }, proxyTls: connect,
        }));
    },
    async close() {
      await Promise.all([...opened.values()].map(async (dispatcher) => dispatcher.destroy()));
    },
  };
}

/** The proxy's URL, or undefined to go straight. */
export function proxyFor(url: URL, proxy: ProxySettings): string | undefined {
  const uri = url.protocol === 'https:' ? proxy.httpsProxy : proxy.httpProxy;
  if (uri === undefined || proxy.noProxy.some((rule) => matchesRule(url, rule))) return undefined;
  return uri;
}

/** `*`, `host`, `.domain` (and `domain` for its subdomains), each with an optional port. */
function matchesRule(url: URL, rule: string): boolean {
  if (rule === '*') return true;
  const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(rule.trim().toLowerCase()) ?? [];
  if (name === '') return false;
  const ownPort = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (port !== undefined && port !== ownPort) return false;
  const host = url.hostname.toLowerCase();
  const bare = name.replace(/^\*?\./, '');
  return host === bare || host.endsWith(`.${bare}`);
}

function proxyToken({ username, password }: ProxySettings): { readonly token?: string } {
  if (username === undefined) return {};
  return { token: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
}

async function readTls(credentials: Credentials | undefined): Promise<{ cert: Buffer; key: Buffer; ca?: Buffer } | undefined> {
  if (credentials?.type !== 'client_cert') return undefined;
  const { caCert } = credentials;
  return {
    cert: await readCredential(credentials.cert),
    key: await readCredential(credentials.key),
    ...(caCert === undefined ? {} : { ca: await readCredential(caCert) }),
  };
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
