/** Serve: a route that reads: its parameters are checked, its answer is described, kept, and not sent twice to who has it. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { answerOf, isHeld, type Answer } from './answers.js';
import type { Access, ServiceContext } from './context.js';
import { Problem } from './problem.js';

export interface ReadRoute<Params extends z.ZodType, Query extends z.ZodType> {
  /** `/api/v1/repos/:repository`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly params?: Params;
  readonly query?: Query;
  readonly answer: z.ZodType;
  /** `kept`: everything that changes the answer is told by an event. */
  readonly life: 'kept' | 'fresh';
  readonly access?: Access;
  /** Of what was read. */
  readonly headers?: (value: unknown) => Readonly<Record<string, string>>;
  readonly read: (asked: { readonly params: z.output<Params>; readonly query: z.output<Query> }) => Promise<unknown>;
}

const nothing = z.strictObject({});

export function addReadRoute<Params extends z.ZodType = typeof nothing, Query extends z.ZodType = typeof nothing>(
  context: ServiceContext, route: ReadRoute<Params, Query>,
): void {
  const { server, app, answers } = context;
  const compute = async (request: FastifyRequest): Promise<Answer> => {
    const params = check(route.params ?? nothing, request.params, 'path') as z.output<Params>;
    const query = check(route.query ?? nothing, request.query, 'query') as z.output<Query>;
    const read = async (): Promise<Answer> => {
      const value = await route.read({ params, query });
      return answerOf(value, route.headers?.(value));
    };
    if (route.life === 'fresh') return read();
    const { last } = await app.store.readEventRange();
    const known = answers.find(request.url, last);
    if (known !== undefined) return known;
    const answer = await read();
    answers.keep(request.url, last, answer);
    return answer;
  };
  server.get(route.path, { config: { access: route.access ?? 'reader' }, schema: describe(route) }, async (request, reply) => send(reply, await compute(request), request));
}

async function send(reply: FastifyReply, { body, etag, headers: more }: Answer, { headers }: FastifyRequest): Promise<FastifyReply> {
  reply.headers(more).header('etag', etag).header('cache-control', 'private, no-cache');
  if (isHeld(etag, headers['if-none-match'])) return reply.code(304).send();
  return reply.type('application/json; charset=utf-8').send(body);
}

/** @throws Problem BAD_REQUEST naming each parameter that is wrong, or not known */
export function check<S extends z.ZodType>(schema: S, value: unknown, place: 'path' | 'query'): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap((issue) => (issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => ({ field: shorten(key), message: 'there is no such parameter' }))
    : [{ field: issue.path.join('.'), message: issue.message }]));
  throw new Problem('BAD_REQUEST', `the ${place} is not what this route takes`, { validation_errors: errors.slice(0, 20) });
}

/** What the caller has sent is not sent back at length. */
function shorten(text: string): string {
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}

function describe({ summary, tag, params, query, answer }: ReadRoute<z.ZodType, z.ZodType>): Record<string, unknown> {
  return {
    summary,
    tags: [tag],
    ...(params === undefined ? {} : { params: jsonSchemaOf(params, 'input') }),
    ...(query === undefined ? {} : { querystring: jsonSchemaOf(query, 'input') }),
    response: {
      200: { description: 'The answer.', content: { 'application/json': { schema: jsonSchemaOf(answer, 'output') } } },
      default: { description: 'Anything else.', content: { 'application/json': { schema: envelopeSchema } } },
    },
  };
}

export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

const envelopeSchema = jsonSchemaOf(z.strictObject({
  error: z.strictObject({
    code: z.string(), message: z.string(), service: z.string(), details: z.record(z.string(), z.unknown()), trace_id: z.string(),
  }),
}), 'output');
