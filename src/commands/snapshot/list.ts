/** Command: `chantal snapshot list`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { repositoryFlag } from '../../cli/flags.js';
import { viewSnapshotList } from '../../cli/view-snapshots.js';
import type { SnapshotView } from '../../operations/results.js';
import { findRepository } from '../../queries/find-repository.js';
import { listSnapshots } from '../../queries/snapshots.js';

export default class SnapshotList extends BaseCommand {
  static override summary = 'List the snapshots.';
  static override description = 'By repository, oldest first.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos --json'];
  static override flags = {
    'repo-id': Flags.string({ ...repositoryFlag, summary: 'Only those of this repository.' }),
  };

  async run(): Promise<{ readonly snapshots: readonly SnapshotView[] }> {
    const { flags } = await this.parse(SnapshotList);
    const repository = flags['repo-id'];
    const snapshots = await this.withApp(flags, async ({ app }) => {
      const found = await listSnapshots(app, repository);
      // A repository that is no longer configured may still have some; one that has none should exist.
      if (found.length === 0 && repository !== undefined) findRepository(app.settings, repository);
      return found;
    });
    this.print(viewSnapshotList(snapshots));
    return { snapshots };
  }
}
