/** Queries: definitions of resources: what there is, in which versions, and which one is meant. */

import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import type { ResourceFilter } from '../core/resource-store.js';
import type { Deprecation, KnownResource, Rejection, ResourceDefinition, ResourceStatus, ResourceVersion } from '../core/resources.js';
import type { Page, PageRequest } from '../core/service-store.js';
import { chooseLatest, parseRange, sortNewestFirst, statusOf } from '../definitions/versions.js';

/** The shape of one in `resource list --json`. */
export interface ResourceView {
  readonly name: string;
  readonly version: string;
  readonly provider: string;
  readonly category: string;
  readonly resourceType: string;
  readonly description: string;
  readonly maintainers: readonly string[];
  readonly status: ResourceStatus;
  /** The Git repository that has it. */
  readonly source: string;
  readonly path: string;
  readonly gitCommit: string;
  readonly author: string;
  readonly createdAt: string;
  readonly deprecation?: Deprecation;
}

/** The shape of `resource show --json`. */
export interface ResourceDetails extends ResourceView {
  readonly definition: ResourceDefinition;
  /** Newest first. */
  readonly versions: readonly ResourceView[];
}

/** By name, each with its latest version. */
export async function listResources(app: App, filter: ResourceFilter, request: PageRequest): Promise<Page<ResourceView>> {
  const { items, total } = await app.store.pageResources(filter, request);
  return { total, items: items.flatMap((resource) => resource.versions.map((version) => viewVersion(app, resource, version))) };
}

/** @throws ChantalError E_RESOURCE_UNKNOWN, E_USAGE for what is no range */
export async function showResource(app: App, name: string, wanted: { readonly version?: string; readonly constraint?: string } = {}): Promise<ResourceDetails> {
  const { resource, versions } = await findVersions(app, name, wanted.constraint);
  const meant = wanted.version === undefined ? chooseLatest(versions) : versions.find(({ definition }) => definition.metadata.version === wanted.version);
  if (meant === undefined) {
    throw new ChantalError('E_RESOURCE_UNKNOWN', `there is no version ${wanted.version ?? wanted.constraint ?? ''} of ${name}`, {
      hint: `See what there is: chantal resource show --name ${name}`, context: { package: name },
    });
  }
  return { ...viewVersion(app, resource, meant), definition: meant.definition, versions: versions.map((version) => viewVersion(app, resource, version)) };
}

/** Newest first. @throws ChantalError E_RESOURCE_UNKNOWN, E_USAGE */
export async function listVersions(app: App, name: string, constraint?: string): Promise<readonly ResourceView[]> {
  const { resource, versions } = await findVersions(app, name, constraint);
  return versions.map((version) => viewVersion(app, resource, version));
}

/** Why a version is not there, though somebody wrote it. */
export async function findRejections(app: App, name: string, version: string): Promise<readonly (Rejection & { readonly source: string })[]> {
  const sources = (await app.store.listGitSources()).filter(({ rejections }) => rejections > 0);
  const states = await Promise.all(sources.map(async ({ name: source }) => ({ source, state: await app.store.readGitState(source) })));
  return states.flatMap(({ source, state }) => state.rejections.filter((each) => each.name === name && each.version === version).map((each) => ({ ...each, source })));
}

async function findVersions(app: App, name: string, constraint: string | undefined): Promise<{ readonly resource: KnownResource; readonly versions: readonly ResourceVersion[] }> {
  const isWanted = constraint === undefined ? () => true : parseRange(constraint);
  if (isWanted === undefined) throw new ChantalError('E_USAGE', `not a range of versions: ${JSON.stringify(constraint)}`, { hint: 'Such as ^1.2, 1.x, or ">=1 <3".' });
  const [resource] = await app.store.findResources([name]);
  if (resource === undefined) throw new ChantalError('E_RESOURCE_UNKNOWN', `there is no resource ${JSON.stringify(name)}`, { hint: 'See what there is: chantal resource list.', context: { package: name } });
  return { resource, versions: sortNewestFirst(resource.versions.filter(({ definition }) => isWanted(definition.metadata.version))) };
}

function viewVersion(app: App, resource: KnownResource, version: ResourceVersion): ResourceView {
  const { name, version: number, provider, category, resource_type: resourceType, description, maintainers } = version.definition.metadata;
  return {
    name, version: number, provider, category, resourceType, description, maintainers,
    status: statusOf(resource, version, app.clock.now().toISOString()),
    source: resource.source,
    path: version.path,
    gitCommit: version.commit,
    author: version.author,
    createdAt: version.createdAt,
    ...(version.deprecation === undefined ? {} : { deprecation: version.deprecation }),
  };
}
