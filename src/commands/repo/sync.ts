/** Command: `chantal repo sync`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { renderFailure } from '../../cli/failure.js';
import { newSnapshotFlag, repositoryFlag, snapshotNameAt } from '../../cli/flags.js';
import { describeOutcomes, exitCodeOf, failuresToTell, summarizeFailures, viewSync, type SyncDocument } from '../../cli/view-sync.js';
import { syncRepositories } from '../../operations/sync-repositories.js';
import { selectRepositories } from '../../queries/select-repositories.js';

export default class RepoSync extends BaseCommand {
  static override summary = 'Sync repositories from upstream and publish them as latest.';
  static override description = 'A repository whose upstream is unchanged costs one request. A sync that fails leaves latest as it was, and what it fetched in the pool. Of several repositories, one that fails does not stop the others: the exit code is 3 then.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos',
    '<%= config.bin %> <%= command.id %> --all --workers 4 --no-progress',
    '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos --create-snapshot --snapshot-name 2026-06',
    '<%= config.bin %> <%= command.id %> --all --dry-run --json',
  ];
  static override usage = '<%= command.id %> (--repo-id X... | --all) [--workers N] [--create-snapshot [--snapshot-name S] | --dry-run] [--force]';
  static override flags = {
    'repo-id': Flags.string({ ...repositoryFlag, summary: 'A repository\'s name in repos.d; more than one may be given. Disabled ones are synced too.', multiple: true, exactlyOne: ['repo-id', 'all'] }),
    all: Flags.boolean({ summary: 'All enabled repositories.', exactlyOne: ['repo-id', 'all'] }),
    workers: Flags.integer({ summary: 'How many repositories at once. Downloads at once are download.workers of each.', helpValue: 'N', min: 1, max: 64, default: 2 }),
    'create-snapshot': Flags.boolean({ summary: 'Freeze each result as a snapshot.' }),
    'snapshot-name': newSnapshotFlag({ summary: 'Name of the snapshot; without it the time, as in 20261121-073502 (UTC).', dependsOn: ['create-snapshot'] }),
    'dry-run': Flags.boolean({ summary: 'Read upstream\'s metadata, say what would be fetched and removed, change nothing.', exclusive: ['create-snapshot'] }),
    force: Flags.boolean({ summary: 'Read everything anew, and let pass what is refused as a wiped or rolled back upstream.' }),
  };

  async run(): Promise<SyncDocument> {
    const { flags } = await this.parse(RepoSync);
    const options = {
      isDryRun: flags['dry-run'],
      isForced: flags.force,
      ...(flags['create-snapshot'] ? { snapshotName: flags['snapshot-name'] ?? snapshotNameAt(new Date()) } : {}),
    };
    const outcomes = await this.withApp(flags, async ({ app, reporter, signal }) => {
      const repositories = selectRepositories(app.settings, flags['repo-id'] ?? 'enabled');
      const found = await syncRepositories(app, repositories, options, flags.workers, signal);
      // Asked for one, its failure is the command's.
      if (flags['repo-id'] !== undefined && found.length === 1) throwFailure(found[0]);
      for (const outcome of found) if ('error' in outcome) reporter.keepFailure(outcome.error);
      return found;
    });
    const failure = summarizeFailures(outcomes);
    for (const outcome of outcomes) if ('result' in outcome) this.say(flags, viewSync(outcome.result));
    if (!this.jsonEnabled()) for (const error of failuresToTell(outcomes, failure)) this.complain(renderFailure(error, flags['log-level'] === 'DEBUG'));
    this.exitWith(exitCodeOf(failure));
    return describeOutcomes(outcomes);
  }
}

function throwFailure(outcome: object | undefined): void {
  if (outcome !== undefined && 'error' in outcome) throw outcome.error;
}
