/** Store: snapshots, names for versions. */

import { ChantalError } from '../core/errors.js';
import { mergedOwner, type RepositoryVersion, type Snapshot } from '../core/repository.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';
import { saveEvent } from './events.js';
import { repositoryId } from './repositories.js';
import { versionColumns, versionFrom } from './version-row.js';

export interface SnapshotFilter {
  readonly repository?: string;
  readonly name?: string;
}

/**
 * Where the version belongs to another line (a merge, an import), its owner may never have been synced here and gets its row.
 * @throws ChantalError E_SNAPSHOT_EXISTS, E_NOT_SYNCED when the database does not know the repository
 */
export function createSnapshot(
  database: Database, repository: string, name: string, version: RepositoryVersion, createdAt = database.now(),
): Promise<Snapshot> {
  return database.write(async (trx) => {
    if (version.repository.startsWith(`${repository}/`)) await ensureOwner(trx, repository, version.repository, createdAt);
    const created = await trx.insertInto('snapshots')
      .values({ repository_id: await repositoryId(trx, repository), version_id: version.id, name, created_at: createdAt })
      .onConflict((conflict) => conflict.columns(['repository_id', 'name']).doNothing())
      .returning('id')
      .executeTakeFirst();
    if (created === undefined) {
      throw new ChantalError('E_SNAPSHOT_EXISTS', `${repository} has a snapshot ${JSON.stringify(name)} already`, {
        hint: 'Choose another name, or delete that one first: chantal snapshot delete.',
        context: { repository },
      });
    }
    await saveEvent(trx, database, { type: 'snapshot.created', repository, snapshot: name, version: version.number });
    return { name, repository, createdAt, version };
  });
}

async function ensureOwner(trx: Connection, owner: string, line: string, now: string): Promise<void> {
  const { type } = await trx.selectFrom('repositories').select('type').where('name', '=', line).executeTakeFirstOrThrow();
  await trx.insertInto('repositories')
    .values({ name: owner, type: owner === mergedOwner ? mergedOwner : type, created_at: now })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

/** By repository, within one in the order they were made. */
export async function findSnapshots(database: Database, filter: SnapshotFilter): Promise<readonly Snapshot[]> {
  const rows = await database.query((connection) => connection
    .selectFrom('snapshots')
    .innerJoin('repositories as owner', 'owner.id', 'snapshots.repository_id')
    .innerJoin('versions', 'versions.id', 'snapshots.version_id')
    .innerJoin('repositories', 'repositories.id', 'versions.repository_id')
    .select(['snapshots.name', 'owner.name as owner', 'snapshots.created_at', 'repositories.name as repository', ...versionColumns])
    .$if(filter.repository !== undefined, (query) => query.where('owner.name', '=', filter.repository ?? ''))
    .$if(filter.name !== undefined, (query) => query.where('snapshots.name', '=', filter.name ?? ''))
    .orderBy('owner.name')
    .orderBy('snapshots.id')
    .execute());
  return rows.map((row) => ({ name: row.name, repository: row.owner, createdAt: row.created_at, version: versionFrom(row) }));
}

/** The version stays. Not there: no error, and no event. */
export async function deleteSnapshot(database: Database, { repository, name }: Snapshot): Promise<void> {
  await database.write(async (trx) => {
    const deleted = await trx.deleteFrom('snapshots')
      .where('name', '=', name)
      .where('repository_id', '=', (select) => select.selectFrom('repositories').select('id').where('name', '=', repository))
      .returning('id')
      .executeTakeFirst();
    if (deleted !== undefined) await saveEvent(trx, database, { type: 'snapshot.deleted', repository, snapshot: name });
  });
}
