/** Serve: what the API gives out, each shape once: the OpenAPI document is made of these, and the tests hold every answer against them. */

import { z } from 'zod';

const time = z.string().describe('ISO 8601, UTC.');
const count = z.int().min(0);

export const repositoryShape = z.strictObject({
  name: z.string(),
  type: z.string(),
  enabled: z.boolean(),
  configured: z.boolean().describe('false: known from earlier, no longer configured.'),
  upstream: z.string(),
  version: count.describe('0: nothing is held yet.'),
  packages: count,
  bytes: count,
  quarantined_packages: count,
  last_sync: z.strictObject({ at: time, outcome: z.string() }).optional(),
  last_error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
});

export const repositoryDetailsShape = repositoryShape.extend({
  mode: z.enum(['verbatim', 'regenerated']),
  mode_reason: z.string(),
  metadata_files: count,
  signed_by: z.array(z.string()),
  valid_until: time.optional(),
  published_version: count.describe('What `latest` shows; 0: nothing.'),
  url: z.string().optional().describe('Where this service has `latest`.'),
  versions: z.array(z.strictObject({ number: count, created_at: time, packages: count })),
  snapshots: z.array(z.string()),
  client_config: z.string().describe('What to put on a client, with <URL> where the address goes.'),
});

export const runShape = z.strictObject({
  id: count,
  repository: z.string(),
  started_at: time,
  finished_at: time,
  result: z.enum(['synced', 'unchanged', 'repaired', 'failed']),
  version: count,
  added: count,
  removed: count,
  downloaded_bytes: count,
  requests: count,
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
});

export const snapshotShape = z.strictObject({
  name: z.string(),
  repository: z.string(),
  type: z.string(),
  version: count,
  created_at: time,
  packages: count,
  bytes: count,
  metadata_files: count,
  published: z.boolean(),
  url: z.string().optional(),
});

export const packageFileShape = z.strictObject({
  name: z.string(),
  repository: z.string(),
  type: z.string(),
  version: z.string(),
  arch: z.string(),
  path: z.string(),
  size_bytes: count,
  sha256: z.string(),
  attributes: z.record(z.string(), z.string()),
  in_latest: z.boolean(),
  snapshots: z.array(z.string()),
  urls: z.array(z.string()),
  upstream_url: z.string().optional(),
});

export const listedPackageShape = packageFileShape.omit({ repository: true, type: true, in_latest: true, snapshots: true, urls: true, upstream_url: true });

export const resourceShape = z.strictObject({
  kind: z.enum(['ResourceDefinition', 'Chart', 'Package']),
  apiVersion: z.string().optional(),
  metadata: z.looseObject({
    name: z.string(),
    version: z.string(),
    provider: z.string(),
    category: z.string(),
    resource_type: z.string(),
    description: z.string(),
    maintainers: z.array(z.string()),
  }),
  deprecated: z.boolean(),
  status: z.enum(['active', 'deprecated', 'retired', 'withdrawn']).optional().describe('Of definitions.'),
  deprecation: z.strictObject({ since: time, sunset: z.string().optional(), replaced_by: z.string().optional(), message: z.string().optional() }).optional(),
  warning: z.string().optional().describe('Why the latest is not what one would want.'),
  source: z.string().optional().describe('The Git repository.'),
  git_commit: z.string().optional(),
  created_at: time.optional(),
  spec: z.record(z.string(), z.unknown()).optional().describe('As it was written; not in lists.'),
});

export const findingShape = z.strictObject({ field: z.string(), message: z.string(), rule: z.string().optional() });

export const gitSourceShape = z.strictObject({
  name: z.string(),
  url: z.string(),
  branch: z.string(),
  path: z.string(),
  provides: z.enum(['definitions', 'repos']),
  configured: z.boolean(),
  reachable: z.boolean().optional(),
  commit: z.string().optional(),
  checked_at: time.optional(),
  synced_at: time.optional(),
  failures: count.describe('In a row.'),
  next_try_at: time.optional(),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  resources: count,
  rejections: count,
});

const namedPackageShape = z.strictObject({ name: z.string(), arch: z.string(), version: z.string(), size_bytes: count });
const sideShape = z.strictObject({ version: z.string(), size_bytes: count });
const changeShape = z.strictObject({ name: z.string(), arch: z.string(), from: sideShape, to: sideShape });
const stateShape = z.strictObject({ reference: z.string(), repository: z.string(), version: count, created_at: time, packages: count, bytes: count });
const advisoryShape = z.strictObject({ id: z.string(), type: z.string(), severity: z.string(), title: z.string(), issued_at: z.string(), cves: z.array(z.string()) });
const cveShape = z.strictObject({ id: z.string(), severity: z.string() });

export const diffShape = z.strictObject({
  type: z.string(),
  from: stateShape,
  to: stateShape,
  added: z.array(namedPackageShape),
  removed: z.array(namedPackageShape),
  upgraded: z.array(changeShape),
  downgraded: z.array(changeShape),
  rebuilt: z.array(changeShape),
  advisories: z.strictObject({
    covered: z.array(advisoryShape), lost: z.array(advisoryShape), covered_cves: z.array(cveShape), lost_cves: z.array(cveShape),
  }).optional(),
});

/** Some of many. */
export function pageShape<S extends z.ZodType>(item: S) {
  return z.strictObject({ items: z.array(item), limit: count, offset: count, total: count });
}

/** The same, where counting all would cost more than the answer. */
export function cutShape<S extends z.ZodType>(item: S) {
  return z.strictObject({ items: z.array(item), limit: count, offset: count, has_more: z.boolean() });
}

const wholeNumber = (min: number, max: number, standard: number) => z.string().regex(/^\d{1,9}$/, { error: 'must be a whole number' }).transform(Number)
  .pipe(z.number().min(min, { error: `must be at least ${min}` }).max(max, { error: `must be at most ${max}` })).default(standard);

/** Further on, a name or a repository finds it faster than a page does. */
export const pageQuery = { limit: wholeNumber(1, 1000, 100), offset: wholeNumber(0, 1_000_000, 0) };

export const text = (max: number) => z.string({ error: 'must be given once' }).min(1, { error: 'must not be empty' }).max(max, { error: `must be at most ${max} characters long` });
