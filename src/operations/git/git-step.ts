/** Operations: what the steps of a Git sync hand each other. */

import type { App } from '../../core/app.js';
import type { GitSettings } from '../../core/git-settings.js';
import type { GitCounts, GitRun, GitState } from '../../core/resource-store.js';
import type { Rejection } from '../../core/resources.js';

/** The shape of one in `git sync --json`. */
export interface GitSyncResult {
  readonly repository: string;
  /** `refused`: repository files that cannot count; those of before do. */
  readonly outcome: 'synced' | 'unchanged' | 'refused';
  readonly run: string;
  readonly commit: string;
  /** Of before; undefined: it is the first one. */
  readonly previousCommit?: string;
  /** Its history is another one than before. */
  readonly isRewritten: boolean;
  readonly counts: GitCounts;
  readonly changes: readonly { readonly type: string; readonly name: string; readonly version: string; readonly changes: readonly string[] }[];
  /** Everything in it that does not count now. */
  readonly rejections: readonly Rejection[];
  /** Of repository files. */
  readonly problems: readonly string[];
}

/** What the two kinds of content are handed. */
export interface GitStep {
  readonly source: GitSettings;
  readonly state: GitState;
  readonly head: string;
  readonly settingsDigest: string;
  /** Everything is looked at again: settings or rules are others, or a name has become free. */
  readonly isAgain: boolean;
  finish(result: GitRun['result'], counts: GitCounts): GitRun;
}

export const noCounts: GitCounts = { added: 0, updated: 0, deprecated: 0, removed: 0, rejected: 0 };

export function isOwnerGone({ settings }: App, source: string): boolean {
  return !settings.git.some(({ name, provides }) => name === source && provides === 'definitions');
}
