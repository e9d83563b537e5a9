/** Store: a sync's result becomes a version: one transaction, which writes the delta and nothing else. */

import { formatChecksum } from '../core/digest.js';
import { ChantalError } from '../core/errors.js';
import type { NewVersion } from '../core/ports.js';
import type { RepositoryVersion, StoredArtifact, StoredFile } from '../core/repository.js';
import { blobIdColumn, saveBlobs } from './blobs.js';
import { forKeys, insertRows, type BulkColumn } from './bulk.js';
import type { Database } from './database.js';
import type { Connection } from './dialect.js';
import { saveEvent } from './events.js';
import { saveQuarantine } from './quarantine.js';
import { claimRepository } from './repositories.js';

/** @throws ChantalError E_DATABASE when `base` is no longer current; nothing is written then */
export function recordVersion(database: Database, version: NewVersion): Promise<RepositoryVersion> {
  const now = version.createdAt ?? database.now();
  return database.write(async (trx) => {
    const repository = await claimRepository(trx, version.repository, version.type, now);
    await assertBase(trx, repository, version);
    const line: Line = { id: repository.id, number: (version.base?.number ?? 0) + 1 };

    await saveBlobs(trx, database.dialect, version.blobs);
    const removed = {
      artifacts: await removePaths(trx, 'artifacts', line, version.removedArtifactPaths),
      files: await removePaths(trx, 'files', line, version.removedFilePaths),
    };
    await insertRows(trx, database.dialect, { table: 'artifacts', columns: artifactColumns(line) }, byPath(version.addedArtifacts));
    await insertRows(trx, database.dialect, { table: 'files', columns: fileColumns(line) }, byPath(version.addedFiles));

    const counts: Counts = {
      artifactCount: (version.base?.artifactCount ?? 0) - removed.artifacts.count + version.addedArtifacts.length,
      artifactBytes: (version.base?.artifactBytes ?? 0) - removed.artifacts.bytes
        + version.addedArtifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0),
      fileCount: (version.base?.fileCount ?? 0) - removed.files.count + version.addedFiles.length,
    };
    const recorded = await saveVersion(trx, version, line, counts, now);
    await makeCurrent(trx, line, now);
    const news = await saveQuarantine(trx, database, { id: line.id, name: version.repository }, version.quarantined ?? []);
    await saveEvent(trx, database, {
      type: 'version.recorded',
      repository: version.repository,
      version: line.number,
      added: version.addedArtifacts.length,
      removed: removed.artifacts.count,
      artifactCount: counts.artifactCount,
    });
    for (const event of news) await saveEvent(trx, database, event);
    return recorded;
  });
}

/** Where the new rows belong: the repository's id, and the number that the version will have. */
interface Line {
  readonly id: number;
  readonly number: number;
}

type Counts = Pick<RepositoryVersion, 'artifactCount' | 'artifactBytes' | 'fileCount'>;

async function assertBase(
  trx: Connection, repository: { readonly id: number; readonly current_number: number | null }, version: NewVersion,
): Promise<void> {
  const current = repository.current_number === null ? undefined : await trx.selectFrom('versions')
    .select(['id', 'number'])
    .where('repository_id', '=', repository.id)
    .where('number', '=', repository.current_number)
    .executeTakeFirst();
  if (current?.id !== version.base?.id) throw changedMeanwhile(version, current?.number);
}

function changedMeanwhile(version: NewVersion, found: number | undefined): ChantalError {
  return new ChantalError('E_DATABASE', `${version.repository} was changed by another process during this sync`, {
    hint: 'Run the sync again; nothing was recorded by this one.',
    context: {
      repository: version.repository,
      expected: `version ${version.base?.number ?? 0}`,
      found: `version ${found ?? 0}`,
    },
  });
}

/**
 * What leaves keeps its row, for the versions that had it.
 * @throws Error when a path is not current: the delta was not computed against `base`, which is a bug
 */
