/** Operations: several Git repositories, one after the other: the first one that is configured gets a name that two claim. */

import type { App } from '../../core/app.js';
import { isChantalError } from '../../core/errors.js';
import type { GitSettings } from '../../core/git-settings.js';
import type { Outcome } from '../results.js';
import type { GitSyncResult } from './git-step.js';
import { syncGit } from './sync-git.js';

export async function syncGitSources(app: App, sources: readonly GitSettings[], signal?: AbortSignal): Promise<readonly Outcome<GitSyncResult>[]> {
  const outcomes: Outcome<GitSyncResult>[] = [];
  for (const source of sources) {
    try {
      signal?.throwIfAborted();
      outcomes.push({ repository: source.name, result: await syncGit(app, source, { cause: 'command' }, signal) });
    } catch (error) {
      if (!isChantalError(error)) app.reporter.log('DEBUG', `${source.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      outcomes.push({ repository: source.name, error });
    }
  }
  return outcomes;
}
