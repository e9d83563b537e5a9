/** Serve: packages by name: their versions, files, and where they are. */

import { z } from 'zod';
import type { App } from '../../core/app.js';
import { showPackage, type PackageView } from '../../queries/show-package.js';
import type { ServiceContext } from '../context.js';
import { Problem } from '../problem.js';
import { addReadRoute } from '../read-route.js';
import { packageFileShape, text } from '../shapes.js';
import { toWire } from '../to-wire.js';
import { encodePath, latestUrl, snapshotUrl } from '../urls.js';

const filter = z.strictObject({ repo: text(200).optional(), type: text(20).optional(), arch: text(50).optional() });
const answer = z.strictObject({ name: z.string(), files: z.array(packageFileShape) });

export function addPackageRoutes(context: ServiceContext): void {
  const { app } = context;
  addReadRoute(context, {
    path: '/api/v1/packages/:package', summary: 'A package: every file that latest or a snapshot holds, newest first within a repository.', tag: 'mirror', life: 'kept',
    params: z.strictObject({ package: text(300) }), query: filter, answer,
    read: async ({ params, query }) => ({ name: params.package, files: await findFiles(app, params.package, query) }),
  });
  addReadRoute(context, {
    path: '/api/v1/packages/:package/:version', summary: 'The files of one version of it.', tag: 'mirror', life: 'kept',
    params: z.strictObject({ package: text(300), version: text(300) }), query: filter, answer,
    read: async ({ params, query }) => {
      const files = (await findFiles(app, params.package, query)).filter(({ version }) => version === params.version);
      if (files.length === 0) throw new Problem('PACKAGE_NOT_FOUND', 'no such version of the package is held', { package: params.package, version: params.version });
      return { name: params.package, files };
    },
  });
}

async function findFiles(app: App, name: string, { repo, type, arch }: z.output<typeof filter>): Promise<readonly (object & { version: string })[]> {
  const { packages } = await showPackage(app, name, {
    ...(repo === undefined ? {} : { repository: repo }), ...(type === undefined ? {} : { type }), ...(arch === undefined ? {} : { arch }),
  });
  return packages.map((file) => ({ ...(toWire(withoutPaths(file)) as object), name, version: file.version, urls: urlsOf(app, file) }));
}

function withoutPaths({ publishedPaths: _, ...file }: PackageView): unknown {
  return file;
}

/** As many as it has published paths. */
function urlsOf({ settings }: App, { repository, path, isInLatest, snapshots, publishedPaths }: PackageView): readonly string[] {
  if (!settings.service.hasTrees || publishedPaths.length === 0) return [];
  const trees = [...(isInLatest ? [latestUrl(repository)] : []), ...snapshots.map((snapshot) => snapshotUrl(repository, snapshot))];
  return trees.map((tree) => `${tree}${encodePath(path)}`);
}
