/** Store: what a repository goes on without. Written whole, in the transaction of the version or the outcome that it belongs to. */

import type { Event } from '../core/events.js';
import type { QuarantinedPackage, QuarantineRecord } from '../core/quarantine.js';
import { parseRelativePath } from '../core/relative-path.js';
import { insertRows } from './bulk.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';

/**
 * `packages` are the quarantine from now on; those that stay keep the time when they were first seen.
 * @returns events that tell of those that came and went, to be saved at the end of the transaction
 */
export async function saveQuarantine(
  trx: Connection, database: Database, repository: { readonly id: number; readonly name: string }, packages: readonly QuarantinedPackage[],
): Promise<readonly Event[]> {
  const before = await trx.selectFrom('quarantine').selectAll().where('repository_id', '=', repository.id).orderBy('path').execute();
  if (before.length + packages.length === 0) return [];
  await trx.deleteFrom('quarantine').where('repository_id', '=', repository.id).execute();
  const now = database.now();
  const firstSeen = new Map(before.map((row) => [row.path, row.first_seen]));
  await insertRows<QuarantinedPackage>(trx, database.dialect, {
    table: 'quarantine',
    columns: [
      { name: 'repository_id', type: 'number', value: () => repository.id },
      { name: 'path', type: 'text', value: ({ path }) => path },
      { name: 'name', type: 'text', value: ({ name }) => name },
      { name: 'version', type: 'text', value: ({ version }) => version },
      { name: 'arch', type: 'text', value: ({ arch }) => arch },
      { name: 'code', type: 'text', value: ({ code }) => code },
      { name: 'message', type: 'text', value: ({ message }) => message },
      { name: 'url', type: 'text', value: ({ url }) => url ?? null },
      { name: 'first_seen', type: 'text', value: ({ path }) => firstSeen.get(path) ?? now },
      { name: 'last_tried', type: 'text', value: () => now },
    ],
  }, packages);
  const stays = new Set(packages.map(({ path }) => path as string));
  const describe = ({ path, name, version, arch }: Pick<QuarantinedPackage, 'name' | 'version' | 'arch'> & { readonly path: string }) =>
    ({ repository: repository.name, path, name, packageVersion: version, arch });
  return [
    ...packages.filter(({ path }) => !firstSeen.has(path))
      .map((entry): Event => ({ type: 'package.quarantined', ...describe(entry), code: entry.code, message: entry.message })),
    ...before.filter(({ path }) => !stays.has(path)).map((row): Event => ({ type: 'package.released', ...describe(row) })),
  ];
}

/** In order of path. */
export async function listQuarantine(database: Database, repository: string): Promise<readonly QuarantineRecord[]> {
  const rows = await database.query((connection) => connection
    .selectFrom('quarantine')
    .innerJoin('repositories', 'repositories.id', 'quarantine.repository_id')
    .select(['path', 'quarantine.name', 'version', 'arch', 'code', 'message', 'url', 'first_seen', 'last_tried'])
    .where('repositories.name', '=', repository)
    .orderBy('path')
    .execute());
  return rows.map(({ path, name, version, arch, code, message, url, first_seen: firstSeen, last_tried: lastTried }) =>
    ({ path: parseRelativePath(path), name, version, arch, code, message, ...(url === null ? {} : { url }), firstSeen, lastTried }));
}
