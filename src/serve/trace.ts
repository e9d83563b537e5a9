/** Serve: the id that joins a request, its answer and its log lines: the caller's own where it has one. */

import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** W3C `traceparent`, else `X-Request-Id`, else a new one. What could break a log line is not taken over. */
export function traceIdOf(headers: IncomingHttpHeaders): string {
  const parent = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(textOf(headers['traceparent']))?.[1];
  if (parent !== undefined && !/^0+$/.test(parent)) return parent;
  const asked = textOf(headers['x-request-id']);
  return /^[A-Za-z0-9._:-]{1,64}$/.test(asked) ? asked : newTraceId();
}

export function newTraceId(): string {
  // Node draws the random bits of these for a hundred at once.
  return randomUUID().replaceAll('-', '');
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}
