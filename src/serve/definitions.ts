/** Serve: definitions of resources as the API gives them out, and the headers that tell of their end. */

import type { z } from 'zod';
import type { App } from '../core/app.js';
import { isChantalError } from '../core/errors.js';
import type { Deprecation, ResourceDefinition } from '../core/resources.js';
import { findRejections, listResources, listVersions, showResource, type ResourceView } from '../queries/resources.js';
import { Problem } from './problem.js';
import type { resourceShape } from './shapes.js';

type Resource = z.output<typeof resourceShape>;

export interface DefinitionsAsked {
  readonly provider?: string | undefined;
  readonly category?: string | undefined;
  readonly q?: string | undefined;
}

export async function pageDefinitions(app: App, { provider, category, q }: DefinitionsAsked, limit: number, offset: number): Promise<{ readonly items: readonly Resource[]; readonly total: number }> {
  const filter = { ...(provider === undefined ? {} : { provider }), ...(category === undefined ? {} : { category }), ...(q === undefined ? {} : { q }) };
  const { items, total } = await listResources(app, filter, { limit: Math.max(1, limit), offset });
  return { items: items.slice(0, limit).map((view) => describe(view)), total };
}

/** undefined: there is no definition of that name, or not of that provider. */
export async function findDefinition(app: App, name: string, provider: string | undefined, wanted: { readonly version?: string; readonly constraint?: string | undefined } = {}): Promise<Resource | undefined> {
  const { version, constraint } = wanted;
  const found = await orUndefined(showResource(app, name, { ...(version === undefined ? {} : { version }), ...(constraint === undefined ? {} : { constraint }) }));
  if (found === undefined || (provider !== undefined && found.provider !== provider)) return undefined;
  const isLatest = version === undefined && found.status !== 'active';
  return {
    ...describe(found, found.definition),
    ...(isLatest ? { warning: found.status === 'withdrawn' ? 'it has been taken out of Git' : 'every version is deprecated' } : {}),
  };
}

export async function listDefinitionVersions(app: App, name: string, provider: string | undefined, constraint: string | undefined): Promise<readonly ResourceView[] | undefined> {
  const versions = await orUndefined(listVersions(app, name, constraint));
  return versions?.filter((version) => provider === undefined || version.provider === provider);
}

/** Somebody wrote that version, and it was rejected: that says more than that it is not there. */
export async function assertNotRejected(app: App, name: string, version: string): Promise<void> {
  const [rejection] = await findRejections(app, name, version);
  if (rejection === undefined || rejection.code === 'VERSION_IMMUTABLE') return;
  const { code, findings, path, commit, source } = rejection;
  throw new Problem(code, code === 'VALIDATION_FAILED' ? 'Resource validation failed' : code === 'POLICY_VIOLATION' ? 'Resource violates a policy' : 'Resource belongs to another Git repository', {
    resource_name: name, version, validation_errors: findings, source, path, git_commit: commit,
  });
}

/** RFC 9745 and RFC 8594. */
export function headersOf(value: unknown): Readonly<Record<string, string>> {
  const { deprecation } = value as Resource;
  if (deprecation === undefined) return {};
  const { since, sunset } = deprecation;
  return {
    deprecation: `@${Math.floor(Date.parse(since) / 1000)}`,
    ...(sunset === undefined ? {} : { sunset: new Date(sunset).toUTCString() }),
  };
}

function describe(view: ResourceView, definition?: ResourceDefinition): Resource {
  const { name, version, provider, category, resourceType, description, maintainers, status, source, gitCommit, createdAt, deprecation } = view;
  return {
    kind: 'ResourceDefinition',
    ...(definition === undefined ? {} : { apiVersion: definition.apiVersion }),
    metadata: { ...definition?.metadata, name, version, provider, category, resource_type: resourceType, description, maintainers: [...maintainers] },
    deprecated: status === 'deprecated' || status === 'retired',
    status,
    source,
    git_commit: gitCommit,
    created_at: createdAt,
    ...(deprecation === undefined ? {} : { deprecation: describeDeprecation(deprecation) }),
    ...(definition === undefined ? {} : { spec: definition.spec }),
  };
}

function describeDeprecation({ since, at, sunset, replacedBy, message }: Deprecation): NonNullable<Resource['deprecation']> {
  return { since: since ?? at, ...(sunset === undefined ? {} : { sunset }), ...(replacedBy === undefined ? {} : { replaced_by: replacedBy }), ...(message === undefined ? {} : { message }) };
}

async function orUndefined<T>(running: Promise<T>): Promise<T | undefined> {
  return running.catch((error: unknown) => {
    if (isChantalError(error, 'E_RESOURCE_UNKNOWN')) return undefined;
    throw error;
  });
}
