/** Operations: what they return. The same values are printed, and given out by `--json`: their shape is API. */

import type { PackageDiff } from '../core/diff-versions.js';
import type { MergeDecision, MergeStrategy } from '../core/merge-content.js';
import type { QuarantinedPackage, QuarantineRecord } from '../core/quarantine.js';
import type { PublishMode, Root } from '../core/repository.js';

export interface PackageCount {
  readonly packages: number;
  readonly bytes: number;
}

/** Something that a kept package needs, and that neither the repository nor those named beside it have. */
export interface UnresolvedDependency {
  /** Name, version and architecture. */
  readonly package: string;
  /** As upstream writes it. */
  readonly requires: string;
  /** On which clients: the package's own, or each one where it belongs to none. */
  readonly architecture: string;
  /** `excluded`: upstream has it, and the filters keep it out. */
  readonly reason: 'missing' | 'excluded';
}

export interface SyncResult {
  readonly repository: string;
  readonly type: string;
  /** `planned`: a dry run. `repaired`: upstream is unchanged, something of ours was put right. */
  readonly outcome: 'synced' | 'unchanged' | 'repaired' | 'planned';
  /** Number of the version that is current now (for a dry run: that was current). 0: none yet. */
  readonly version: number;
  readonly previousVersion: number;
  /** For a dry run, of the version that would be made. */
  readonly mode: PublishMode;
  readonly total: PackageCount;
  readonly added: PackageCount;
  readonly removed: PackageCount;
  /** What was transferred; for a dry run, what would be. Metadata included. */
  readonly download: {
    readonly files: number;
    readonly bytes: number;
    readonly resumedBytes: number;
    readonly requests: number;
    readonly retries: number;
  };
  readonly latestPath: string;
  /** What the version goes on without, by path; of a dry run nothing. */
  readonly quarantined: readonly QuarantinedPackage[];
  readonly snapshot?: SnapshotView;
  /** Only of a dry run. */
  readonly plan?: SyncPlan;
  readonly warnings: readonly string[];
  /** Only where dependencies are followed, and packages were chosen anew. */
  readonly unresolved?: readonly UnresolvedDependency[];
  readonly durationMs: number;
}

/** What a sync would do, as upstream's metadata tells by itself. */
export interface SyncPlan {
  /** `repair`: upstream is as it was, but the pool or `latest` lacks something. */
  readonly due: 'nothing' | 'update' | 'repair';
  readonly changes: PackageDiff;
  /** What upstream offers: its dates by root document, and who signed. */
  readonly root: Pick<Root, 'dates' | 'signedBy' | 'validUntil'>;
}

/** The same figures as those of a dry run. */
export interface CheckResult extends SyncPlan, Pick<SyncResult, 'repository' | 'type' | 'version' | 'mode' | 'total' | 'warnings' | 'unresolved' | 'durationMs'> {
  /** What a sync would fetch, metadata included. */
  readonly download: { readonly files: number; readonly bytes: number };
}

/** One repository's part of a command over several. */
export type Outcome<Result> =
  | { readonly repository: string; readonly result: Result }
  | { readonly repository: string; readonly error: unknown };

export type SyncOutcome = Outcome<SyncResult>;

export interface SnapshotView {
  readonly name: string;
  readonly repository: string;
  readonly type: string;
  readonly version: number;
  readonly createdAt: string;
  /** Since then. */
  readonly ageMs: number;
  readonly packages: number;
  readonly bytes: number;
  readonly metadataFiles: number;
  readonly path: string;
  readonly isPublished: boolean;
}

export interface RepositoryView {
  readonly name: string;
  readonly type: string;
  readonly isEnabled: boolean;
  /** false: known to the database, no longer configured. */
  readonly isConfigured: boolean;
  /** Redacted. */
  readonly upstream: string;
  readonly version: number;
  readonly packages: number;
  readonly bytes: number;
  /** How many packages the current version goes on without. */
  readonly quarantinedPackages: number;
  readonly lastSync?: { readonly at: string; readonly outcome: string };
  readonly lastError?: { readonly code: string; readonly message: string };
}

export interface RepositoryDetails extends RepositoryView {
  readonly mode: 'verbatim' | 'regenerated';
  readonly modeReason: string;
  /** By path. */
  readonly quarantined: readonly QuarantineRecord[];
  readonly metadataFiles: number;
  readonly signedBy: readonly string[];
  readonly pinnedKeys: readonly string[];
  readonly validUntil?: string;
  readonly latestPath: string;
  readonly snapshotsPath: string;
  readonly publishedVersion: number;
  readonly versions: readonly { readonly number: number; readonly createdAt: string; readonly packages: number }[];
  readonly snapshots: readonly SnapshotView[];
  /** What to put on a client, with <URL> where the web server's address goes. */
  readonly clientConfig: string;
}

export interface PublishResult {
  readonly repository: string;
  readonly target: string;
  readonly version: number;
  readonly path: string;
  readonly outcome: 'published' | 'unchanged';
  readonly linked: number;
  readonly copied: number;
}

export interface InitResult {
  readonly created: readonly string[];
  readonly database: { readonly url: string; readonly applied: readonly string[] };
}

export interface MergeResult {
  readonly outcome: 'merged' | 'planned';
  readonly strategy: MergeStrategy;
  readonly sources: readonly (PackageCount & { readonly snapshot: string })[];
  readonly total: PackageCount;
  /** Names of which something lost, and against what. */
  readonly decisions: readonly MergeDecision[];
  readonly warnings: readonly string[];
  readonly snapshot?: SnapshotView;
}
