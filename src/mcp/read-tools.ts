/** MCP: what can be asked of the mirror: repositories, snapshots, what lies between two of them, packages. Where things lie on this machine is not told. */

import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import type { App } from '../core/app.js';
import { diffVersions, type VersionDiff } from '../queries/diff-versions.js';
import { listRepositories } from '../queries/repositories.js';
import { searchPackages } from '../queries/search-packages.js';
import { showPackage } from '../queries/show-package.js';
import { listSnapshots } from '../queries/snapshots.js';
import { answerOr } from './answer.js';
import type { Toolbox } from './create-server.js';

/** More than fits into an answer that somebody reads. */
const limit = z.int().min(1).max(1000).default(50).describe('At most so many of each list.');

const repository = z.string().min(1).max(200).optional().describe('Only of this repository.');

export function addReadTools(server: McpServer, { app }: Pick<Toolbox, 'app'>): void {
  const add = <Shape extends z.ZodRawShape>(name: string, description: string, inputSchema: Shape, read: (request: z.output<z.ZodObject<Shape>>) => Promise<object>): void => {
    server.registerTool<z.ZodRawShape, z.ZodObject<Shape>>(name, { description, inputSchema: z.object(inputSchema), annotations: { readOnlyHint: true } },
      async (request: unknown) => answerOr(app, name, async () => read(request as z.output<z.ZodObject<Shape>>)));
  };
  add('chantal.repositories.list', 'All repositories of this mirror: what they hold, and how their last sync went.', {}, async () => ({ repositories: await describeRepositories(app) }));
  add('chantal.snapshots.list', 'Snapshots: names for a repository\'s state at a time; they never change.', { repository }, async (request) => ({ snapshots: await describeSnapshots(app, request.repository) }));
  add('chantal.snapshots.diff', 'What changed from one state of a repository to another: packages, and advisories newly covered.', {
    from: z.string().min(1).max(300).describe('A snapshot (S, or X/S), or `latest` (X/latest), or a version (X@12).'),
    to: z.string().min(1).max(300).describe('Likewise.'),
    repository: z.string().min(1).max(200).optional().describe('Of references that name none.'),
    limit,
  }, async ({ from, to, repository: name, limit: count }) => describeDiff(await diffVersions(app, { from, to, ...(name === undefined ? {} : { repository: name }) }), count));
  add('chantal.packages.search', 'Packages by part of their name or summary, or by a glob over the name: which versions are held, and where.', { query: z.string().min(1).max(200), repository, limit }, async ({ query, repository: name, limit: count }) => {
    const { packages, isCut } = await searchPackages(app, { query, limit: count, ...(name === undefined ? {} : { repository: name }) });
    return { packages, is_cut: isCut };
  });
  add('chantal.packages.show', 'Every file of a package: version, architecture, size, digest, which snapshots have it.', { name: z.string().min(1).max(300), repository, limit }, async ({ name, repository: owner, limit: count }) => {
    const { packages } = await showPackage(app, name, owner === undefined ? {} : { repository: owner });
    return { name, total: packages.length, files: packages.slice(0, count).map(({ publishedPaths: _, ...file }) => file) };
  });
}

async function describeRepositories(app: App): Promise<readonly object[]> {
  return (await listRepositories(app)).map(({ name, type, isEnabled, isConfigured, version, packages, bytes, lastSync }) =>
    ({ name, type, isEnabled, isConfigured, version, packages, bytes, ...(lastSync === undefined ? {} : { lastSync }) }));
}

async function describeSnapshots(app: App, name: string | undefined): Promise<readonly object[]> {
  return (await listSnapshots(app, name)).map(({ path: _, ageMs: __, ...snapshot }) => snapshot);
}

/** Whole counts, and lists that are cut. */
function describeDiff({ from, to, type, advisories, ...changes }: VersionDiff, count: number): object {
  const lists = Object.entries(changes) as [string, readonly unknown[]][];
  return {
    type, from, to,
    totals: Object.fromEntries(lists.map(([name, list]) => [name, list.length])),
    ...Object.fromEntries(lists.map(([name, list]) => [name, list.slice(0, count)])),
    ...(advisories === undefined ? {} : { advisories: Object.fromEntries(Object.entries(advisories as unknown as Record<string, unknown>).map(([name, list]) => [name, Array.isArray(list) ? list.slice(0, count) : list])) }),
  };
}
