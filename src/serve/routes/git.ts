/** Serve: Git repositories: how far they are taken in, and webhooks that say that they have moved. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { GitSettings } from '../../core/git-settings.js';
import { repositoryNamePattern } from '../../core/names.js';
import { listGitSources, listRejections } from '../../queries/git-sources.js';
import type { ServiceContext } from '../context.js';
import { isSigned, refOf } from '../git/verify-webhook.js';
import { Problem } from '../problem.js';
import { addReadRoute, check, jsonSchemaOf } from '../read-route.js';
import { findingShape, gitSourceShape, pageQuery, pageShape } from '../shapes.js';
import { toWire } from '../to-wire.js';

const named = z.strictObject({ name: z.string().max(200).regex(repositoryNamePattern, { error: 'is no name of a Git repository' }) });
const rejectionShape = z.strictObject({
  path: z.string(), document: z.int(), name: z.string().optional(), version: z.string().optional(), code: z.string(),
  validation_errors: z.array(findingShape), git_commit: z.string(), author: z.string(),
});
const countsShape = z.strictObject({ added: z.int(), updated: z.int(), deprecated: z.int(), removed: z.int(), rejected: z.int() });
const runShape = z.strictObject({
  run: z.string(), cause: z.string(), started_at: z.string(), finished_at: z.string(), result: z.string(), commit: z.string().optional(),
  counts: countsShape, error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
});
const acceptedShape = z.strictObject({ status: z.enum(['accepted', 'ignored']), run: z.string().optional().describe('Named by `git.synced` and below `/api/v1/git/{name}/runs`.'), reason: z.string().optional() });

/** Payloads name commits, some with every file of each. */
const bodyLimit = 5 * 1024 * 1024;

export async function addGitRoutes(context: ServiceContext): Promise<void> {
  const { app, server } = context;
  addReadRoute(context, {
    path: '/api/v1/git', summary: 'Git repositories: how far each is taken in, and whether it can be reached.', tag: 'catalog', life: 'fresh',
    answer: z.strictObject({ items: z.array(gitSourceShape) }),
    read: async () => ({ items: toWire(await listGitSources(app)) }),
  });
  addReadRoute(context, {
    path: '/api/v1/git/:name', summary: 'One of them, with what is rejected in it.', tag: 'catalog', life: 'fresh', params: named,
    answer: gitSourceShape.extend({ rejected: z.array(rejectionShape) }),
    read: async ({ params: { name } }) => {
      const source = (await listGitSources(app)).find((each) => each.name === name);
      if (source === undefined) throw unknown(name);
      const rejected = (await listRejections(app, name)).map(({ findings, commit, ...rejection }) => ({ ...rejection, validation_errors: findings, git_commit: commit }));
      return { ...(toWire(source) as object), rejected };
    },
  });
  addReadRoute(context, {
    path: '/api/v1/git/:name/runs', summary: 'Its syncs, newest first; of polls, those that found something.', tag: 'catalog', life: 'fresh', params: named,
    query: z.strictObject(pageQuery), answer: pageShape(runShape),
    read: async ({ params: { name }, query: { limit, offset } }) => {
      if (!(await listGitSources(app)).some((source) => source.name === name)) throw unknown(name);
      const { items, total } = await app.store.listGitRuns(name, { limit, offset });
      return { items: toWire(items), limit, offset, total };
    },
  });
  // Within a plugin of its own: this is the one place that looks at bodies, and it wants their very bytes.
  await server.register(async (inner) => {
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body));
    const refusals = createRefusals(context);
    inner.post('/api/v1/webhooks/git/:name', {
      config: { access: 'open' }, bodyLimit,
      schema: {
        summary: 'The branch has moved: signed as GitHub, GitLab or Gitea do it.', tags: ['catalog'], params: jsonSchemaOf(named, 'input'),
        response: { 202: { description: 'A sync is to come.', content: { 'application/json': { schema: jsonSchemaOf(acceptedShape, 'output') } } } },
      },
    }, async (request, reply) => {
      const source = findSource(context, check(named, request.params, 'path').name);
      const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
      if (source.webhookSecret === undefined) throw new Problem('FORBIDDEN', 'this Git repository takes no webhooks: it has no webhook_secret');
      if (!isSigned(request.headers, body, source.webhookSecret)) {
        await refusals.note(source, request);
        throw new Problem('UNAUTHENTICATED', 'the webhook is not signed with this repository\'s secret');
      }
      const ref = refOf(body);
      const isOther = request.headers['x-github-event'] === 'ping' || (ref !== undefined && ref !== `refs/heads/${source.branch}`);
      const answer = isOther ? { status: 'ignored', reason: `only refs/heads/${source.branch} is taken in` } : { status: 'accepted', run: context.git.trigger(source) };
      return (reply as FastifyReply).code(isOther ? 200 : 202).type('application/json; charset=utf-8').send(JSON.stringify(answer));
    });
  });
}

function findSource({ app }: ServiceContext, name: string): GitSettings {
  const source = app.settings.git.find((each) => each.name === name);
  if (source === undefined) throw unknown(name);
  return source;
}

function unknown(name: string): Problem {
  return new Problem('NOT_FOUND', 'there is no such Git repository', { repository: name });
}

const quietMs = 60_000;

/** The first is told to the audit trail at once, those of the minute after it together: nobody fills the database by guessing. */
function createRefusals({ app }: ServiceContext): { note(source: GitSettings, request: FastifyRequest): Promise<void> } {
  const told = new Map<string, { since: number; count: number }>();
  return {
    async note({ name }, request) {
      const now = app.clock.now().getTime();
      const before = told.get(name);
      app.reporter.log('WARN', `${name}: a webhook with a wrong signature`, { trace_id: request.id, client: request.ip });
      if (before !== undefined && now - before.since < quietMs) {
        before.count += 1;
        return;
      }
      told.set(name, { since: now, count: 0 });
      await app.store.recordEvent({ type: 'webhook.refused', repository: name, count: 1 + (before?.count ?? 0), client: request.ip });
    },
  };
}
