/** Serve: resources: whatever has a name and versions, in the words of a catalog; and the search over them. */

import { satisfies, valid, validRange } from 'semver';
import { z } from 'zod';
import type { App } from '../../core/app.js';
import type { HeldPackage, PackageFilter } from '../../core/package-search.js';
import { groupBy } from '../../core/group-by.js';
import { categoryOf } from '../../queries/wire-events.js';
import type { ServiceContext } from '../context.js';
import { Problem } from '../problem.js';
import { addReadRoute } from '../read-route.js';
import { cutShape, pageQuery, resourceShape, text } from '../shapes.js';

/** Packages are resources where one asks for them: a mirror holds tens of thousands beside a few dozen definitions. */
const kinds = z.enum(['ResourceDefinition', 'Chart', 'Package']);
const filter = { provider: text(200).optional(), category: text(100).optional() };
const named = z.strictObject({ name: text(300) });
const one = z.strictObject({ kind: kinds.optional(), provider: text(200).optional() });
const versionShape = z.strictObject({ version: z.string(), created_at: z.string().optional(), git_commit: z.string().optional(), deprecated: z.boolean() });

const versionRange = text(100).refine((range) => validRange(range) !== null, { error: 'must be a range of semantic versions, such as ^1.2 or >=1.2 <2' });

type Resource = z.output<typeof resourceShape>;

export function addResourceRoutes(context: ServiceContext): void {
  const { app } = context;
  addReadRoute(context, {
    path: '/api/v1/resources', summary: 'Resources, by name: definitions and charts; with kind=Package, packages.', tag: 'catalog', life: 'kept',
    query: z.strictObject({ ...pageQuery, ...filter, kind: kinds.optional() }), answer: cutShape(resourceShape),
    read: async ({ query }) => (query.kind === 'Package' ? findPackages(app, '*', query) : nothing(query)),
  });
  addReadRoute(context, {
    path: '/api/v1/resources/:name', summary: 'The latest version of a resource.', tag: 'catalog', life: 'kept', params: named, query: one, answer: resourceShape,
    read: async ({ params, query }) => first(await findVersions(app, params.name, query), params.name),
  });
  addReadRoute(context, {
    path: '/api/v1/resources/:name/versions', summary: 'Its versions, newest first; with constraint, those in a range of semantic versions.', tag: 'catalog', life: 'kept', params: named,
    query: one.extend({ constraint: versionRange.optional() }),
    answer: z.strictObject({ name: z.string(), items: z.array(versionShape) }),
    read: async ({ params, query }) => {
      const versions = await findVersions(app, params.name, query);
      first(versions, params.name);
      const { constraint } = query;
      const wanted = constraint === undefined ? versions : versions.filter(({ metadata: { version } }) => isInRange(version, constraint));
      return { name: params.name, items: wanted.map(({ metadata: { version }, deprecated }) => ({ version, deprecated })) };
    },
  });
  addReadRoute(context, {
    path: '/api/v1/resources/:name/latest', summary: 'The same as without.', tag: 'catalog', life: 'kept', params: named, query: one, answer: resourceShape,
    read: async ({ params, query }) => first(await findVersions(app, params.name, query), params.name),
  });
  addReadRoute(context, {
    path: '/api/v1/resources/:name/:version', summary: 'One version of a resource.', tag: 'catalog', life: 'kept',
    params: z.strictObject({ name: text(300), version: text(300) }), query: one, answer: resourceShape,
    read: async ({ params: { name, version }, query }) => first((await findVersions(app, name, query)).filter(({ metadata }) => metadata.version === version), name, version),
  });
  addReadRoute(context, {
    path: '/api/v1/search', summary: 'Everything whose name has q in it; with * or ?, q is a pattern for the whole name.', tag: 'catalog', life: 'kept',
    query: z.strictObject({ q: text(200), ...pageQuery, ...filter, kind: kinds.optional() }), answer: cutShape(resourceShape),
    read: async ({ query }) => (query.kind === undefined || query.kind === 'Package' ? findPackages(app, query.q, query) : nothing(query)),
  });
}

interface Asked {
  readonly limit: number;
  readonly offset: number;
  readonly provider?: string | undefined;
  readonly category?: string | undefined;
}

function nothing({ limit, offset }: Asked): unknown {
  return { items: [], limit, offset, has_more: false };
}

/** One for each name and repository, with its newest version. */
async function findPackages(app: App, q: string, { limit, offset, provider, category }: Asked): Promise<unknown> {
  const packageFilter = { ...(provider === undefined ? {} : { repository: provider }), ...(category === undefined ? {} : { category }) };
  // Whoever asks for a provider that is not there finds nothing, and that is no error.
  const names = await app.store.findPackageNames(/[*?]/.test(q) ? q : `*${q}*`, packageFilter, offset + limit + 1);
  const shown = names.slice(offset, offset + limit);
  const items = await describeNames(app, shown, packageFilter);
  return { items: items.map(([newest]) => newest), limit, offset, has_more: names.length > offset + limit };
}

async function findVersions(app: App, name: string, { kind, provider }: z.output<typeof one>): Promise<readonly Resource[]> {
  if (kind !== undefined && kind !== 'Package') return [];
  const [versions] = await describeNames(app, [name], provider === undefined ? {} : { repository: provider });
  return versions ?? [];
}

/** By name and repository: versions, newest first. */
async function describeNames(app: App, names: readonly string[], packageFilter: PackageFilter): Promise<readonly (readonly Resource[])[]> {
  const groups = groupBy(await app.store.listHeldPackages(names, packageFilter), ({ name, repository }) => `${name}\0${repository}`);
  return Promise.all([...groups.values()].map(async (group) => {
    const { compareVersions } = await app.format(group[0]?.type ?? '');
    const versions = groupBy([...group].sort((a, b) => compareVersions(b.version, a.version)), ({ version }) => version);
    return [...versions.values()].flatMap(([held]) => (held === undefined ? [] : [describePackage(held)]));
  }));
}

function describePackage({ name, version, repository, type, attributes }: HeldPackage): Resource {
  const { summary, description, maintainer, packager } = attributes;
  const owner = maintainer ?? packager;
  return {
    kind: 'Package',
    metadata: {
      name, version, provider: repository, category: categoryOf({ attributes }), resource_type: type,
      description: summary ?? description ?? '', maintainers: owner === undefined ? [] : [owner],
    },
    deprecated: false,
  };
}

/** What upstream calls its version, without epoch and release; one that is not semantic is in no range. */
function isInRange(version: string, range: string): boolean {
  const upstream = version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
  return [version, upstream].some((each) => valid(each, { loose: true }) !== null && satisfies(each, range, { loose: true }));
}

function first(resources: readonly Resource[], name: string, version?: string): Resource {
  const [newest] = resources;
  if (newest !== undefined) return newest;
  throw new Problem('RESOURCE_NOT_FOUND', 'Resource not found', { resource_name: name, ...(version === undefined ? {} : { version }) });
}
