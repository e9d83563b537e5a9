/** Serve: the published trees, as files: what is published now, and nothing beside it. */

import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergedOwner } from '../../core/repository.js';
import type { ServiceContext } from '../context.js';
import { createKeptFiles, type FileState } from '../kept-files.js';
import { Problem } from '../problem.js';

/** With one of these it is for the library to say what is sent. */
const conditions = ['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];
/** What the library says of a file; the rest is said of a request. */
const fileHeaders = ['accept-ranges', 'cache-control', 'content-length', 'content-type', 'etag', 'last-modified'];

/** `/repos/<repository>/latest/…`, `/repos/<repository>/snapshots/<name>/…`, `/repos/merged/<name>/…`. */
export async function addTreeRoutes({ server, app }: ServiceContext): Promise<void> {
  const { service } = app.settings;
  if (!service.hasTrees) return;
  const files = createKeptFiles();
  const beingRead = new WeakMap<FastifyRequest, { readonly file: string; readonly state: FileState }>();
  const hidden = {
    schema: { hide: true },
    async onSend(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
      const read = beingRead.get(request);
      if (read === undefined || reply.statusCode !== 200 || !(payload instanceof Readable)) return payload;
      const body = Buffer.concat(await payload.toArray() as readonly Uint8Array[]);
      files.keep(read.file, read.state, { headers: Object.fromEntries(fileHeaders.map((name) => [name, reply.getHeader(name)])), body });
      return body;
    },
  };
  const send = async (request: FastifyRequest, reply: FastifyReply, repository: string, target: string): Promise<FastifyReply> => {
    const path = (request.params as { readonly '*': string })['*'];
    assertInside(path);
    const root = await app.store.findPublishedPath({ repository, target });
    if (root === undefined) throw new Problem('NOT_FOUND', 'nothing of that name is published', { repository });
    const file = join(root, path);
    const isWhole = request.method === 'GET' && !conditions.some((name) => request.headers[name] !== undefined);
    const known = isWhole ? files.find(file) : undefined;
    if (known !== undefined) return reply.headers(known.headers).send(known.body);
    const state = isWhole ? await files.look(file) : undefined;
    if (state !== undefined) beingRead.set(request, { file, state });
    // Packages and hash-named metadata never change; the rest is asked for again each time.
    reply.header('cache-control', 'no-cache');
    return reply.sendFile(path, root);
  };
  server.get<{ Params: { repository: string } }>('/repos/:repository/latest/*', hidden, async (request, reply) => send(request, reply, request.params.repository, 'latest'));
  server.get<{ Params: { repository: string; snapshot: string } }>('/repos/:repository/snapshots/:snapshot/*', hidden, async (request, reply) =>
    send(request, reply, request.params.repository, `snapshot:${request.params.snapshot}`));
  server.get<{ Params: { snapshot: string } }>(`/repos/${mergedOwner}/:snapshot/*`, hidden, async (request, reply) =>
    send(request, reply, mergedOwner, `snapshot:${request.params.snapshot}`));
}

/** The library refuses to leave the tree by itself; nothing that looks like it comes so far. */
export function assertInside(path: string): void {
  if (path.split(/[/\\]/).some((part) => part === '..' || part === '.') || path.includes('\0')) throw new Problem('NOT_FOUND', 'there is nothing at this address');
}
