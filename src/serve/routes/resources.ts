/** Serve: resources: whatever has a name and versions, in the words of a catalog; and the search over them. */

import { z } from 'zod';
import type { App } from '../../core/app.js';
import type { HeldPackage, PackageFilter } from '../../core/package-search.js';
import { groupBy } from '../../core/group-by.js';
import { isPackageInRange, parseRange } from '../../definitions/versions.js';
import { findNames, listFound } from '../../queries/search-packages.js';
import { categoryOf } from '../../queries/wire-events.js';
import type { ServiceContext } from '../context.js';
import { assertNotRejected, findDefinition, headersOf, listDefinitionVersions, pageDefinitions } from '../definitions.js';
import { Problem } from '../problem.js';
import { addReadRoute } from '../read-route.js';
import { cutShape, pageQuery, resourceShape, text } from '../shapes.js';

/** Packages are resources where one asks for them: a mirror holds tens of thousands beside a few dozen definitions. */
const kinds = z.enum(['ResourceDefinition', 'Chart', 'Package']);
const filter = { provider: text(200).optional(), category: text(100).optional() };
const named = z.strictObject({ name: text(300) });
const one = z.strictObject({ kind: kinds.optional(), provider: text(200).optional() });
const versionShape = z.strictObject({ version: z.string(), created_at: z.string().optional(), git_commit: z.string().optional(), deprecated: z.boolean(), status: z.string().optional() });
const ranged = { constraint: text(100).refine((range) => parseRange(range) !== undefined, { error: 'must be a range of semantic versions, such as ^1.2 or >=1.2 <2' }).optional() };

type Resource = z.output<typeof resourceShape>;

export function addResourceRoutes(context: ServiceContext): void {
  const { app } = context;
  addReadRoute(context, {
    path: '/api/v1/resources', summary: 'Resources, by name: definitions and charts; with kind=Package, packages.', tag: 'catalog', life: 'kept',
    query: z.strictObject({ ...pageQuery, ...filter, kind: kinds.optional() }), answer: cutShape(resourceShape),
    read: async ({ query }) => findAll(app, query, undefined, query.kind === undefined ? ['ResourceDefinition', 'Chart'] : [query.kind]),
  });
  for (const path of ['/api/v1/resources/:name', '/api/v1/resources/:name/latest']) {
    addReadRoute(context, {
      path, summary: 'The latest version of a resource; with constraint, of those in a range of versions.', tag: 'catalog', life: 'kept', params: named, query: one.extend(ranged), answer: resourceShape, headers: headersOf,
      read: async ({ params: { name }, query }) => (isWanted(query, 'ResourceDefinition') ? await findDefinition(app, name, query.provider, query) : undefined) ?? first(inRange(await findVersions(app, name, query), query.constraint), name),
    });
  }
  addReadRoute(context, {
    path: '/api/v1/resources/:name/versions', summary: 'Its versions, newest first; with constraint, those in a range of semantic versions.', tag: 'catalog', life: 'kept', params: named, query: one.extend(ranged),
    answer: z.strictObject({ name: z.string(), items: z.array(versionShape) }),
    read: async ({ params: { name }, query }) => {
      const definitions = isWanted(query, 'ResourceDefinition') ? await listDefinitionVersions(app, name, query.provider, query.constraint) : undefined;
      if (definitions !== undefined) {
        return { name, items: definitions.map(({ version, createdAt, gitCommit, status }) => ({ version, created_at: createdAt, git_commit: gitCommit, deprecated: status === 'deprecated' || status === 'retired', status })) };
      }
      const versions = await findVersions(app, name, query);
      first(versions, name);
      return { name, items: inRange(versions, query.constraint).map(({ metadata: { version }, deprecated }) => ({ version, deprecated })) };
    },
  });
  addReadRoute(context, {
    path: '/api/v1/resources/:name/:version', summary: 'One version of a resource. 422 where somebody wrote it and it was rejected.', tag: 'catalog', life: 'kept',
    params: z.strictObject({ name: text(300), version: text(300) }), query: one, answer: resourceShape, headers: headersOf,
    read: async ({ params: { name, version }, query }) => {
      const definition = isWanted(query, 'ResourceDefinition') ? await findDefinition(app, name, query.provider, { version }) : undefined;
      if (definition !== undefined) return definition;
      const packages = (await findVersions(app, name, query)).filter(({ metadata }) => metadata.version === version);
      if (packages.length === 0) await assertNotRejected(app, name, version);
      return first(packages, name, version);
    },
  });
  addReadRoute(context, {
    path: '/api/v1/search', summary: 'Definitions with q in name or description, then packages with q in their name, then in their summary; with * or ?, q is a pattern for the whole name.', tag: 'catalog', life: 'kept',
    query: z.strictObject({ q: text(200), ...pageQuery, ...filter, kind: kinds.optional() }), answer: cutShape(resourceShape),
    read: async ({ query }) => findAll(app, query, query.q, query.kind === undefined ? ['ResourceDefinition', 'Chart', 'Package'] : [query.kind]),
  });
}

