/** Formats, index: what a JSON index catalog says. Source: the k0rdent catalog's index.schema.json of its versions 0.1.0 to 1.10.0, and what they publish. */

import { z } from 'zod';
import { ChantalError } from '../../core/errors.js';
import type { RelativePath } from '../../core/relative-path.js';

/** Today's has 113 KB. */
export const maxIndexBytes = 64 * 1024 * 1024;

const name = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?$/, { error: 'must be lower-case letters, digits, "-", "." and "_"' });
/** Mostly semantic versions, not always: `v1.4.1`, `0.1.0-mcp-16`. It becomes part of file names. */
const version = z.string().regex(/^[0-9A-Za-z][0-9A-Za-z.+_-]{0,127}$/, { error: 'must be a version' });
const list = z.array(z.string()).default([]);

const chart = z.looseObject({
  name,
  versions: z.array(version).default([]),
  appVersions: z.array(z.string().nullable()).default([]),
  repository: z.string().optional(),
});

const addon = z.looseObject({
  name,
  description: z.string().default(''),
  logo: z.string().default(''),
  docsUrl: z.string().default(''),
  supportType: z.string().default(''),
  deprecated: z.boolean().default(false),
  charts: z.array(chart).default([]),
  metadata: z.looseObject({
    owner: z.string().optional(),
    lastUpdated: z.string().optional(),
    dependencies: list,
    tags: list,
    validated_platforms: list,
    quality: z.looseObject({ tested: z.boolean().optional(), securityScanned: z.boolean().optional() }).optional(),
  }).prefault({}),
});

const index = z.looseObject({
  metadata: z.looseObject({ generated: z.string(), version: z.string().default('') }),
  addons: z.array(addon),
});

/** `generated` is compared for equality, never read: some are dates without a zone. */
export type CatalogIndex = z.infer<typeof index>;
export type Addon = CatalogIndex['addons'][number];
export type AddonChart = Addon['charts'][number];

/** What an index may hold. */
export const indexSchema = index;

/**
 * Unknown fields are carried. No addon is empty: a name of two addons is refused.
 * @throws ChantalError E_METADATA: it is no JSON, or a field is missing or of another type; the message names it
 */
export function parseIndex(bytes: Buffer, path: RelativePath): CatalogIndex {
  const parsed = index.safeParse(parseJson(bytes, path));
  if (!parsed.success) throw invalid(describeIssue(parsed.error), path);
  const seen = new Set<string>();
  for (const [position, { name: addonName }] of parsed.data.addons.entries()) {
    if (seen.has(addonName)) throw invalid(`addons[${position}].name: a second addon named ${JSON.stringify(addonName)}`, path);
    seen.add(addonName);
  }
  return parsed.data;
}

function parseJson(bytes: Buffer, path: RelativePath): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ChantalError('E_METADATA', `parse catalog index: ${(error as Error).message}`, { cause: error, context: { path }, hint: keepsServing });
  }
}

function invalid(what: string, path: RelativePath): ChantalError {
  return new ChantalError('E_METADATA', `validate catalog index: ${what}`, { context: { path }, hint: keepsServing });
}

const keepsServing = 'What was mirrored before is still published. Tell the catalog\'s owner.';

/** The first fault, the way a reader looks it up: `addons[3].charts[0].name: must be a string`. */
function describeIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'unreadable';
  const where = issue.path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`), '');
  if (issue.code === 'invalid_type' && issue.input === undefined && where !== '') return `missing required field '${where}'`;
  return where === '' ? issue.message : `${where}: ${issue.message}`;
}
