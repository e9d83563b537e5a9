/** Migrations: the first schema. Content is kept as rows with a first and a last version, so that a sync writes only what changed. */

import { sql } from 'kysely';
import type { ColumnTypes, Migration } from './migration.js';

export const initial: Migration = {
  name: '0001-initial',
  async up(db, types) {
    for (const statement of [...tables(types), ...indexes]) await sql.raw(statement).execute(db);
  },
};

function tables(types: ColumnTypes): readonly string[] {
  return [
    `create table repositories (
      id ${types.id},
      name ${types.orderedText} not null unique,
      type text not null,
      created_at text not null,
      current_number integer,
      last_sync_at text,
      last_outcome text,
      last_error_code text,
      last_error_message text
    )`,
    // sha256 in 32 bytes: its index is half of what hex digits would take, and one row here stands for a file in the pool.
    `create table blobs (
      id ${types.id},
      digest ${types.bytes} not null unique,
      size_bytes bigint not null,
      mtime_ms bigint not null
    )`,
    `create table versions (
      id ${types.id},
      repository_id bigint not null references repositories (id),
      number integer not null,
      created_at text not null,
      root_fingerprint text not null,
      settings_digest text not null,
      mode text not null,
      artifact_count integer not null,
      artifact_bytes bigint not null,
      file_count integer not null,
      signed_by text not null,
      dates text not null,
      valid_until text,
      unique (repository_id, number)
    )`,
    // In version n: added_in <= n, and removed_in is null or greater than n.
    // checksum: what upstream claims, null where it is the blob's own digest. attributes: a JSON object, null where empty.
    `create table artifacts (
      id ${types.id},
      repository_id bigint not null references repositories (id),
      blob_id bigint not null references blobs (id),
      added_in integer not null,
      removed_in integer,
      path ${types.orderedText} not null,
      name ${types.orderedText} not null,
      version text not null,
      arch text not null,
      checksum text,
      attributes text
    )`,
    `create table files (
      id ${types.id},
      repository_id bigint not null references repositories (id),
      blob_id bigint not null references blobs (id),
      added_in integer not null,
      removed_in integer,
      path ${types.orderedText} not null,
      kind text not null,
      is_hash_named integer not null
    )`,
    `create table snapshots (
      id ${types.id},
      repository_id bigint not null references repositories (id),
      version_id bigint not null references versions (id),
      name ${types.orderedText} not null,
      created_at text not null,
      unique (repository_id, name)
    )`,
    `create table publications (
      id ${types.id},
      repository_id bigint not null references repositories (id),
      version_id bigint not null references versions (id),
      target text not null,
      path text not null,
      tree text not null,
      state text not null,
      published_at text not null
    )`,
    `create table events (
      id ${types.id},
      at text not null,
      type text not null,
      repository text not null,
      data text not null
    )`,
    // Who holds a lock, for messages only: the lock itself is the kernel's or the server's, and dies with its holder.
    `create table locks (
      name text primary key,
      host text not null,
      pid integer not null,
      command text not null,
      since text not null
    )`,
  ];
}

/** Each costs on insert: current content is found by path, history by the versions it changed in, blobs by who needs them. */
const indexes: readonly string[] = [
  'create unique index artifacts_current on artifacts (repository_id, path) where removed_in is null',
  'create index artifacts_added on artifacts (repository_id, added_in)',
  'create index artifacts_removed on artifacts (repository_id, removed_in) where removed_in is not null',
  'create index artifacts_blob on artifacts (blob_id)',
  'create index artifacts_checksum on artifacts (checksum) where checksum is not null',
  'create unique index files_current on files (repository_id, path) where removed_in is null',
  'create index files_added on files (repository_id, added_in)',
  'create index files_removed on files (repository_id, removed_in) where removed_in is not null',
  'create index files_blob on files (blob_id)',
  'create index snapshots_version on snapshots (version_id)',
  'create index publications_target on publications (repository_id, target)',
];
