/** Serve: what holds for every request: who asks, the trace id, the envelope, the log line, the count. */

import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../core/app.js';
import { systemCode } from '../core/errors.js';
import type { ServiceContext } from './context.js';
import { asProblem, envelopeOf, Problem, problemFor } from './problem.js';
import { createRateLimit } from './rate-limit.js';
import { newTraceId } from './trace.js';

export function addRequestHooks(context: ServiceContext): void {
  const { server, app, guard } = context;
  const { name } = app.settings.service;
  const limit = createRateLimit(app.settings.service.requestsPerMinute, () => performance.now());
  // But for webhooks nothing here takes a body: one is not even read.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(null);
  });
  // Parameters are checked by the routes themselves, which describe them to the document only.
  server.setValidatorCompiler(() => () => true);
  server.setSerializerCompiler(() => (value) => JSON.stringify(value));
  server.decorateRequest('user', undefined);
  server.decorateRequest('startedAtMs', 0);

  server.addHook('onRequest', async (request, reply) => {
    request.startedAtMs = performance.now();
    reply.header('x-trace-id', request.id).header('x-content-type-options', 'nosniff');
    const { access } = request.routeOptions.config;
    // Before anybody is asked who he is: guesses at tokens count as well.
    const waitSeconds = access === 'open' || isFile(request) ? undefined : limit.take(request.ip);
    if (waitSeconds !== undefined) throw new Problem('RATE_LIMITED', 'these are more requests than this service takes of one address', { requests_per_minute: app.settings.service.requestsPerMinute }, { 'retry-after': String(waitSeconds) });
    request.user = (await guard.admit(request, access ?? 'reader'))?.user;
  });
  server.setErrorHandler((error, request, reply) => fail(context, error, request, reply));
  server.setNotFoundHandler((request, reply) => fail(context, request.method === 'GET' || request.method === 'HEAD'
    ? new Problem('NOT_FOUND', 'there is nothing at this address') : problemFor(405), request, reply));
  // Whatever a library answers by itself becomes an envelope too.
  server.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode < 400 || isEnvelope(payload)) return payload;
    if (typeof payload === 'object' && payload !== null && 'destroy' in payload) (payload as Duplex).destroy();
    reply.type('application/json; charset=utf-8').removeHeader('content-length');
    return JSON.stringify(envelopeOf(problemFor(reply.statusCode), name, request.id));
  });
  server.addHook('onResponse', async (request, reply) => tell(context, request, reply.statusCode));
  server.server.on('checkExpectation', (_request, response) => {
    const traceId = newTraceId();
    app.reporter.log('INFO', 'a request with an Expect that is not fulfilled 400', { service: name, operation: 'none', status: 400, trace_id: traceId });
    const body = JSON.stringify(envelopeOf(new Problem('BAD_REQUEST', 'this service fulfils no such Expect'), name, traceId));
    response.writeHead(400, { 'content-type': 'application/json; charset=utf-8', 'x-trace-id': traceId, 'content-length': Buffer.byteLength(body), 'connection': 'close' });
    response.end(body);
  });
}

/** A client that installs a system asks for thousands of them at once. */
function isFile({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url?.startsWith('/repos/') === true;
}

function fail({ app }: ServiceContext, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = asProblem(error);
  // What we refuse by ourselves is told by the request's own line.
  if (problem.status >= 500 && !(error instanceof Problem)) app.reporter.log('ERROR', 'a request failed', { trace_id: request.id, error: error instanceof Error ? error.stack ?? error.message : String(error) });
  return reply.code(problem.status).headers(problem.headers).type('application/json; charset=utf-8')
    .send(JSON.stringify(envelopeOf(problem, app.settings.service.name, request.id)));
}

function isEnvelope(payload: unknown): boolean {
  return typeof payload === 'string' && payload.startsWith('{"error":{"code":');
}

/** One line a request, in the words of the log's collectors. */
export function tell({ app, metrics }: ServiceContext, request: FastifyRequest, status: number): void {
  const durationMs = performance.now() - request.startedAtMs;
  const route = request.is404 ? 'none' : request.routeOptions.url ?? 'none';
  metrics.countRequest(route, request.method, status, durationMs);
  const { repository } = request.params as { readonly repository?: string } | undefined ?? {};
  app.reporter.log(status >= 500 ? 'ERROR' : 'INFO', `${request.method} ${pathOf(request.url)} ${status}`, {
    service: app.settings.service.name,
    operation: `${request.method} ${route}`,
    ...(repository === undefined ? {} : { repository }),
    status,
    duration_ms: Math.round(durationMs * 10) / 10,
    trace_id: request.id,
    ...(request.user === undefined ? {} : { user: request.user }),
    client: request.ip,
  });
}

/** Queries may hold what nobody should read in a log. */
function pathOf(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}

/** An address that cannot be taken apart comes here before any hook. */
export function answerUnroutable({ settings, reporter }: App, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = asProblem(error);
  const { name } = settings.service;
  reporter.log('INFO', `${request.method} of what is no address ${problem.status}`, { service: name, operation: 'none', status: problem.status, trace_id: request.id });
  return reply.code(problem.status).headers({ 'x-trace-id': request.id }).type('application/json; charset=utf-8').send(JSON.stringify(envelopeOf(problem, name, request.id)));
}

/** What is no HTTP, or too much of it, never becomes a request: the answer is written to the bare connection. */
export function answerBrokenRequest({ settings, reporter }: App, error: Error, socket: Duplex): void {
  if (!socket.writable || systemCode(error) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const problem = problemFor(statusOf(systemCode(error)));
  const traceId = newTraceId();
  const body = JSON.stringify(envelopeOf(problem, settings.service.name, traceId));
  reporter.log('INFO', `what is no request ${problem.status}`, { service: settings.service.name, operation: 'none', status: problem.status, trace_id: traceId, code: systemCode(error) });
  socket.end([
    `HTTP/1.1 ${problem.status} ${problem.code}`, 'content-type: application/json; charset=utf-8', `x-trace-id: ${traceId}`,
    `content-length: ${Buffer.byteLength(body)}`, 'connection: close', '', body,
  ].join('\r\n'));
}

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}
