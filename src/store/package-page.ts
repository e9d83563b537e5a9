/** Store: a version's packages, some at a time. */

import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { Page, PackagePageRequest } from '../core/service-store.js';
import type { RepositoryVersion, StoredArtifact } from '../core/repository.js';
import { digestText } from './blobs.js';
import { artifactFrom, type ArtifactRow } from './content.js';
import { partsOfVersion } from './content-of-version.js';
import type { Database } from './database.js';
import { isOfCategory } from './like.js';

/** By path. */
export function pagePackages(database: Database, version: RepositoryVersion, request: PackagePageRequest): Promise<Page<StoredArtifact>> {
  const { limit, offset, ...filter } = request;
  const condition = conditionOf(filter);
  return database.read(async (trx) => {
    // The current version is one part alone, and then the index of its paths has the order already.
    const parts = await isCurrent(version) ? partsOfVersion(version).slice(0, 1) : partsOfVersion(version);
    const paths = parts.map((part) => sql`select artifacts.id, path from artifacts where ${part} and ${condition}`);
    const { rows } = await sql<ArtifactRow>`
      select artifacts.path, name, version, arch, checksum, attributes, ${digestText(database.dialect)} as digest, size_bytes
      from (${sql.join(paths, sql` union all `)} order by path limit ${limit} offset ${offset}) as page
      join artifacts on artifacts.id = page.id join blobs on blobs.id = blob_id order by artifacts.path`.execute(trx);
    return { items: rows.map(artifactFrom), total: await countAll() };

    async function countAll(): Promise<number> {
      if (Object.keys(filter).length === 0) return version.artifactCount;
      const { rows: [row] } = await sql<{ count: number }>`select count(*) as count from (${sql.join(paths, sql` union all `)}) as matching`.execute(trx);
      return row?.count ?? 0;
    }

    async function isCurrent({ id }: RepositoryVersion): Promise<boolean> {
      const { rows: [row] } = await sql<{ is_current: number }>`
        select count(*) as is_current from versions join repositories on repositories.id = versions.repository_id
        where versions.id = ${id} and versions.number = repositories.current_number`.execute(trx);
      return row?.is_current === 1;
    }
  });
}

function conditionOf({ name, arch, category }: Pick<PackagePageRequest, 'name' | 'arch' | 'category'>): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${sql.join([
    sql`1 = 1`,
    ...(name === undefined ? [] : [sql`name = ${name}`]),
    ...(arch === undefined ? [] : [sql`arch = ${arch}`]),
    ...(category === undefined ? [] : [isOfCategory(category)]),
  ], sql` and `)})`;
}
