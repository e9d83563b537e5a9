/** Serve: the published trees, as files: what is published now, and nothing beside it. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergedOwner } from '../../core/repository.js';
import type { ServiceContext } from '../context.js';
import { Problem } from '../problem.js';

/** `/repos/<repository>/latest/…`, `/repos/<repository>/snapshots/<name>/…`, `/repos/merged/<name>/…`. */
export async function addTreeRoutes({ server, app }: ServiceContext): Promise<void> {
  const { service } = app.settings;
  const hidden = { schema: { hide: true } };
  if (!service.hasTrees) return;
  const send = async (request: FastifyRequest, reply: FastifyReply, repository: string, target: string): Promise<FastifyReply> => {
    const path = (request.params as { readonly '*': string })['*'];
    assertInside(path);
    const tree = (await app.store.listPublications({ repository, target })).find(({ state }) => state === 'complete');
    if (tree === undefined) throw new Problem('NOT_FOUND', 'nothing of that name is published', { repository });
    // Packages and hash-named metadata never change; the rest is asked for again each time.
    reply.header('cache-control', 'no-cache');
    return reply.sendFile(path, tree.path);
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
