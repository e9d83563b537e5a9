/** Serve: every route. Documented ones are described while they are added. */

import fastifyStatic from '@fastify/static';
import type { ServiceContext } from '../context.js';
import { addAuditRoutes } from './audit.js';
import { addCatalogRoutes } from './catalog.js';
import { addEventRoutes } from './events.js';
import { addGitRoutes } from './git.js';
import { addHealthRoutes } from './health.js';
import { addMcpRoute } from './mcp.js';
import { addOpenApi } from './open-api.js';
import { addPackageRoutes } from './packages.js';
import { addPortalRoutes } from './portal.js';
import { addRepositoryRoutes } from './repositories.js';
import { addResourceRoutes } from './resources.js';
import { addSnapshotRoutes } from './snapshots.js';
import { addTreeRoutes } from './trees.js';
import { addWebhookRoutes } from './webhooks.js';

export async function addRoutes(context: ServiceContext): Promise<void> {
  await addOpenApi(context);
  // Within a plugin of its own, which is loaded after the one that describes.
  await context.server.register(async (server) => {
    const inner = { ...context, server };
    addHealthRoutes(inner);
    addRepositoryRoutes(inner);
    addSnapshotRoutes(inner);
    addPackageRoutes(inner);
    addResourceRoutes(inner);
    await addGitRoutes(inner);
    addAuditRoutes(inner);
    addWebhookRoutes(inner);
    addEventRoutes(inner);
    addPortalRoutes(inner);
    // Gives replies what they send files with.
    await server.register(fastifyStatic, { root: context.app.settings.storage.basePath, serve: false, index: false, dotfiles: 'allow', cacheControl: false });
    await addCatalogRoutes(inner);
    await addMcpRoute(inner);
    await addTreeRoutes(inner);
  });
}
