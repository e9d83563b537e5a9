/** Serve: the Model Context Protocol over HTTP, for assistants. */

import type { FastifyRequest } from 'fastify';
import { ChantalError } from '../../core/errors.js';
import type { ServiceContext } from '../context.js';
import { Problem } from '../problem.js';

const maxBodyBytes = 256 * 1024;

/**
 * Its language is the protocol's own, and described there (docs/mcp.md). Whoever may read may ask. To change a cluster or to start a sync is for administrators; where nobody is asked who they are, only this
 * machine reaches the port, and then for all.
 */
export async function addMcpRoute({ app, server, guard, version }: ServiceContext): Promise<void> {
  const { answerMcpRequest } = await import('../../mcp/answer-request.js');
  const { auth } = app.settings.service;
  const isAdmin = async (request: FastifyRequest): Promise<boolean> => auth.mode === 'none' || guard.admit(request, 'admin').then(() => true, () => false);
  // In a plugin of its own: nothing else takes a body.
  await server.register(async (inner) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: maxBodyBytes }, (_request, body, done) => {
      try {
        done(null, JSON.parse(String(body)) as unknown);
      } catch {
        done(new Problem('BAD_REQUEST', 'the body is no JSON'), undefined);
      }
    });
    inner.post('/mcp', { config: { access: 'reader' }, schema: { hide: true } }, async (request, reply) => {
      assertSameSite(request, auth.mode === 'none');
      if (request.body === undefined || request.body === null) throw new Problem('BAD_REQUEST', 'this takes JSON: Content-Type must be application/json');
      const mayChange = await isAdmin(request);
      const access = mayChange ? app.settings.cluster : undefined;
      const open = async () => app.openCluster(access?.mode === 'OIDC_REQUIRED' ? bearerOf(request) : undefined);
      reply.hijack();
      reply.raw.setHeader('x-trace-id', request.id);
      await answerMcpRequest({ app, maySync: mayChange, cluster: access === undefined ? undefined : { access, open } }, version, request.raw, reply.raw, request.body);
      return reply;
    });
    // No streams, no sessions: clients try, and go on without.
    inner.route({ method: ['GET', 'DELETE'], url: '/mcp', config: { access: 'reader' }, schema: { hide: true }, handler: async () => { throw new Problem('METHOD_NOT_ALLOWED', 'this takes POST', {}, { allow: 'POST' }); } });
  });
}

/** A page of another site must not make a browser ask in its user's place: neither by its own name, nor by a name that leads here. */
function assertSameSite({ headers }: FastifyRequest, isOpen: boolean): void {
  const { origin, host = '' } = headers;
  if (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)) throw new Problem('FORBIDDEN', 'this is not for pages of other sites');
  if (isOpen && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host)) throw new Problem('FORBIDDEN', 'without auth, only this machine\'s own names are answered');
}

function bearerOf({ headers }: FastifyRequest): string {
  const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw new ChantalError('E_CLUSTER_DENIED', 'in OIDC_REQUIRED mode the cluster is asked with the caller\'s own token, and none was sent');
  return token;
}
