/** Operations: sums up a sync for the one who asked. */

import type { QuarantinedPackage } from '../../core/quarantine.js';
import type { Artifact, PublishMode, RepositoryVersion, Root } from '../../core/repository.js';
import type { PackageCount, SyncPlan, SyncResult, UnresolvedDependency } from '../results.js';
import type { SyncSession } from './session.js';

export const nothing: PackageCount = { packages: 0, bytes: 0 };

export function countPackages(artifacts: readonly Artifact[]): PackageCount {
  return { packages: artifacts.length, bytes: artifacts.reduce((sum, artifact) => sum + (artifact.sizeBytes ?? 0), 0) };
}

export interface Summary {
  readonly outcome: SyncResult['outcome'];
  readonly previous: RepositoryVersion | undefined;
  readonly version: RepositoryVersion | undefined;
  readonly added: PackageCount;
  readonly removed: PackageCount;
  readonly total?: PackageCount;
  readonly quarantined: readonly QuarantinedPackage[];
  readonly warnings: readonly string[];
  readonly unresolved?: readonly UnresolvedDependency[] | undefined;
  /** A dry run: what would have been transferred besides what was read to find that out. */
  readonly planned?: { readonly files: number; readonly bytes: number };
  readonly mode?: PublishMode;
  readonly plan?: SyncPlan;
}

export function rootView({ dates, signedBy, validUntil }: Root): SyncPlan['root'] {
  return { dates, signedBy, ...(validUntil === undefined ? {} : { validUntil }) };
}

export function summarize({ app, repository, upstream, startedAtMs }: SyncSession, summary: Summary): SyncResult {
  const { outcome, previous, version, added, removed, quarantined, warnings, unresolved, planned, plan } = summary;
  const { report } = upstream;
  const total = summary.total ?? { packages: version?.artifactCount ?? 0, bytes: version?.artifactBytes ?? 0 };
  return {
    repository: repository.name,
    type: repository.type,
    outcome,
    version: version?.number ?? 0,
    previousVersion: previous?.number ?? 0,
    mode: summary.mode ?? version?.mode ?? 'verbatim',
    total,
    added,
    removed,
    download: {
      files: planned?.files ?? report.downloadedFiles,
      bytes: planned?.bytes ?? report.downloadedBytes,
      resumedBytes: report.resumedBytes,
      requests: report.requests,
      retries: report.retries,
    },
    latestPath: repository.latestPath,
    ...(plan === undefined ? {} : { plan }),
    quarantined,
    warnings,
    ...(unresolved === undefined ? {} : { unresolved }),
    durationMs: app.clock.now().getTime() - startedAtMs,
  };
}
