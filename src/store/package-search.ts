/** Store: packages by name or summary, over all repositories: those that `latest` or a snapshot holds. */

import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { groupBy } from '../core/group-by.js';
import type { HeldPackage, PackageFilter } from '../core/package-search.js';
import { digestText } from './blobs.js';
import { forKeys } from './bulk.js';
import { artifactFrom, type ArtifactRow } from './content.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';
import { escapeLike, isOfCategory } from './like.js';

/** The versions that `latest` stands for. Lines (`owner/…`) have none. */
const current = sql`select id as line_id, current_number as number from repositories where current_number is not null and name not like '%/%'`;
const frozen = sql`select versions.repository_id, versions.number from snapshots join versions on versions.id = snapshots.version_id`;

export function findPackageNames(database: Database, glob: string, filter: PackageFilter, limit: number): Promise<readonly string[]> {
  return listNames(database, isNamed(escapeLike(lowerCase(glob)).replace(/\*+/g, '%').replaceAll('?', '_')), filter, limit);
}

export async function searchPackageNames(database: Database, text: string, filter: PackageFilter, limit: number): Promise<readonly string[]> {
  const pattern = `%${escapeLike(lowerCase(text))}%`;
  const named = await listNames(database, isNamed(pattern), filter, limit);
  if (named.length >= limit) return named;
  const isDescribed = sql<SqlBool>`artifacts.id in (
    select id from artifacts where ${database.dialect.summaryIsLike(sql`${pattern}`)} and lower(name) not like ${pattern} escape '\\')`;
  return [...named, ...await listNames(database, isDescribed, filter, limit - named.length)];
}

/** @param pattern of `like`, in lower case */
function isNamed(pattern: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`artifacts.name in (select name from artifacts where lower(name) like ${pattern} escape '\\')`;
}

/** Of held packages, sorted. */
async function listNames(database: Database, isFound: RawBuilder<SqlBool>, filter: PackageFilter, limit: number): Promise<readonly string[]> {
  const { rows } = await database.query((connection) => sql<{ name: string }>`
    with shown as (${current} union ${frozen})
    select distinct artifacts.name from artifacts join repositories on repositories.id = artifacts.repository_id
    where ${isFound}
      and exists (select 1 from shown where line_id = artifacts.repository_id and added_in <= number and (removed_in is null or removed_in > number))
      and ${matches(filter)}
    order by artifacts.name limit ${limit}`.execute(connection));
  return rows.map(({ name }) => name);
}

export function listHeldPackages(database: Database, names: readonly string[], filter: PackageFilter): Promise<readonly HeldPackage[]> {
  return database.read(async (trx) => {
    const states = await listStates(trx);
    const rows = await forKeys([...new Set(names)].sort(), async (some) => (await sql<Row>`
      select repository_id, repositories.name as line, type, added_in, removed_in,
        path, artifacts.name, version, arch, checksum, attributes, ${digestText(database.dialect)} as digest, size_bytes
      from artifacts join repositories on repositories.id = repository_id join blobs on blobs.id = blob_id
      where artifacts.name in (${sql.join(some)}) and ${matches(filter)}
      order by artifacts.name, repositories.name, path, artifacts.id`.execute(trx)).rows);
    return uniteRows(rows.flatMap((row) => heldFrom(row, states.get(row.repository_id) ?? []) ?? []));
  });
}

/** Of ASCII alone, as the databases' own `lower` does it: SQLite's always, PostgreSQL's in the collation of our names. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function matches({ repository, type, types, arch, category }: PackageFilter): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${sql.join([
    sql`1 = 1`,
    ...(repository === undefined ? [] : [sql`(repositories.name = ${repository} or repositories.name like ${`${escapeLike(repository)}/%`} escape '\\')`]),
    ...(type === undefined ? [] : [sql`repositories.type = ${type}`]),
    ...(types === undefined ? [] : [sql`repositories.type in (${sql.join([...types, ''])})`]),
    ...(arch === undefined ? [] : [sql`artifacts.arch = ${arch}`]),
    ...(category === undefined ? [] : [isOfCategory(category)]),
  ], sql` and `)})`;
}

interface StateRow {
  readonly line_id: number;
  readonly number: number;
  /** `latest` has none. */
  readonly snapshot?: string;
}

/** By line. */
async function listStates(trx: Connection): Promise<ReadonlyMap<number, readonly StateRow[]>> {
  const { rows: latest } = await sql<StateRow>`${current}`.execute(trx);
  const { rows: snapshots } = await sql<StateRow>`
    select versions.repository_id as line_id, versions.number, snapshots.name as snapshot
    from snapshots join versions on versions.id = snapshots.version_id order by snapshots.id`.execute(trx);
  return groupBy([...latest, ...snapshots], ({ line_id }) => line_id);
}

type Row = ArtifactRow & {
  readonly repository_id: number;
  readonly line: string;
  readonly type: string;
  readonly added_in: number;
  readonly removed_in: number | null;
};

function heldFrom(row: Row, states: readonly StateRow[]): HeldPackage | undefined {
  const holding = states.filter(({ number }) => row.added_in <= number && (row.removed_in === null || row.removed_in > number));
  if (holding.length === 0) return undefined;
  return {
    ...artifactFrom(row),
    repository: row.line.split('/', 1)[0] ?? row.line,
    type: row.type,
    isSynced: !row.line.includes('/'),
    isInLatest: holding.some(({ snapshot }) => snapshot === undefined),
    snapshots: holding.flatMap(({ snapshot }) => snapshot ?? []),
  };
}

/** One file that left and came back, or was described anew, has several rows: the last one describes it. */
function uniteRows(packages: readonly HeldPackage[]): readonly HeldPackage[] {
  const united = new Map<string, HeldPackage>();
  for (const held of packages) {
    const key = [held.name, held.repository, held.isSynced, held.path, held.digest, held.version, held.arch].join('\0');
    const before = united.get(key);
    const snapshots = [...before?.snapshots ?? [], ...held.snapshots];
    united.set(key, { ...held, isInLatest: held.isInLatest || before?.isInLatest === true, snapshots });
  }
  return [...united.values()];
}
