/** Core: what the store remembers of Git repositories and of the definitions that came from them. */

import type { GitSettings } from './git-settings.js';
import type { DefinitionFinding, Holding, KnownResource, Rejection } from './resources.js';
import type { Page, PageRequest } from './service-store.js';

export interface GitSourceRecord {
  readonly name: string;
  readonly url: string;
  readonly branch: string;
  readonly path: string;
  readonly provides: GitSettings['provides'];
  /** Of the settings and rules that the commit was taken in by. */
  readonly settingsDigest?: string;
  /** What has been taken in; undefined: nothing yet. */
  readonly commit?: string;
  /** When it was last asked for, and when it last answered something new. ISO. */
  readonly checkedAt?: string;
  readonly syncedAt?: string;
  /** In a row; 0: it was reached the last time. */
  readonly failures: number;
  /** Polls wait until then. */
  readonly nextTryAt?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface GitState {
  readonly record?: GitSourceRecord;
  readonly holdings: readonly Holding[];
  readonly rejections: readonly Rejection[];
}

/** Upper bounds, in seconds, of the durations that are counted. */
export const gitSyncBuckets = ['0.1', '0.5', '1', '5', '10', '30', '60', '300', '+Inf'] as const;

/** `command`: `git sync`. */
export type GitCause = 'poll' | 'webhook' | 'command';

export interface GitCounts {
  readonly added: number;
  readonly updated: number;
  readonly deprecated: number;
  readonly removed: number;
  readonly rejected: number;
}

export interface GitRun {
  /** Told to whoever sent the webhook. */
  readonly run: string;
  readonly cause: GitCause;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly result: 'synced' | 'unchanged' | 'refused' | 'failed';
  readonly commit?: string;
  readonly counts: GitCounts;
  readonly error?: { readonly code: string; readonly message: string };
}

export type GitEvent =
  | {
      /** `created`: a new name. `updated`: a new version, or new words for one. `deprecated`: said, or taken back. `removed`: taken out of Git. */
      readonly type: 'resource.created' | 'resource.updated' | 'resource.deprecated' | 'resource.removed';
      /** The Git repository. */
      readonly repository: string;
      readonly name: string;
      readonly version: string;
      readonly provider: string;
      readonly category: string;
      readonly changes: readonly string[];
      readonly commit: string;
      readonly author: string;
    }
  | {
      readonly type: 'resource.rejected';
      readonly repository: string;
      readonly path: string;
      readonly document: number;
      readonly name?: string;
      readonly version?: string;
      readonly code: string;
      readonly findings: readonly DefinitionFinding[];
      readonly commit: string;
      readonly author: string;
    }
  | {
      readonly type: 'git.synced';
      readonly repository: string;
      readonly branch: string;
      readonly commit: string;
      readonly run: string;
      readonly counts: GitCounts;
      readonly isRewritten: boolean;
      /** Repository files that count now, where it provides such. */
      readonly files?: readonly string[];
    }
  /** Repository files that cannot count; those of before do. */
  | { readonly type: 'git.refused'; readonly repository: string; readonly commit: string; readonly problems: readonly string[] }
  /** The first of several in a row. */
  | { readonly type: 'git.failed'; readonly repository: string; readonly code: string; readonly message: string }
  /** Webhooks that were not signed as they should be; told at most once a minute. */
  | { readonly type: 'webhook.refused'; readonly repository: string; readonly count: number; readonly client: string };

export interface GitSyncRecord {
  readonly source: GitSettings;
  readonly settingsDigest: string;
  readonly commit: string;
  /** undefined: as they were. */
  readonly content?: {
    /** Whose a name was when this was worked out; undefined: nobody's. Otherwise now: nothing is recorded. */
    readonly owners: ReadonlyMap<string, string | undefined>;
    readonly resources: readonly (KnownResource & { readonly latest: string })[];
    readonly holdings: readonly Holding[];
    readonly rejections: readonly Rejection[];
    readonly newRejections: readonly Rejection[];
  };
  readonly events: readonly GitEvent[];
  readonly run: GitRun;
}

export interface ResourceFilter {
  readonly provider?: string;
  readonly category?: string;
  /** In a name or description, whatever its case; with `*` or `?` a pattern for the whole name. */
  readonly q?: string;
  readonly isWithdrawnToo?: boolean;
}

export interface ResourceStore {
  readGitState(source: string): Promise<GitState>;
  /** By name; also those that are no longer configured. */
  listGitSources(): Promise<readonly (GitSourceRecord & { readonly resources: number; readonly rejections: number })[]>;
  /** By name; of a source all that it has. */
  findResources(names: readonly string[], source?: string): Promise<readonly KnownResource[]>;
  /** @returns false: somebody else has taken a name meanwhile, and nothing is recorded */
  recordGitSync(record: GitSyncRecord): Promise<boolean>;
  /** It was reached and has nothing new. A run is kept unless it was a poll's. */
  recordGitCheck(source: GitSettings, run: GitRun): Promise<void>;
  recordGitFailure(source: GitSettings, run: GitRun, nextTryAt: string): Promise<void>;
  /** Newest first. */
  listGitRuns(source: string, request: PageRequest): Promise<Page<GitRun>>;
  /** By name, each with its latest version alone. */
  pageResources(filter: ResourceFilter, request: PageRequest): Promise<Page<KnownResource>>;
}
