/** Store: who uses which blob, and what that comes to. */

import { sql } from 'kysely';
import type { Digest } from '../core/digest.js';
import { ownerOfLine } from '../core/names.js';
import type { BlobUse, PoolUse } from '../core/store-care.js';
import { digestText } from './blobs.js';
import { forKeys } from './bulk.js';
import type { Database } from './database.js';

export function readPoolUse(database: Database): Promise<PoolUse> {
  return database.read(async (trx) => {
    const lines = await trx.selectFrom('repositories').select(['id', 'name']).execute();
    // What was merged and what was adopted lies in lines of their own, which nobody has a name for: it is their owner's.
    const owned = sql.join([sql`(cast(${0} as bigint), ${''})`, ...lines.map(({ id, name }) => sql`(cast(${id} as bigint), ${ownerOfLine(name)})`)]);
    const { rows: repositories } = await sql<{ name: string; files: number; bytes: number; own_bytes: number }>`
      with lines (id, name) as (values ${owned}),
        content as (select repository_id, blob_id from artifacts union select repository_id, blob_id from files),
        used as (select distinct lines.name, content.blob_id from content join lines on lines.id = content.repository_id),
        owners as (select blob_id, count(*) as owner_count from used group by blob_id)
      select name, count(*) as files, sum(size_bytes) as bytes, sum(case when owner_count = 1 then size_bytes else 0 end) as own_bytes
      from used join owners on owners.blob_id = used.blob_id join blobs on blobs.id = used.blob_id
      group by name order by name`.execute(trx);
    const { rows: [published] } = await sql<{ bytes: number | null }>`
      select sum(versions.artifact_bytes + (
        select coalesce(sum(size_bytes), 0) from files join blobs on blobs.id = files.blob_id
        where files.repository_id = versions.repository_id and added_in <= versions.number and (removed_in is null or removed_in > versions.number))) as bytes
      from publications join versions on versions.id = publications.version_id where publications.state = 'complete'`.execute(trx);
    return {
      repositories: repositories.map(({ name, files, bytes, own_bytes }) => ({ repository: name, files, bytes, ownBytes: own_bytes, sharedBytes: bytes - own_bytes })),
      publishedBytes: published?.bytes ?? 0,
    };
  });
}

export async function listKnown(database: Database): Promise<readonly { readonly digest: Digest; readonly sizeBytes: number }[]> {
  const rows = await database.query((connection) => connection.selectFrom('blobs').select([digestText(database.dialect).as('digest'), 'size_bytes']).execute());
  return rows.map((row) => ({ digest: row.digest, sizeBytes: row.size_bytes }));
}

export async function findUses(database: Database, digests: readonly Digest[]): Promise<readonly BlobUse[]> {
  const rows = await database.query((connection) => forKeys(digests, async (some) => {
    const bytes = sql.join(some.map((digest) => Buffer.from(digest, 'hex')));
    const found = await sql<{ digest: Digest; name: string; path: string; attributes: string | null }>`
      select distinct ${digestText(database.dialect)} as digest, repositories.name, content.path, content.attributes
      from (select repository_id, blob_id, path, attributes from artifacts union all select repository_id, blob_id, path, null from files) as content
        join blobs on blobs.id = content.blob_id join repositories on repositories.id = content.repository_id
      where blobs.id in (select id from blobs where digest in (${bytes})) order by repositories.name, content.path`.execute(connection);
    return found.rows;
  }));
  return rows.map(({ digest, name, path, attributes }) => ({
    digest, repository: name, path: path as BlobUse['path'], attributes: attributes === null ? {} : JSON.parse(attributes) as Record<string, string>,
  }));
}
