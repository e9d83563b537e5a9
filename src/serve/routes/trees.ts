/** Serve: the published trees and the catalog over all of them, as files: what is published now, and nothing beside it. */

import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mergedOwner } from '../../core/repository.js';
import type { ServiceContext } from '../context.js';
import { Problem } from '../problem.js';

/** `/catalog/…`; `/repos/<repository>/latest/…`, `/repos/<repository>/snapshots/<name>/…`, `/repos/merged/<name>/…`. */
export async function addTreeRoutes({ server, app }: ServiceContext): Promise<void> {
  const { service, catalog, storage } = app.settings;
  await server.register(fastifyStatic, { root: storage.basePath, serve: false, index: false, dotfiles: 'allow', cacheControl: false });
  const hidden = { schema: { hide: true } };
  const { path: root } = catalog;
  if (root !== undefined) {
    server.get<{ Params: { '*': string } }>('/catalog/*', hidden, async (request, reply) => {
      assertInside(request.params['*']);
      return reply.header('cache-control', 'no-cache').sendFile(request.params['*'], root);
    });
  }
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
function assertInside(path: string): void {
  if (path.split(/[/\\]/).some((part) => part === '..' || part === '.') || path.includes('\0')) throw new Problem('NOT_FOUND', 'there is nothing at this address');
}