async function removePaths(
  trx: Connection, table: 'artifacts' | 'files', line: Line, paths: readonly string[],
): Promise<{ readonly count: number; readonly bytes: number }> {
  if (paths.length === 0) return { count: 0, bytes: 0 };
  await forKeys(paths, (some) => trx.updateTable(table)
    .set({ removed_in: line.number })
    .where('repository_id', '=', line.id)
    .where('removed_in', 'is', null)
    .where('path', 'in', some)
    .execute());
  const removed = await trx.selectFrom(table)
    .innerJoin('blobs', 'blobs.id', `${table}.blob_id`)
    .select((select) => [select.fn.countAll<number>().as('count'), select.fn.sum<number>('size_bytes').as('bytes')])
    .where('repository_id', '=', line.id)
    .where('removed_in', '=', line.number)
    .executeTakeFirstOrThrow();
  if (removed.count !== new Set(paths).size) {
    throw new Error(`of ${paths.length} paths to remove from ${table}, ${removed.count} are current`);
  }
  return removed;
}

/** Rows that lie on disk in the order of the index they are read by: a listing then reads each page once. */
function byPath<T extends { readonly path: string }>(items: readonly T[]): readonly T[] {
  return [...items].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function artifactColumns(line: Line): readonly BulkColumn<StoredArtifact>[] {
  return [
    ...lineColumns(line),
    blobIdColumn,
    { name: 'path', type: 'text', value: (artifact) => artifact.path },
    { name: 'name', type: 'text', value: (artifact) => artifact.name },
    { name: 'version', type: 'text', value: (artifact) => artifact.version },
    { name: 'arch', type: 'text', value: (artifact) => artifact.arch },
    { name: 'checksum', type: 'text', value: (artifact) => (artifact.checksum.hex === artifact.digest ? null : formatChecksum(artifact.checksum)) },
    { name: 'attributes', type: 'text', value: ({ attributes }) => (Object.keys(attributes).length === 0 ? null : JSON.stringify(attributes)) },
  ];
}

function fileColumns(line: Line): readonly BulkColumn<StoredFile>[] {
  return [
    ...lineColumns(line),
    blobIdColumn,
    { name: 'path', type: 'text', value: (file) => file.path },
    { name: 'kind', type: 'text', value: (file) => file.kind },
    { name: 'is_hash_named', type: 'number', value: (file) => (file.hashNamed ? 1 : 0) },
  ];
}

function lineColumns(line: Line): readonly BulkColumn<unknown>[] {
  return [
    { name: 'repository_id', type: 'number', value: () => line.id },
    { name: 'added_in', type: 'number', value: () => line.number },
  ];
}

async function saveVersion(trx: Connection, version: NewVersion, line: Line, counts: Counts, now: string): Promise<RepositoryVersion> {
  const { id } = await trx.insertInto('versions')
    .values({
      repository_id: line.id,
      number: line.number,
      created_at: now,
      root_fingerprint: version.rootFingerprint,
      settings_digest: version.settingsDigest,
      mode: version.mode,
      artifact_count: counts.artifactCount,
      artifact_bytes: counts.artifactBytes,
      file_count: counts.fileCount,
      signed_by: JSON.stringify(version.signedBy),
      dates: JSON.stringify(version.dates),
      valid_until: version.validUntil ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return {
    id,
    repository: version.repository,
    number: line.number,
    createdAt: now,
    rootFingerprint: version.rootFingerprint,
    settingsDigest: version.settingsDigest,
    mode: version.mode,
    ...counts,
    signedBy: version.signedBy,
    dates: version.dates,
    ...(version.validUntil === undefined ? {} : { validUntil: version.validUntil }),
  };
}

async function makeCurrent(trx: Connection, line: Line, now: string): Promise<void> {
  await trx.updateTable('repositories')
    .set({ current_number: line.number, last_sync_at: now, last_outcome: 'synced', last_error_code: null, last_error_message: null })
    .where('id', '=', line.id)
    .execute();
}
