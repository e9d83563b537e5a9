/** Store: what versions consist of: artifacts and metadata files, of one version or between two. */

import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { diffArtifacts, diffFiles } from '../core/diff-content.js';
import { parseChecksum, type Checksum, type Digest } from '../core/digest.js';
import type { PackageFile } from '../core/diff-versions.js';
import type { ContentDelta } from '../core/ports.js';
import type { RelativePath } from '../core/relative-path.js';
import type { RepositoryVersion, StoredArtifact, StoredFile } from '../core/repository.js';
import { digestText } from './blobs.js';
import { isGained, isLost, partsOfVersion } from './content-of-version.js';
import type { Database } from './database.js';
import type { Connection, Dialect } from './dialect.js';

export function listArtifacts(database: Database, version: RepositoryVersion): Promise<readonly StoredArtifact[]> {
  return database.query((connection) => selectArtifacts(connection, database.dialect, partsOfVersion(version)));
}

export function listFiles(database: Database, version: RepositoryVersion): Promise<readonly StoredFile[]> {
  return database.query((connection) => selectFiles(connection, database.dialect, partsOfVersion(version)));
}

/** @throws Error when the two are no versions of one repository: there is no delta to read then */
export async function diffVersions(database: Database, from: RepositoryVersion, to: RepositoryVersion): Promise<ContentDelta> {
  if (from.repository !== to.repository) throw new Error(`versions of ${from.repository} and ${to.repository} have no common history`);
  const isForward = from.number <= to.number;
  const [earlier, later] = isForward ? [from, to] : [to, from];
  return database.read(async (trx) => {
    const { dialect } = database;
    const artifacts = [await selectArtifacts(trx, dialect, [isGained(earlier, later)]), await selectArtifacts(trx, dialect, [isLost(earlier, later)])] as const;
    const files = [await selectFiles(trx, dialect, [isGained(earlier, later)]), await selectFiles(trx, dialect, [isLost(earlier, later)])] as const;
    // What left in between and came back as it was is no difference: compared once more, by value.
    const [addedArtifacts, removedArtifacts] = isForward ? artifacts : swap(artifacts);
    const [addedFiles, removedFiles] = isForward ? files : swap(files);
    return {
      addedArtifacts: diffArtifacts(removedArtifacts, addedArtifacts).added as readonly StoredArtifact[],
      removedArtifacts: diffArtifacts(removedArtifacts, addedArtifacts).removed,
      addedFiles: diffFiles(removedFiles, addedFiles).added,
      removedFiles: diffFiles(removedFiles, addedFiles).removed,
    };
  });
}

/** The packages of two versions, as far as they can differ: those under names of which one version has a file that the other has not. No order. */
export function comparePackages(
  database: Database, from: RepositoryVersion, to: RepositoryVersion,
): Promise<readonly [readonly PackageFile[], readonly PackageFile[]]> {
  const changed = from.repository === to.repository ? isChangedBetween(from, to) : isNotInBoth(from, to);
  const { dialect } = database;
  return database.read(async (trx) => [await selectPackages(trx, dialect, from, changed), await selectPackages(trx, dialect, to, changed)]);
}

/** Costs what changed. */
function isChangedBetween(from: RepositoryVersion, to: RepositoryVersion): RawBuilder<SqlBool> {
  const [earlier, later] = from.number <= to.number ? [from, to] : [to, from];
  return sql<SqlBool>`name in (
    select name from artifacts where ${isGained(earlier, later)} union select name from artifacts where ${isLost(earlier, later)})`;
}

function isNotInBoth(from: RepositoryVersion, to: RepositoryVersion): RawBuilder<SqlBool> {
  const select = (column: 'name' | 'blob_id', version: RepositoryVersion, more = sql``): RawBuilder<unknown> =>
    sql.join(partsOfVersion(version).map((part) => sql`select ${sql.ref(column)} from artifacts where ${part}${more}`), sql` union all `);
  const without = (version: RepositoryVersion): RawBuilder<unknown> => sql` and blob_id not in (${select('blob_id', version)})`;
  return sql<SqlBool>`name in (${select('name', from, without(to))} union all ${select('name', to, without(from))})`;
}

/** All packages of a version, without what only publishing needs. No order. */
export function listPackages(database: Database, version: RepositoryVersion): Promise<readonly PackageFile[]> {
  return database.query((connection) => selectPackages(connection, database.dialect, version));
}

async function selectPackages(
  connection: Connection, dialect: Dialect, version: RepositoryVersion, condition?: RawBuilder<SqlBool>,
): Promise<readonly PackageFile[]> {
  const selects = partsOfVersion(version).map((part) => sql`
    select name, arch, version, ${digestText(dialect)} as digest, size_bytes
    from artifacts join blobs on blobs.id = blob_id where ${part}${condition === undefined ? sql`` : sql` and ${condition}`}`);
  const { rows } = await sql<Omit<ArtifactRow, 'path' | 'checksum' | 'attributes'>>`${sql.join(selects, sql` union all `)}`.execute(connection);
  return rows.map(({ name, arch, version: itsVersion, digest, size_bytes }) => ({ name, arch, version: itsVersion, digest, sizeBytes: size_bytes }));
}

function swap<T>([a, b]: readonly [T, T]): readonly [T, T] {
  return [b, a];
}

export interface ArtifactRow {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly checksum: string | null;
  readonly attributes: string | null;
  readonly digest: Digest;
  readonly size_bytes: number;
}

async function selectArtifacts(connection: Connection, dialect: Dialect, parts: readonly RawBuilder<SqlBool>[]): Promise<readonly StoredArtifact[]> {
  const selects = parts.map((part) => sql`
    select path, name, version, arch, checksum, attributes, ${digestText(dialect)} as digest, size_bytes
    from artifacts join blobs on blobs.id = blob_id where ${part}`);
  const { rows } = await sql<ArtifactRow>`${sql.join(selects, sql` union all `)} order by path`.execute(connection);
  return rows.map(artifactFrom);
}

export function artifactFrom(row: ArtifactRow): StoredArtifact {
  return {
    path: row.path as RelativePath,
    name: row.name,
    version: row.version,
    arch: row.arch,
    checksum: checksumFrom(row.checksum, row.digest),
    sizeBytes: row.size_bytes,
    attributes: row.attributes === null ? {} : JSON.parse(row.attributes) as Record<string, string>,
    digest: row.digest,
  };
}

function checksumFrom(text: string | null, digest: Digest): Checksum {
  if (text === null) return { algorithm: 'sha256', hex: digest };
  const colon = text.indexOf(':');
  return parseChecksum(text.slice(0, colon), text.slice(colon + 1));
}

interface FileRow {
  readonly path: string;
  readonly kind: string;
  readonly is_hash_named: number;
  readonly digest: Digest;
  readonly size_bytes: number;
}

async function selectFiles(connection: Connection, dialect: Dialect, parts: readonly RawBuilder<SqlBool>[]): Promise<readonly StoredFile[]> {
  const selects = parts.map((part) => sql`
    select path, kind, is_hash_named, ${digestText(dialect)} as digest, size_bytes
    from files join blobs on blobs.id = blob_id where ${part}`);
  const { rows } = await sql<FileRow>`${sql.join(selects, sql` union all `)} order by path`.execute(connection);
  return rows.map((row) => ({
    path: row.path as RelativePath,
    kind: row.kind,
    digest: row.digest,
    sizeBytes: row.size_bytes,
    hashNamed: row.is_hash_named === 1,
  }));
}
