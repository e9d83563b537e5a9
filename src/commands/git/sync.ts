/** Command: `chantal git sync`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { renderFailure } from '../../cli/failure.js';
import { summarizeGit, viewGitSync } from '../../cli/view-git.js';
import { describeOutcomes, exitCodeOf, failuresToTell, type OutcomesDocument } from '../../cli/view-sync.js';
import type { GitSyncResult } from '../../operations/git/git-step.js';
import { findGitSource } from '../../operations/git/sync-git.js';
import { syncGitSources } from '../../operations/git/sync-git-sources.js';

export default class GitSync extends BaseCommand {
  static override summary = 'Take in what is new in the Git repositories of definitions and of repository files.';
  static override description = 'A branch that has not moved costs one question. Every version that was ever committed is kept, with its commit; a definition that is wrong rejects itself only. For timers; chantal serve asks by itself. Exit code 3 where anything is rejected, or one of several cannot be reached.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --name platform-resources --json'];
  static override flags = {
    name: Flags.string({ summary: 'Its name in git.repositories; more than one may be given. Without: all.', helpValue: 'G', multiple: true }),
  };

  async run(): Promise<OutcomesDocument<GitSyncResult>> {
    const { flags } = await this.parse(GitSync);
    const outcomes = await this.withApp(flags, async ({ app, reporter, signal }) => {
      const sources = flags.name === undefined ? app.settings.git : flags.name.map((name) => findGitSource(app, name));
      const found = await syncGitSources(app, sources, signal);
      const [first] = found;
      if (found.length === 1 && first !== undefined && 'error' in first) throw first.error;
      for (const outcome of found) if ('error' in outcome) reporter.keepFailure(outcome.error);
      return found;
    });
    const failure = summarizeGit(outcomes);
    for (const outcome of outcomes) if ('result' in outcome) this.say(flags, viewGitSync(outcome.result));
    if (outcomes.length === 0) this.say(flags, 'No Git repositories: see git.repositories in docs/configuration.md.');
    if (!this.jsonEnabled()) for (const error of failuresToTell(outcomes, failure)) this.complain(renderFailure(error, flags['log-level'] === 'DEBUG'));
    this.exitWith(exitCodeOf(failure));
    return describeOutcomes(outcomes);
  }
}
