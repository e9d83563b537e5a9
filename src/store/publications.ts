/** Store: publications, the trees on disk: announced before the first link, complete after the switch. */

import { sql } from 'kysely';
import type { Event } from '../core/events.js';
import type { Publication, RepositoryVersion } from '../core/repository.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';
import { saveEvent } from './events.js';
import { repositoryId } from './repositories.js';
import { versionColumns, versionFrom } from './version-row.js';

export interface NewPublication {
  readonly repository: string;
  readonly target: string;
  readonly version: RepositoryVersion;
  readonly path: string;
  readonly tree: string;
}

export interface PublicationFilter {
  readonly repository?: string;
  readonly target?: string;
}

export function beginPublication(database: Database, publication: NewPublication): Promise<Publication> {
  const { repository, target, version, path, tree } = publication;
  const publishedAt = database.now();
  return database.write(async (trx) => {
    const { id } = await trx.insertInto('publications')
      .values({
        repository_id: await repositoryId(trx, repository),
        version_id: version.id,
        target,
        path,
        tree,
        state: 'pending',
        published_at: publishedAt,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { id, repository, target, version, path, tree, state: 'pending', publishedAt };
  });
}

/**
 * Keeps this one and the newest complete ones before it, `keep` in all. Earlier rows of the same version are taken over by
 * this one (it was published anew); those returned have trees that nothing names any more. Earlier pending ones were given up
 * by a crash and go.
 */
export function completePublication(
  database: Database, publication: Publication, keep: number, event: Event,
): Promise<readonly Publication[]> {
  return database.write(async (trx) => {
    const completed = await trx.updateTable('publications')
      .set({ state: 'complete', published_at: database.now() })
      .where('id', '=', publication.id)
      .returning('id')
      .executeTakeFirst();
    if (completed === undefined) throw new Error(`publication ${publication.id} of ${publication.repository} was removed before it was complete`);
    const earlier = (await selectPublications(trx, publication)).filter(({ id }) => id < publication.id);
    const kept = keepNewest(earlier.filter(({ state, version }) => state === 'complete' && version.id !== publication.version.id), keep - 1);
    const gone = earlier.filter((candidate) => !kept.includes(candidate));
    if (gone.length > 0) await trx.deleteFrom('publications').where('id', 'in', gone.map(({ id }) => id)).execute();
    await saveEvent(trx, database, event);
    const keptTrees = new Set([publication.tree, ...kept.map(({ tree }) => tree)]);
    return gone.filter(({ tree }) => !keptTrees.has(tree));
  });
}

export function listPublications(database: Database, filter: PublicationFilter): Promise<readonly Publication[]> {
  return database.query((connection) => selectPublications(connection, filter));
}

/** Where the newest complete one of a target is seen. Every request for a file asks: one narrow statement. */
export async function findPublishedPath(database: Database, { repository, target }: Required<PublicationFilter>): Promise<string | undefined> {
  const { rows: [row] } = await database.query((connection) => sql<{ path: string }>`
    select path from publications
    where repository_id = (select id from repositories where name = ${repository}) and target = ${target} and state = 'complete'
    order by id desc limit 1`.execute(connection));
  return row?.path;
}

export async function removePublications(database: Database, filter: Required<PublicationFilter>): Promise<void> {
  await database.write((trx) => trx.deleteFrom('publications')
    .where('target', '=', filter.target)
    .where('repository_id', '=', (select) => select.selectFrom('repositories').select('id').where('name', '=', filter.repository))
    .execute());
}

function keepNewest<T>(newestFirst: readonly T[], count: number): readonly T[] {
  return newestFirst.slice(0, Math.max(0, count));
}

async function selectPublications(connection: Connection, filter: PublicationFilter): Promise<readonly Publication[]> {
  const rows = await connection
    .selectFrom('publications')
    .innerJoin('repositories as owner', 'owner.id', 'publications.repository_id')
    .innerJoin('versions', 'versions.id', 'publications.version_id')
    .innerJoin('repositories', 'repositories.id', 'versions.repository_id')
    .select([
      'publications.id', 'owner.name as owner', 'publications.target', 'publications.path', 'publications.tree',
      'publications.state', 'publications.published_at', 'repositories.name as repository', ...versionColumns,
    ])
    .$if(filter.repository !== undefined, (query) => query.where('owner.name', '=', filter.repository ?? ''))
    .$if(filter.target !== undefined, (query) => query.where('publications.target', '=', filter.target ?? ''))
    .orderBy('publications.id', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    repository: row.owner,
    target: row.target,
    version: versionFrom(row),
    path: row.path,
    tree: row.tree,
    state: row.state as Publication['state'],
    publishedAt: row.published_at,
  }));
}
