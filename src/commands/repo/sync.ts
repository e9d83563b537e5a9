/** Command: `chantal repo sync`. */

import { Flags } from '@oclif/core';
import { newSnapshotFlag, snapshotNameAt } from '../../cli/flags.js';
import { RepositoriesCommand } from '../../cli/repositories-command.js';
import { viewSync, type OutcomesDocument } from '../../cli/view-sync.js';
import type { SyncResult } from '../../operations/results.js';
import { syncRepositories } from '../../operations/sync-repositories.js';

export default class RepoSync extends RepositoriesCommand {
  static override summary = 'Sync repositories from upstream and publish them as latest.';
  static override description = 'A repository whose upstream is unchanged costs one request. A sync that fails leaves latest as it was, and what it fetched in the pool. Of several repositories, one that fails does not stop the others: the exit code is 3 then. It is also 3 where packages are quarantined (on_package_error).';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos',
    '<%= config.bin %> <%= command.id %> --all --workers 4 --no-progress',
    '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos --create-snapshot --snapshot-name 2026-06',
    '<%= config.bin %> <%= command.id %> --all --dry-run --json',
  ];
  static override usage = '<%= command.id %> (--repo-id X... | --all) [--workers N] [--create-snapshot [--snapshot-name S] | --dry-run] [--force]';
  static override flags = {
    ...RepositoriesCommand.repositoriesFlags,
    'create-snapshot': Flags.boolean({ summary: 'Freeze each result as a snapshot.' }),
    'snapshot-name': newSnapshotFlag({ summary: 'Name of the snapshot; without it the time, as in 20261121-073502 (UTC).', dependsOn: ['create-snapshot'] }),
    'dry-run': Flags.boolean({ summary: 'Read upstream\'s metadata, say what would be fetched and removed, change nothing.', exclusive: ['create-snapshot'] }),
    force: Flags.boolean({ summary: 'Read everything anew, and let pass what is refused as a wiped or rolled back upstream.' }),
  };

  protected override readonly isRunByTimers = true;

  async run(): Promise<OutcomesDocument<SyncResult>> {
    const { flags } = await this.parse(RepoSync);
    const options = {
      isDryRun: flags['dry-run'],
      isForced: flags.force,
      ...(flags['create-snapshot'] ? { snapshotName: flags['snapshot-name'] ?? snapshotNameAt(new Date()) } : {}),
    };
    return this.workOnRepositories(
      flags,
      async (repositories, { app, signal }) => syncRepositories(app, repositories, options, flags.workers, signal),
      (result) => this.say(flags, viewSync(result)),
    );
  }
}
