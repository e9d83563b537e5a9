/** Store: repository versions, as they are found again. Recording one is a story of its own, in `record-version.ts`. */

import type { RepositoryVersion } from '../core/repository.js';
import type { Database } from './database.js';
import { versionColumns, versionFrom } from './version-row.js';

export async function findVersion(database: Database, repository: string, number: number): Promise<RepositoryVersion | undefined> {
  return (await selectVersions(database, repository, number))[0];
}

/** In order of number. */
export function listVersions(database: Database, repository: string): Promise<readonly RepositoryVersion[]> {
  return selectVersions(database, repository, undefined);
}

async function selectVersions(database: Database, repository: string, number: number | undefined): Promise<readonly RepositoryVersion[]> {
  const rows = await database.query((connection) => connection
    .selectFrom('versions')
    .innerJoin('repositories', 'repositories.id', 'versions.repository_id')
    .select(['repositories.name as repository', ...versionColumns])
    .where('repositories.name', '=', repository)
    .$if(number !== undefined, (query) => query.where('versions.number', '=', number ?? 0))
    .orderBy('versions.number')
    .execute());
  return rows.map(versionFrom);
}
