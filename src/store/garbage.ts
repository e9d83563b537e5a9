/** Store: forgetting: versions that nothing names, the content that only they had, the blobs that no content names. */

import { sql } from 'kysely';
import type { Digest } from '../core/digest.js';
import { adoptedLine, isAdoptedLine, ownerOfLine } from '../core/names.js';
import type { DroppedVersions, Retention } from '../core/store-care.js';
import { digestText } from './blobs.js';
import { forKeys } from './bulk.js';
import type { Database } from './database.js';
import type { Connection, Dialect } from './dialect.js';

export async function dropVersions(database: Database, retention: Retention, isDryRun: boolean): Promise<DroppedVersions> {
  let dropped: DroppedVersions = { versions: [], unnamed: [] };
  try {
    await database.write(async (trx) => {
      dropped = await dropAll(trx, database.dialect, retention);
      if (isDryRun) throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
  }
  return dropped;
}

/** Ends a transaction whose result was all that was wanted. */
class RolledBack extends Error {}

async function dropAll(trx: Connection, dialect: Dialect, { versions: kept, byRepository, namedSince }: Retention): Promise<DroppedVersions> {
  const lines = await trx.selectFrom('repositories').select(['id', 'name']).orderBy('name').execute();
  const versions: { repository: string; number: number }[] = [];
  for (const { id, name } of lines) {
    const numbers = isAdoptedLine(name) ? await dropAdopted(trx, id, ownerOfLine(name))
      // A merge's line has one version for each time it was made: it counts for nothing by being new, once it had time to be named.
      : name.includes('/') ? await dropUnnamedBefore(trx, id, namedSince)
        : await dropOlder(trx, id, byRepository.get(name) ?? kept);
    versions.push(...numbers.map((number) => ({ repository: name, number })));
  }
  return { versions, unnamed: await selectUnnamed(trx, dialect) };
}

export async function pruneVersions(database: Database, repository: string, keep: number): Promise<number> {
  return database.write(async (trx) => {
    const lines = await trx.selectFrom('repositories').select(['id', 'name']).where('name', 'in', [repository, adoptedLine(repository)]).execute();
    let dropped = 0;
    for (const { id, name } of lines) {
      dropped += (name === repository ? await dropOlder(trx, id, keep) : await dropAdopted(trx, id, repository)).length;
    }
    return dropped;
  });
}

/** The newest `keep` stay, whatever names them. */
async function dropOlder(trx: Connection, line: number, keep: number): Promise<readonly number[]> {
  const oldestKept = await trx.selectFrom('versions').select('number')
    .where('repository_id', '=', line)
    .orderBy('number', 'desc').offset(Math.max(1, keep) - 1).limit(1)
    .executeTakeFirst();
  return oldestKept === undefined ? [] : drop(trx, line, sql`number < ${oldestKept.number}`);
}

function dropUnnamedBefore(trx: Connection, line: number, time: string): Promise<readonly number[]> {
  return drop(trx, line, sql`created_at < ${time}`);
}

async function drop(trx: Connection, line: number, condition: ReturnType<typeof sql>): Promise<readonly number[]> {
  const { rows } = await sql<{ number: number }>`
    delete from versions where repository_id = ${line} and ${condition}
      and not exists (select 1 from snapshots where snapshots.version_id = versions.id)
      and not exists (select 1 from publications where publications.version_id = versions.id)
    returning number`.execute(trx);
  if (rows.length > 0) await dropInvisible(trx, line);
  return rows.map(({ number }) => number).sort((a, b) => a - b);
}

/** A row that no version of the line sees any more. What none of them has yet removed is seen by the newest, unless there is none. */
async function dropInvisible(trx: Connection, line: number): Promise<void> {
  for (const table of ['artifacts', 'files'] as const) {
    await sql`
      delete from ${sql.table(table)} where repository_id = ${line} and not exists (
        select 1 from versions where versions.repository_id = ${line}
          and versions.number >= ${sql.ref(`${table}.added_in`)}
          and (${sql.ref(`${table}.removed_in`)} is null or versions.number < ${sql.ref(`${table}.removed_in`)}))`.execute(trx);
  }
}

/** What was adopted waits for the sync that takes it up, however long: from then on the repository's own versions name it. */
function dropAdopted(trx: Connection, line: number, repository: string): Promise<readonly number[]> {
  return drop(trx, line, sql`created_at <= (select last_sync_at from repositories where name = ${repository} and last_outcome <> 'failed')`);
}

const isUnnamed = sql<boolean>`not exists (select 1 from artifacts where artifacts.blob_id = blobs.id)
  and not exists (select 1 from files where files.blob_id = blobs.id)`;

async function selectUnnamed(connection: Connection, dialect: Dialect): Promise<DroppedVersions['unnamed']> {
  const { rows } = await sql<{ digest: Digest; size_bytes: number }>`select ${digestText(dialect)} as digest, size_bytes from blobs where ${isUnnamed}`.execute(connection);
  return rows.map((row) => ({ digest: row.digest, sizeBytes: row.size_bytes }));
}

export async function forgetBlobs(database: Database, digests: readonly Digest[]): Promise<ReadonlySet<Digest>> {
  return database.write(async (trx) => {
    const stillNamed = await forKeys(digests, async (some) => {
      const bytes = some.map((digest) => Buffer.from(digest, 'hex'));
      await sql`delete from blobs where digest in (${sql.join(bytes)}) and ${isUnnamed}`.execute(trx);
      return trx.selectFrom('blobs').select(digestText(database.dialect).as('digest')).where('digest', 'in', bytes).execute();
    });
    const named = new Set(stillNamed.map(({ digest }) => digest));
    return new Set(digests.filter((digest) => !named.has(digest)));
  });
}
