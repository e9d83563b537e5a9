/** Store: blobs, the files of the pool that something names. */

import { sql, type RawBuilder } from 'kysely';
import type { Checksum, Digest } from '../core/digest.js';
import { formatChecksum } from '../core/digest.js';
import type { Blob } from '../core/ports.js';
import type { RepositoryVersion } from '../core/repository.js';
import { forKeys, insertRows, type BulkInsert } from './bulk.js';
import { partsOfVersion } from './content-of-version.js';
import type { Database } from './database.js';
import type { Connection, Dialect } from './dialect.js';

export async function findBlobs(database: Database, digests: readonly Digest[]): Promise<ReadonlyMap<Digest, Blob>> {
  const blobs = await database.query((connection) => selectBlobs(connection, database.dialect, digests));
  return new Map(blobs.map((blob) => [blob.digest, blob]));
}

export async function findDigests(database: Database, checksums: readonly Checksum[]): Promise<ReadonlyMap<string, Digest>> {
  const keys = [...new Set(checksums.map(formatChecksum))];
  const rows = await database.query((connection) => forKeys(keys, (some) => (
    connection.selectFrom('artifacts')
      .innerJoin('blobs', 'blobs.id', 'artifacts.blob_id')
      .select(['artifacts.checksum', digestText(database.dialect).as('digest')])
      .distinct()
      .where('artifacts.checksum', 'in', some)
      .execute()
  )));
  return new Map(rows.map((row) => [row.checksum ?? '', row.digest]));
}

export async function listBlobs(database: Database, version: RepositoryVersion): Promise<readonly Blob[]> {
  const ids = (['artifacts', 'files'] as const).flatMap((table) => (
    partsOfVersion(version).map((part) => sql`select blob_id from ${sql.table(table)} where ${part}`)
  ));
  const { rows } = await database.query((connection) => sql<BlobRow>`
    select ${digestText(database.dialect)} as digest, size_bytes, mtime_ms from blobs where id in (${sql.join(ids, sql` union `)})`.execute(connection));
  return rows.map(blobFrom);
}

/** Those that the database does not name stay unnamed: nobody has said that they are durable. */
export async function updateBlobs(database: Database, blobs: readonly Blob[]): Promise<void> {
  await database.write(async (trx) => {
    const known = new Set((await selectBlobs(trx, database.dialect, blobs.map((blob) => blob.digest))).map((blob) => blob.digest));
    await saveBlobs(trx, database.dialect, blobs.filter((blob) => known.has(blob.digest)));
  });
}

/** Names blobs, and corrects the time of those that are named. In order of digest: two writers then cannot block each other. */
export async function saveBlobs(trx: Connection, dialect: Dialect, blobs: readonly Blob[]): Promise<void> {
  const unique = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
  unique.sort((a, b) => (a.digest < b.digest ? -1 : 1));
  await insertRows(trx, dialect, blobInsert, unique);
}

const blobInsert: BulkInsert<Blob> = {
  table: 'blobs',
  columns: [
    { name: 'digest', type: 'bytes', value: (blob) => bytesOf(blob.digest) },
    { name: 'size_bytes', type: 'number', value: (blob) => blob.sizeBytes },
    { name: 'mtime_ms', type: 'number', value: (blob) => blob.mtimeMs },
  ],
  ending: 'on conflict (digest) do update set mtime_ms = excluded.mtime_ms where blobs.mtime_ms <> excluded.mtime_ms',
};

/** The column of content rows that names a blob by its digest. */
export const blobIdColumn = {
  name: 'blob_id',
  type: 'bytes',
  value: (row: { readonly digest: Digest }) => bytesOf(row.digest),
  expression: (digest: string) => `(select id from blobs where digest = ${digest})`,
} as const;

/** How `blobs.digest` is selected. */
export function digestText(dialect: Dialect): RawBuilder<Digest> {
  return sql.raw(dialect.digestText);
}

function bytesOf(digest: Digest): Buffer {
  return Buffer.from(digest, 'hex');
}

async function selectBlobs(connection: Connection, dialect: Dialect, digests: readonly Digest[]): Promise<readonly Blob[]> {
  const rows = await forKeys([...new Set(digests)], (some) => (
    connection.selectFrom('blobs')
      .select([digestText(dialect).as('digest'), 'size_bytes', 'mtime_ms'])
      .where('digest', 'in', some.map(bytesOf))
      .execute()
  ));
  return rows.map(blobFrom);
}

interface BlobRow {
  readonly digest: Digest;
  readonly size_bytes: number;
  readonly mtime_ms: number;
}

function blobFrom(row: BlobRow): Blob {
  return { digest: row.digest, sizeBytes: row.size_bytes, mtimeMs: row.mtime_ms };
}

export async function measureBlobs(database: Database): Promise<{ readonly files: number; readonly bytes: number }> {
  const { files, bytes } = await database.query((connection) => connection.selectFrom('blobs')
    .select((select) => [select.fn.countAll<number>().as('files'), select.fn.sum<number | null>('size_bytes').as('bytes')])
    .executeTakeFirstOrThrow());
  return { files, bytes: bytes ?? 0 };
}
