/** Serve: live events over server-sent events. */

import { z } from 'zod';
import type { ServiceContext } from '../context.js';
import { parseEventFilter } from '../events/filter.js';
import { parsePosition, streamEvents, type Position } from '../events/stream.js';
import { Problem } from '../problem.js';
import { check, jsonSchemaOf } from '../read-route.js';
import { tell } from '../request-hooks.js';

const several = z.union([z.string(), z.array(z.string())]);
const query = z.strictObject({
  filter: several.optional().describe('`key:value`, or `key:a,b` for one of them; several filters must all hold. Keys: provider, category, repo, kind, type, name. Packages are told only to who asks for their types, such as `type:package.*`.'),
  last_event_id: z.string().optional().describe('The same as the header Last-Event-ID, for a first connection.'),
});

export function addEventRoutes(context: ServiceContext): void {
  const { app, server, hub, metrics, stopping } = context;
  const settings = app.settings.service.sse;
  if (!settings.isEnabled) return;
  let readers = 0;
  server.get('/api/v1/events', {
    exposeHeadRoute: false,
    schema: { summary: 'What happens, as it happens (server-sent events).', tags: ['events'], querystring: jsonSchemaOf(query, 'input') },
  }, async (request, reply) => {
    const asked = check(query, request.query, 'query');
    const filter = parseEventFilter([asked.filter ?? []].flat());
    const after = positionOf(request.headers['last-event-id'] ?? asked.last_event_id);
    if (readers >= settings.maxConnections) throw new Problem('SSE_LIMIT', 'there are as many readers of events as this service takes', { max_connections: settings.maxConnections }, { 'retry-after': '10' });
    readers += 1;
    metrics.readers.inc();
    reply.hijack();
    const response = reply.raw;
    try {
      response.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', 'x-trace-id': request.id,
      });
      response.flushHeaders();
      const ending = await streamEvents({ app, hub, settings, filter, after, response, stopping });
      if (ending === 'slow') app.reporter.log('WARN', 'a reader of events was too slow and is sent away', { trace_id: request.id });
    } catch (error) {
      // It has its headers: all that is left is to end it, and the reader comes again where it was.
      app.reporter.log('ERROR', 'a stream of events broke', { trace_id: request.id, error: String(error) });
      response.destroy();
    } finally {
      readers -= 1;
      metrics.readers.dec();
      tell(context, request, response.statusCode);
    }
  });
}

function positionOf(text: string | string[] | undefined): Position | undefined {
  if (text === undefined || text === '') return undefined;
  const position = typeof text === 'string' ? parsePosition(text) : undefined;
  if (position === undefined) throw new Problem('BAD_REQUEST', 'Last-Event-ID is none that this service has given out');
  return position;
}