interface Asked {
  readonly limit: number;
  readonly offset: number;
  readonly provider?: string | undefined;
  readonly category?: string | undefined;
}

function inRange(versions: readonly Resource[], constraint: string | undefined): readonly Resource[] {
  return constraint === undefined ? versions : versions.filter(({ metadata }) => isPackageInRange(metadata.version, constraint));
}

function isWanted({ kind }: { readonly kind?: string | undefined }, wanted: string): boolean {
  return kind === undefined || kind === wanted;
}

/** Definitions first, of which all are counted, then what repositories hold: charts and packages. */
async function findAll(app: App, asked: Asked, q: string | undefined, wanted: readonly z.output<typeof kinds>[]): Promise<{ items: readonly unknown[]; limit: number; offset: number; has_more: boolean }> {
  const { limit, offset } = asked;
  const definitions = wanted.includes('ResourceDefinition') ? await pageDefinitions(app, { ...asked, q }, limit, offset) : { items: [], total: 0 };
  const types = await typesOf(app, wanted);
  if (types?.length === 0) return { items: definitions.items, limit, offset, has_more: definitions.total > offset + limit };
  const left = limit - definitions.items.length;
  const packages = await findPackages(app, q ?? '*', { ...asked, limit: left, offset: Math.max(0, offset - definitions.total) }, types);
  return { items: [...definitions.items, ...packages.items], limit, offset, has_more: definitions.total > offset + limit || packages.has_more };
}

/** One for each name and repository, with its newest version. */
async function findPackages(app: App, q: string, { limit, offset, provider, category }: Asked, types: readonly string[] | undefined): Promise<{ items: readonly unknown[]; limit: number; offset: number; has_more: boolean }> {
  const packageFilter = { ...(provider === undefined ? {} : { repository: provider }), ...(category === undefined ? {} : { category }), ...(types === undefined ? {} : { types }) };
  // Whoever asks for a provider that is not there finds nothing, and that is no error.
  const names = await findNames(app, q, packageFilter, offset + limit + 1);
  const shown = names.slice(offset, offset + limit);
  const items = await describeNames(app, shown, packageFilter);
  return { items: items.map(([newest]) => newest), limit, offset, has_more: names.length > offset + limit };
}

async function findVersions(app: App, name: string, { kind, provider }: z.output<typeof one>): Promise<readonly Resource[]> {
  const types = await typesOf(app, kind === undefined ? ['Chart', 'Package'] : [kind]);
  if (types?.length === 0) return [];
  const [versions] = await describeNames(app, [name], { ...(provider === undefined ? {} : { repository: provider }), ...(types === undefined ? {} : { types }) });
  return versions ?? [];
}

/** For each name and repository, in the order of the names: versions, newest first. */
async function describeNames(app: App, names: readonly string[], packageFilter: PackageFilter): Promise<readonly (readonly Resource[])[]> {
  return Promise.all((await listFound(app, names, packageFilter)).map(async (group) => {
    const { compareVersions, resourceKind = 'Package' } = await app.format(group[0]?.type ?? '');
    const versions = groupBy([...group].sort((a, b) => compareVersions(b.version, a.version)), ({ version }) => version);
    return [...versions.values()].flatMap(([held]) => (held === undefined ? [] : [describePackage(held, resourceKind)]));
  }));
}

/** The types of repositories that hold what is wanted; undefined: all do. */
async function typesOf(app: App, wanted: readonly z.output<typeof kinds>[]): Promise<readonly string[] | undefined> {
  if (wanted.includes('Chart') && wanted.includes('Package')) return undefined;
  const types = await Promise.all(app.types.map(async (type) => (wanted.includes((await app.format(type)).resourceKind ?? 'Package') ? [type] : [])));
  return types.flat();
}

function describePackage({ name, version, repository, type, attributes }: HeldPackage, kind: 'Chart' | 'Package'): Resource {
  const { summary, description, maintainer, packager } = attributes;
  const owner = maintainer ?? packager;
  return {
    kind,
    metadata: {
      name, version, provider: repository, category: categoryOf({ attributes }), resource_type: type,
      description: summary ?? description ?? '', maintainers: owner === undefined ? [] : [owner],
    },
    deprecated: attributes['deprecated'] === 'true',
  };
}

function first(resources: readonly Resource[], name: string, version?: string): Resource {
  const [newest] = resources;
  if (newest !== undefined) return newest;
  throw new Problem('RESOURCE_NOT_FOUND', 'Resource not found', { resource_name: name, ...(version === undefined ? {} : { version }) });
}
