/** Serve: the service from its start to its end: listen, answer, stop in order. */

import { setMaxListeners } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { App } from '../core/app.js';
import { asDiskError, ChantalError, systemCode } from '../core/errors.js';
import type { ServiceSettings } from '../core/service-settings.js';
import { createAnswers } from './answers.js';
import { createGuard } from './auth/guard.js';
import { watchConnections } from './connections.js';
import type { ServiceContext } from './context.js';
import { openEventHub } from './events/hub.js';
import { startGitPolling } from './git/poller.js';
import { createServiceMetrics } from './metrics/service-metrics.js';
import { addRequestHooks, answerBrokenRequest, answerUnroutable } from './request-hooks.js';
import { addRoutes } from './routes/all.js';
import { startTelling } from './telling.js';
import { traceIdOf } from './trace.js';

export interface RunningService {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no new connections, finishes what was begun, says goodbye to readers of events. */
  stop(): Promise<void>;
}

/** Whoever is not done then is cut off. */
const drainMs = 10_000;

/** @throws ChantalError E_CONFIG, E_ADDRESS, E_DATABASE */
export async function startService(app: App, version: string): Promise<RunningService> {
  const settings = app.settings.service;
  const stopping = new AbortController();
  // Each reader of events listens to it; their number is bounded by the settings, not by Node's guess of ten.
  setMaxListeners(0, stopping.signal);
  const guard = await createGuard(settings.auth);
  const hub = await openEventHub(app);
  const server = createHttp(app, await createListener(settings));
  const closeIdle = watchConnections(server.server);
  const metrics = createServiceMetrics(version);
  const git = startGitPolling(app);
  const context: ServiceContext = {
    app, server, metrics, guard, hub, git, version, stopping: stopping.signal,
    startedAtMs: app.clock.now().getTime(), answers: createAnswers(settings.cache, () => app.clock.now().getTime()),
  };
  try {
    addRequestHooks(context);
    await addRoutes(context);
    await listen(server, settings);
  } catch (error) {
    await git.stop();
    await hub.close();
    await server.close();
    throw error;
  }
  const stopTelling = startTelling(app, hub);
  return {
    url: urlOf(settings, server.server.address() as AddressInfo),
    async stop() {
      stopping.abort();
      const closed = server.close();
      closeIdle();
      // Connections that are kept for a next request become idle one after the other.
      const drain = setInterval(closeIdle, 50);
      const cut = setTimeout(() => server.server.closeAllConnections(), drainMs);
      await closed;
      clearInterval(drain);
      clearTimeout(cut);
      await git.stop();
      await stopTelling();
      await hub.close();
    },
  };
}

type CreateListener = (handler: RequestListener) => Server;

/** Wrong client certificates pass the handshake, and are told so by an answer. */
async function createListener({ tls, auth }: ServiceSettings): Promise<CreateListener> {
  const limits = { maxHeaderSize: 16_384, requestTimeout: 60_000, headersTimeout: 30_000, keepAliveTimeout: 65_000 };
  if (tls === undefined) return (handler) => createServer(limits, handler);
  const [cert, key, ca] = await Promise.all([readNamed(tls.certFile), readNamed(tls.keyFile), auth.mtls === undefined ? undefined : readNamed(auth.mtls.caFile)]);
  const clients = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: false };
  return (handler) => {
    try {
      return createSecureServer({ ...limits, cert, key, minVersion: 'TLSv1.2', ...clients }, handler);
    } catch (error) {
      throw new ChantalError('E_CONFIG', `service.tls cannot be used: ${error instanceof Error ? error.message : String(error)}`, {
        hint: 'Check that the certificate and the key belong together and are PEM.', context: { path: tls.certFile },
      });
    }
  };
}

async function readNamed(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw asDiskError(error, path);
  });
}

function createHttp(app: App, create: CreateListener): FastifyInstance {
  return fastify({
    logger: false,
    serverFactory: (handler) => create(handler),
    genReqId: ({ headers }) => traceIdOf(headers),
    // A service that stops answers what it has let in.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 600, ignoreTrailingSlash: true },
    clientErrorHandler: (error, socket) => answerBrokenRequest(app, error, socket),
    frameworkErrors: (error, request, reply) => void answerUnroutable(app, error, request as FastifyRequest, reply as FastifyReply),
  });
}

async function listen(server: FastifyInstance, { host, port }: ServiceSettings): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const code = systemCode(error);
    if (!['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(code ?? '')) throw error;
    throw new ChantalError('E_ADDRESS', `cannot listen on ${host}, port ${port} (${code})`, {
      hint: code === 'EADDRINUSE' ? 'Another program listens there: end it, or set service.port.' : 'Set service.host and service.port to what this user may listen on.',
      cause: error,
    });
  }
}

function urlOf({ tls, host }: ServiceSettings, { port }: AddressInfo): string {
  return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
