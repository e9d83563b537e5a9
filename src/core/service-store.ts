/** Core: what a service needs of the store, besides what a sync does: pages, runs, counts, the audit trail. */

import type { RepositoryVersion, StoredArtifact } from './repository.js';

export interface EventRange {
  /** Of the oldest that is kept; 0: there is none. */
  readonly first: number;
  /** Of the newest; 0: there is none. */
  readonly last: number;
}

export interface PageRequest {
  readonly limit: number;
  readonly offset: number;
}

export interface PackagePageRequest extends PageRequest {
  readonly name?: string;
  readonly arch?: string;
  /** Section or group. */
  readonly category?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Of all pages. */
  readonly total: number;
}

/** One run of `repo sync` for one repository. */
export interface SyncRun {
  readonly repository: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly result: 'synced' | 'unchanged' | 'repaired' | 'failed';
  /** Current afterwards; 0: none. */
  readonly version: number;
  readonly added: number;
  readonly removed: number;
  readonly downloadedBytes: number;
  readonly requests: number;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface RecordedRun extends SyncRun {
  readonly id: number;
}

/** Root documents that needed no transfer, and those that did. */
export interface CacheUse {
  readonly hits: number;
  readonly misses: number;
}

/** What only counts up, over all processes and for ever. */
export interface Counter {
  readonly name: 'sync_runs' | 'http_cache' | 'git_runs' | 'git_sync_bucket' | 'git_sync_ms' | 'validation_errors';
  /** Or the Git repository. */
  readonly repository: string;
  /** A run's result; `hit` or `miss`; the bucket of a duration; the code of a rejection. */
  readonly label: string;
  readonly value: number;
}

/** What is audited: events that change something, and what changes state without being an event. */
export const auditEvents = [
  'version.recorded', 'latest.published', 'snapshot.created', 'snapshot.published', 'snapshot.deleted',
  'resource.created', 'resource.updated', 'resource.deprecated', 'resource.removed', 'resource.rejected', 'git.synced', 'git.refused', 'webhook.refused',
  'key.accepted', 'cache.cleared', 'pool.repaired', 'database.cleaned', 'database.migrated', 'database.rebuilt',
] as const;

/** What was changed. */
export interface AuditEntry {
  /** As in events: `snapshot.deleted`. */
  readonly event: (typeof auditEvents)[number];
  /** `rhel9`, `rhel9/2026-06`; `database`, `pool`, `cache`. */
  readonly resource: string;
  readonly version?: string;
  readonly changes: readonly string[];
  /** Where it is not the user of the operating system: a commit's author, who sent a webhook. */
  readonly user?: string;
  readonly gitCommit?: string;
}

/** Who changed what. Written in the transaction of the change, where that is one of the database. */
export interface AuditRecord extends Omit<AuditEntry, 'event' | 'user'> {
  readonly id: number;
  readonly at: string;
  readonly event: string;
  /** Who ran the command, or who is named in the entry. */
  readonly user: string;
}

export interface AuditFilter {
  readonly resource?: string;
  readonly event?: string;
}

export interface ServiceStore {
  readEventRange(): Promise<EventRange>;
  /** By path. */
  pagePackages(version: RepositoryVersion, request: PackagePageRequest): Promise<Page<StoredArtifact>>;
  /** The oldest go once there are many. A repository that the database does not know is none of its. */
  recordRun(run: SyncRun, cache: CacheUse): Promise<void>;
  /** Newest first. */
  listRuns(repository: string, request: PageRequest): Promise<Page<RecordedRun>>;
  /** When each repository was last synced without a failure. */
  listSuccesses(): Promise<readonly { readonly repository: string; readonly at: string }[]>;
  /** What the pool holds, as far as the database knows. */
  measureBlobs(): Promise<{ readonly files: number; readonly bytes: number }>;
  listCounters(): Promise<readonly Counter[]>;
  /** Newest first. */
  listAudit(filter: AuditFilter, request: PageRequest): Promise<Page<AuditRecord>>;
  /** Of a change that is no event. */
  recordAudit(entry: AuditEntry): Promise<void>;
  /** In order of id. */
  listAuditAfter(id: number, limit: number): Promise<readonly AuditRecord[]>;
  /** Up to which id the file has been written; 0: not at all. */
  findAuditPosition(file: string): Promise<number>;
  saveAuditPosition(file: string, id: number): Promise<void>;
}
