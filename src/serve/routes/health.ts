/** Serve: is it alive, can it work, what does it hold. */

import { z } from 'zod';
import type { App } from '../../core/app.js';
import { listGitSources } from '../../queries/git-sources.js';
import { countPackages } from '../../queries/repositories.js';
import type { ServiceContext } from '../context.js';
import { renderRecordedMetrics } from '../metrics/recorded-metrics.js';
import { Problem } from '../problem.js';
import { addReadRoute } from '../read-route.js';
import { gitSourceShape } from '../shapes.js';
import { toWire } from '../to-wire.js';

const repositoryStatus = z.strictObject({
  name: z.string(), version: z.int(), packages: z.int(),
  last_sync: z.strictObject({ at: z.string(), outcome: z.string() }).optional(),
});

const statusShape = z.strictObject({
  service: z.string(),
  environment: z.string(),
  version: z.string(),
  started_at: z.string(),
  uptime_seconds: z.number(),
  last_event: z.int(),
  counts: z.strictObject({ repositories: z.int(), packages: z.int(), snapshots: z.int(), resources: z.int() }),
  repositories: z.array(repositoryStatus),
  git: z.array(gitSourceShape),
});

export function addHealthRoutes(context: ServiceContext): void {
  const { app, server, metrics } = context;
  addReadRoute(context, {
    path: '/health', summary: 'Is the process alive?', tag: 'service', life: 'fresh', access: 'open',
    answer: z.strictObject({ status: z.literal('ok') }),
    read: async () => ({ status: 'ok' }),
  });
  addReadRoute(context, {
    path: '/ready', summary: 'Can it answer? 503 where the database or the pool is gone.', tag: 'service', life: 'fresh', access: 'open',
    answer: z.strictObject({ status: z.literal('ready'), checks: z.strictObject({ storage: z.literal('ok'), pool: z.literal('ok'), cache: z.literal('ok') }) }),
    read: async () => readiness(app),
  });
  addReadRoute(context, {
    path: '/api/v1/status', summary: 'What is held, and when it was last synced.', tag: 'service', life: 'fresh', answer: statusShape,
    read: async () => readStatus(context),
  });
  server.get('/metrics', { schema: { summary: 'Metrics as Prometheus reads them.', tags: ['service'] } }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(`${await renderRecordedMetrics(app)}${await metrics.render()}`));
}

/** @throws Problem STORAGE_UNAVAILABLE saying which */
async function readiness(app: App): Promise<unknown> {
  const { settings, probe, store } = app;
  const checks = {
    storage: await isWell(async () => (await isThere(app)) && (await store.status()).pending.length === 0),
    pool: await isWell(async () => (await probe.describe(settings.storage.poolPath))?.kind === 'directory'),
    // The cache is made when something is first fetched.
    cache: await isWell(async () => [undefined, 'directory'].includes((await probe.describe(settings.storage.cachePath))?.kind)),
  };
  if (Object.values(checks).every((state) => state === 'ok')) return { status: 'ready', checks };
  throw new Problem('STORAGE_UNAVAILABLE', 'not everything is there that is needed to answer', { checks }, { 'retry-after': '5' });
}

/** A file that was removed under our hands still answers: to this process alone. */
async function isThere({ settings, probe }: App): Promise<boolean> {
  const file = /^sqlite:\/\/\/\/?([^/].*)$/.exec(settings.database.url)?.[1];
  return file === undefined || (await probe.describe(`/${file}`))?.kind === 'file';
}

async function isWell(look: () => Promise<boolean>): Promise<'ok' | 'unavailable'> {
  return await look().catch(() => false) ? 'ok' : 'unavailable';
}

async function readStatus({ app, startedAtMs, version }: ServiceContext): Promise<unknown> {
  const [records, snapshots, { last }, git] = await Promise.all([app.store.listRepositories(), app.store.findSnapshots({}), app.store.readEventRange(), listGitSources(app)]);
  return {
    service: app.settings.service.name,
    environment: app.settings.service.environment,
    version,
    started_at: new Date(startedAtMs).toISOString(),
    uptime_seconds: Math.max(0, (app.clock.now().getTime() - startedAtMs) / 1000),
    last_event: last,
    counts: { repositories: records.length, packages: countPackages(records), snapshots: snapshots.length, resources: git.reduce((sum, { resources }) => sum + resources, 0) },
    repositories: records.map(({ name, current, lastSync }) => ({
      name, version: current?.number ?? 0, packages: current?.artifactCount ?? 0,
      ...(lastSync === undefined ? {} : { last_sync: { at: lastSync.at, outcome: lastSync.outcome } }),
    })),
    git: toWire(git),
  };
}
