/** Serve: repositories: what is configured, what is held of it, how its syncs went. */

import { z } from 'zod';
import type { App } from '../../core/app.js';
import { repositoryNamePattern } from '../../core/names.js';
import type { RepositoryVersion, StoredArtifact } from '../../core/repository.js';
import type { RepositoryDetails } from '../../operations/results.js';
import { assertKnown } from '../../queries/find-repository.js';
import { findState } from '../../queries/find-state.js';
import { listRepositories, showRepository } from '../../queries/repositories.js';
import type { ServiceContext } from '../context.js';
import { addReadRoute } from '../read-route.js';
import { listedPackageShape, pageQuery, pageShape, repositoryDetailsShape, repositoryShape, runShape, snapshotShape, text } from '../shapes.js';
import { toWire } from '../to-wire.js';
import { latestUrl } from '../urls.js';
import { listSnapshotViews } from './snapshots.js';

export const repositoryParam = z.strictObject({ repository: z.string().max(200).regex(repositoryNamePattern, { error: 'is no name of a repository' }) });

export function addRepositoryRoutes(context: ServiceContext): void {
  const { app } = context;
  addReadRoute(context, {
    // A sync that finds nothing new moves its time without an event.
    path: '/api/v1/repos', summary: 'All repositories.', tag: 'mirror', life: 'fresh',
    answer: z.strictObject({ items: z.array(repositoryShape) }),
    read: async () => ({ items: toWire(await listRepositories(app)) }),
  });
  addReadRoute(context, {
    path: '/api/v1/repos/:repository', summary: 'One repository.', tag: 'mirror', life: 'fresh', params: repositoryParam, answer: repositoryDetailsShape,
    read: async ({ params }) => describe(await showRepository(app, params.repository), app.settings.service.hasTrees),
  });
  addReadRoute(context, {
    path: '/api/v1/repos/:repository/packages', summary: 'The packages of its latest, of a snapshot, or of a version, by path.', tag: 'mirror', life: 'kept',
    params: repositoryParam,
    query: z.strictObject({ ...pageQuery, state: text(200).default('latest'), name: text(300).optional(), arch: text(50).optional(), category: text(100).optional() }),
    answer: pageShape(listedPackageShape),
    read: async ({ params: { repository }, query: { state, limit, offset, name, arch, category } }) => {
      const version = await findVersion(app, repository, state);
      if (version === undefined) return { items: [], limit, offset, total: 0 };
      const filter = { ...(name === undefined ? {} : { name }), ...(arch === undefined ? {} : { arch }), ...(category === undefined ? {} : { category }) };
      const { items, total } = await app.store.pagePackages(version, { limit, offset, ...filter });
      return { items: items.map(listPackage), limit, offset, total };
    },
  });
  addReadRoute(context, {
    path: '/api/v1/repos/:repository/runs', summary: 'Its syncs, newest first.', tag: 'mirror', life: 'fresh', params: repositoryParam,
    query: z.strictObject(pageQuery), answer: pageShape(runShape),
    read: async ({ params: { repository }, query: { limit, offset } }) => {
      await assertKnown(app, repository);
      const { items, total } = await app.store.listRuns(repository, { limit, offset });
      return { items: toWire(items), limit, offset, total };
    },
  });
  addReadRoute(context, {
    path: '/api/v1/repos/:repository/snapshots', summary: 'Its snapshots, oldest first.', tag: 'mirror', life: 'kept', params: repositoryParam,
    answer: z.strictObject({ items: z.array(snapshotShape) }),
    read: async ({ params: { repository } }) => {
      await assertKnown(app, repository);
      return { items: await listSnapshotViews(app, repository) };
    },
  });
}

/** undefined: it is configured, and nothing is held of it yet. */
async function findVersion(app: App, repository: string, state: string): Promise<RepositoryVersion | undefined> {
  await assertKnown(app, repository);
  if (state === 'latest') return (await app.store.findRepository(repository))?.current;
  const isOwn = /^@\d{1,9}$/.test(state) || !/[@/]/.test(state);
  return (await findState(app, isOwn && !state.startsWith('@') ? `${repository}/${state}` : state, repository)).version;
}

/** Where things lie on this machine is not told. */
function describe({ latestPath: _, snapshotsPath: __, quarantined: ___, pinnedKeys: ____, snapshots, ...details }: RepositoryDetails, hasTrees: boolean): unknown {
  return {
    ...(toWire(details) as object),
    ...(hasTrees && details.publishedVersion > 0 ? { url: latestUrl(details.name) } : {}),
    snapshots: snapshots.map(({ name }) => name),
  };
}

function listPackage({ name, version, arch, path, sizeBytes, digest, attributes }: StoredArtifact): unknown {
  return { name, version, arch, path, size_bytes: sizeBytes, sha256: digest, attributes };
}
