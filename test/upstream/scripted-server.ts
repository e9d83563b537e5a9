/** Test support: an HTTP(S) server whose every answer the test writes itself, and an upstream that asks it. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseRelativePath, type RelativePath } from '../../src/core/relative-path.js';
import type { Pool, Upstream } from '../../src/core/ports.js';
import { parseMetalink } from '../../src/formats/kit/metalink.js';
import { parseMirrorlist } from '../../src/formats/kit/mirror-list.js';
import { openPool } from '../../src/pool/pool.js';
import { openUpstream } from '../../src/upstream/open-upstream.js';
import type { UpstreamSettings } from '../../src/upstream/settings.js';
import { createThrottle } from '../../src/upstream/throttle.js';
import { temporaryDirectory } from '../support/temp.js';

export interface ScriptedServer {
  readonly url: string;
  readonly port: number;
  readonly requests: IncomingMessage[];
}

export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** `answer` is told how many requests came before this one. */
export async function startServer(answer: Answer, tls?: ServerOptions): Promise<ScriptedServer> {
  const requests: IncomingMessage[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(request);
    answer(request, response, requests.length - 1);
  };
  const server: Server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, requests };
}

export interface Opened {
  readonly upstream: Upstream;
  readonly pool: Pool;
  readonly cachePath: string;
  /** Another run over the same pool and cache. */
  again(changes?: Partial<UpstreamSettings>): Promise<Upstream>;
}

export async function openTestUpstream(url: string, changes: Partial<UpstreamSettings> = {}): Promise<Opened> {
  const directory = temporaryDirectory();
  const pool = openPool({ path: join(directory, 'pool') });
  const cachePath = join(directory, 'cache');
  const again = async (others: Partial<UpstreamSettings> = {}): Promise<Upstream> => {
    const upstream = await openUpstream({
      repository: 'test',
      source: { kind: 'urls', urls: [url] },
      parseList: async (kind, bytes, name) => (kind === 'metalink' ? parseMetalink(bytes, name) : parseMirrorlist(bytes, name)),
      proxy: { noProxy: [] },
      origins: [],
      download: { workers: 4, retries: 2, timeoutMs: 20_000 },
      throttle: createThrottle(undefined),
      cache: { enabled: true, ttlMs: 0, maxAgeMs: 86_400_000, path: cachePath },
      clock: { now: () => new Date() },
      ...changes,
      ...others,
    }, pool);
    onTestFinished(async () => upstream.close());
    return upstream;
  };
  return { upstream: await again(), pool, cachePath, again };
}

export function path(raw: string): RelativePath {
  return parseRelativePath(raw);
}
