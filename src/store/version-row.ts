/** Store: a row of `versions`, wherever it was joined from, as the noun. */

import type { Digest } from '../core/digest.js';
import type { PublishMode, RepositoryVersion } from '../core/repository.js';

/** What a query selects besides `repositories.name as repository` to make a version of its rows. */
export const versionColumns = [
  'versions.id as version_id', 'versions.number', 'versions.created_at as version_created_at', 'versions.root_fingerprint',
  'versions.settings_digest', 'versions.mode', 'versions.artifact_count', 'versions.artifact_bytes', 'versions.file_count',
  'versions.signed_by', 'versions.dates', 'versions.valid_until',
] as const;

export interface VersionRow {
  readonly repository: string;
  readonly version_id: number;
  readonly number: number;
  readonly version_created_at: string;
  readonly root_fingerprint: string;
  readonly settings_digest: string;
  readonly mode: string;
  readonly artifact_count: number;
  readonly artifact_bytes: number;
  readonly file_count: number;
  readonly signed_by: string;
  readonly dates: string;
  readonly valid_until: string | null;
}

export function versionFrom(row: VersionRow): RepositoryVersion {
  return {
    id: row.version_id,
    repository: row.repository,
    number: row.number,
    createdAt: row.version_created_at,
    rootFingerprint: row.root_fingerprint as Digest,
    settingsDigest: row.settings_digest as Digest,
    mode: row.mode as PublishMode,
    artifactCount: row.artifact_count,
    artifactBytes: row.artifact_bytes,
    fileCount: row.file_count,
    signedBy: JSON.parse(row.signed_by) as string[],
    dates: JSON.parse(row.dates) as Record<string, string>,
    ...(row.valid_until === null ? {} : { validUntil: row.valid_until }),
  };
}
