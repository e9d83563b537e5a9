/** Store: definitions of resources, with every version that was ever published. */

import { sql, type RawBuilder, type Selectable, type SqlBool } from 'kysely';
import type { GitSyncRecord, ResourceFilter } from '../core/resource-store.js';
import type { Deprecation, KnownResource, ResourceDefinition, ResourceVersion } from '../core/resources.js';
import type { Page, PageRequest } from '../core/service-store.js';
import { forKeys } from './bulk.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';
import { escapeLike } from './like.js';
import type { Tables } from './schema.js';

type VersionRow = Selectable<Tables['resource_versions']>;
interface ResourceRow {
  readonly id: number;
  readonly name: string;
  readonly source: string;
  readonly withdrawn_at: string | null;
}

export function findResources(database: Database, names: readonly string[], source?: string): Promise<readonly KnownResource[]> {
  return database.read(async (trx) => {
    const ofSource = source === undefined ? [] : await selectResources(trx, sql`git_sources.name = ${source}`);
    const byName = await forKeys([...new Set(names)].sort(), async (some) => selectResources(trx, sql`resources.name in (${sql.join(some)})`));
    const rows = [...new Map([...ofSource, ...byName].map((row) => [row.id, row])).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const versions = new Map<number, ResourceVersion[]>(rows.map(({ id }) => [id, []]));
    const found = await forKeys(rows.map(({ id }) => id), async (some) => trx.selectFrom('resource_versions').selectAll().where('resource_id', 'in', some).orderBy('id').execute());
    for (const row of found) versions.get(row.resource_id)?.push(versionFrom(row));
    return rows.map((row) => resourceFrom(row, versions.get(row.id) ?? []));
  });
}

export function pageResources(database: Database, filter: ResourceFilter, { limit, offset }: PageRequest): Promise<Page<KnownResource>> {
  return database.read(async (trx) => {
    const from = sql`from resources join git_sources on git_sources.id = resources.source_id join resource_versions on resource_versions.id = resources.latest_id where ${matches(filter)}`;
    const { rows } = await sql<VersionRow & { name: string; source: string; name_withdrawn_at: string | null }>`
      select resource_versions.*, resources.name, git_sources.name as source, resources.withdrawn_at as name_withdrawn_at ${from}
      order by resources.name limit ${limit} offset ${offset}`.execute(trx);
    const { rows: [counted] } = await sql<{ total: number }>`select count(*) as total ${from}`.execute(trx);
    return {
      total: counted?.total ?? 0,
      items: rows.map(({ name, source, name_withdrawn_at: withdrawnAt, ...row }) => resourceFrom({ id: row.resource_id, name, source, withdrawn_at: withdrawnAt }, [versionFrom(row)])),
    };
  });
}

/** @returns false: a name has another owner than it had */
export async function saveResources(trx: Connection, sourceId: number, { owners, resources }: NonNullable<GitSyncRecord['content']>): Promise<boolean> {
  const found = await forKeys([...owners.keys()].sort(), async (some) => selectResources(trx, sql`resources.name in (${sql.join(some)})`));
  const now = new Map(found.map((row) => [row.name, row.source]));
  if ([...owners].some(([name, owner]) => now.get(name) !== owner)) return false;
  for (const resource of resources) await saveResource(trx, sourceId, resource);
  return true;
}

async function saveResource(trx: Connection, sourceId: number, { name, withdrawnAt, versions, latest }: KnownResource & { readonly latest: string }): Promise<void> {
  const values = { source_id: sourceId, withdrawn_at: withdrawnAt ?? null };
  const { id } = await trx.insertInto('resources').values({ name, ...values }).onConflict((conflict) => conflict.column('name').doUpdateSet(values)).returning('id').executeTakeFirstOrThrow();
  for (const version of versions) {
    const { metadata } = version.definition;
    // What identifies it and its content stay as they were written first; what may change is written again.
    const changing = {
      definition: JSON.stringify(version.definition), description: metadata.description, deprecation: version.deprecation === undefined ? null : JSON.stringify(version.deprecation),
      withdrawn_at: version.withdrawnAt ?? null, path: version.path,
    };
    await trx.insertInto('resource_versions').values({
      resource_id: id, version: metadata.version, digest: version.digest, provider: metadata.provider, category: metadata.category,
      commit_id: version.commit, author: version.author, created_at: version.createdAt, ...changing,
    }).onConflict((conflict) => conflict.columns(['resource_id', 'version']).doUpdateSet(changing)).execute();
  }
  await sql`update resources set latest_id = (select id from resource_versions where resource_id = ${id} and version = ${latest}) where id = ${id}`.execute(trx);
}

async function selectResources(trx: Connection, condition: RawBuilder<unknown>): Promise<readonly ResourceRow[]> {
  return (await sql<ResourceRow>`select resources.id, resources.name, git_sources.name as source, resources.withdrawn_at
    from resources join git_sources on git_sources.id = resources.source_id where ${condition} order by resources.name`.execute(trx)).rows;
}

function matches({ provider, category, q, isWithdrawnToo }: ResourceFilter): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${sql.join([
    sql`1 = 1`,
    ...(isWithdrawnToo === true ? [] : [sql`resources.withdrawn_at is null`]),
    ...(provider === undefined ? [] : [sql`provider = ${provider}`]),
    ...(category === undefined ? [] : [sql`category = ${category}`]),
    ...(q === undefined ? [] : [isLike(q)]),
  ], sql` and `)})`;
}

function isLike(q: string): RawBuilder<unknown> {
  const lower = escapeLike(q.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  if (/[*?]/.test(q)) return sql`lower(resources.name) like ${lower.replace(/\*+/g, '%').replaceAll('?', '_')} escape '\\'`;
  return sql`(lower(resources.name) like ${`%${lower}%`} escape '\\' or lower(resource_versions.description) like ${`%${lower}%`} escape '\\')`;
}

function resourceFrom({ name, source, withdrawn_at: withdrawnAt }: ResourceRow, versions: readonly ResourceVersion[]): KnownResource {
  return { name, source, ...(withdrawnAt === null ? {} : { withdrawnAt }), versions };
}

function versionFrom(row: VersionRow): ResourceVersion {
  return {
    definition: JSON.parse(row.definition) as ResourceDefinition,
    digest: row.digest,
    ...(row.deprecation === null ? {} : { deprecation: JSON.parse(row.deprecation) as Deprecation }),
    ...(row.withdrawn_at === null ? {} : { withdrawnAt: row.withdrawn_at }),
    commit: row.commit_id,
    author: row.author,
    createdAt: row.created_at,
    path: row.path,
  };
}
