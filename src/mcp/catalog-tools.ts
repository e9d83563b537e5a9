/** MCP: the tools of the k0rdent catalog. Names, parameters and answers are those that its clients know, and never change. */

import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import type { AddonEntry } from '../core/addons.js';
import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import { deleteTemplate } from '../operations/service-templates/delete-template.js';
import { installTemplate } from '../operations/service-templates/install-template.js';
import { syncRepositories } from '../operations/sync-repositories.js';
import { addonLanguages, findAddons, type FoundAddon } from '../queries/list-addons.js';
import { answerOr } from './answer.js';
import type { Toolbox } from './create-server.js';

const entryShape = z.object({
  slug: z.string(),
  title: z.string(),
  summary: z.string().optional(),
  tags: z.array(z.string()).optional(),
  validated_platforms: z.array(z.string()).optional(),
  versions: z.array(z.object({
    name: z.string(), version: z.string(), repository: z.string(), service_template_path: z.string(), helm_repository_path: z.string().optional(),
  })),
});

const target = {
  app: z.string().min(1, { error: 'app is required' }).describe('The application\'s slug, as the list has it.'),
  template: z.string().min(1, { error: 'template is required' }).describe('The ServiceTemplate\'s name: a version\'s name in the list.'),
  version: z.string().min(1, { error: 'version is required' }).describe('Its version.'),
  namespace: z.string().min(1).max(63).optional().describe('The namespace. Default: kcm-system, where the server allows that.'),
  all_namespaces: z.boolean().optional().describe('All that the server allows. Not together with namespace.'),
};

interface Target {
  readonly app: string;
  readonly template: string;
  readonly version: string;
  readonly namespace?: string | undefined;
  readonly all_namespaces?: boolean | undefined;
}

export function addCatalogTools(server: McpServer, { app, cluster, maySync }: Toolbox): void {

  server.registerTool('k0.catalog.list', {
    title: 'List the k0rdent catalog',
    description: 'Lists the applications of the k0rdent catalog with their ServiceTemplate versions, as this mirror holds it.',
    inputSchema: { app: z.string().optional().describe('Only the application of this slug.'), refresh: z.boolean().optional().describe('Ask upstream for a newer catalog first.') },
    outputSchema: { entries: z.array(entryShape) },
    annotations: { readOnlyHint: true },
  }, async ({ app: slug, refresh = false }, { signal }) => answerOr(app, 'k0.catalog.list', async () => {
    await haveCatalogs(app, { refresh, maySync }, signal);
    return { entries: (await findAddons(app, slug)).map(viewEntry) };
  }));

  if (cluster === undefined) return;
  const install = (tool: string) => async (request: Target, { signal }: { readonly signal: AbortSignal }) => answerOr(app, tool, async () => {
    await haveCatalogs(app, { refresh: false, maySync }, signal);
    const result = await installTemplate(app, await cluster.open(), cluster.access, toRequest(request), signal);
    app.reporter.log('INFO', `${tool}: ${result.applied.join(', ')} ${result.status}`, { operation: tool });
    return result;
  });
  const installOutput = { applied: z.array(z.string()), status: z.enum(['created', 'updated', 'mixed']) };

  server.registerTool('k0.catalog.install_servicetemplate', {
    title: 'Install a ServiceTemplate',
    description: 'Installs a ServiceTemplate of the k0rdent catalog, with the HelmRepository it needs, on the management cluster.',
    inputSchema: target, outputSchema: installOutput, annotations: { idempotentHint: true, destructiveHint: false },
  }, install('k0.catalog.install_servicetemplate'));

  server.registerTool('k0.catalog.install', {
    title: 'Install a ServiceTemplate (deprecated)',
    description: 'Deprecated: the former name of k0.catalog.install_servicetemplate.',
    inputSchema: target, outputSchema: installOutput, annotations: { idempotentHint: true, destructiveHint: false },
  }, install('k0.catalog.install'));

  server.registerTool('k0.catalog.delete_servicetemplate', {
    title: 'Delete a ServiceTemplate',
    description: 'Deletes a ServiceTemplate from the management cluster, and its HelmRepository where no other template needs it. One that is not there is a success.',
    inputSchema: target, outputSchema: { deleted: z.array(z.string()), status: z.enum(['deleted', 'not_found']) },
    annotations: { idempotentHint: true, destructiveHint: true },
  }, async (request) => answerOr(app, 'k0.catalog.delete_servicetemplate', async () => {
    const result = await deleteTemplate(app, await cluster.open(), cluster.access, toRequest(request));
    app.reporter.log('INFO', `k0.catalog.delete_servicetemplate: ${result.deleted.join(', ')} ${result.status}`, { operation: 'k0.catalog.delete_servicetemplate' });
    return result;
  }));
}

/** A catalog that was never synced is, once; `refresh` asks upstream for all of them. @throws ChantalError what the sync threw */
async function haveCatalogs(app: App, { refresh, maySync }: { readonly refresh: boolean; readonly maySync: boolean }, signal: AbortSignal): Promise<void> {
  const catalogs = (await addonLanguages(app)).map(({ repository }) => repository);
  if (catalogs.length === 0) throw new ChantalError('E_CONFIG', 'no catalog is mirrored here', { hint: 'Add a repository of type index.' });
  if (refresh && !maySync) throw new ChantalError('E_USAGE', 'refresh is for administrators');
  const records = await Promise.all(catalogs.map(async ({ name }) => app.store.findRepository(name)));
  const wanted = catalogs.filter((_, position) => refresh || (maySync && records[position]?.current === undefined));
  if (wanted.length === 0) return;
  const outcomes = await syncRepositories(app, wanted, { isForced: false, isDryRun: false }, 1, signal);
  const failed = outcomes.find((outcome) => 'error' in outcome);
  if (failed !== undefined && 'error' in failed) throw failed.error;
}

function toRequest({ app, template, version, namespace, all_namespaces: allNamespaces }: Target) {
  return { app, template, version, ...(namespace === undefined ? {} : { namespace }), ...(allNamespaces === undefined ? {} : { allNamespaces }) };
}

function viewEntry({ entry, language }: FoundAddon) {
  const { slug, title, summary, tags, platforms, versions }: AddonEntry = entry;
  return {
    slug, title, summary, tags: [...tags], validated_platforms: [...platforms],
    versions: versions.map((version) => {
      const helmRepositoryPath = language.repositoryPath(version);
      return {
        name: version.chart, version: version.version, repository: version.repository, service_template_path: language.templatePath(slug, version),
        ...(helmRepositoryPath === undefined ? {} : { helm_repository_path: helmRepositoryPath }),
      };
    }),
  };
}
