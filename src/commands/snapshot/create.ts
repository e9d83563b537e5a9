/** Command: `chantal snapshot create`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { newSnapshotFlag, repositoryFlag } from '../../cli/flags.js';
import { viewCreatedSnapshot } from '../../cli/view-snapshots.js';
import { createSnapshots } from '../../operations/create-snapshot.js';
import type { SnapshotView } from '../../operations/results.js';
import { selectRepositories } from '../../queries/select-repositories.js';

export default class SnapshotCreate extends BaseCommand {
  static override summary = 'Freeze the current version of repositories under a name, and publish it.';
  static override description = 'A snapshot never changes and never expires. It costs no copies: its files are links to the pool. Several repositories are frozen as they are at one instant; nothing is made unless the name is free in all of them.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos --name 2026-06',
    '<%= config.bin %> <%= command.id %> --all --name 2026-06',
  ];
  static override flags = {
    'repo-id': Flags.string({ ...repositoryFlag, summary: 'A repository\'s name in repos.d; more than one may be given.', multiple: true, exactlyOne: ['repo-id', 'all'] }),
    all: Flags.boolean({ summary: 'All enabled repositories.', exactlyOne: ['repo-id', 'all'] }),
    name: newSnapshotFlag({ summary: 'Unique within each repository.', required: true }),
  };

  /** One repository by name gives its snapshot; otherwise a list of them. */
  async run(): Promise<SnapshotView | { readonly snapshots: readonly SnapshotView[] }> {
    const { flags } = await this.parse(SnapshotCreate);
    const snapshots = await this.withApp(flags, async ({ app }) => (
      createSnapshots(app, selectRepositories(app.settings, flags['repo-id'] ?? 'enabled'), flags.name)
    ));
    for (const snapshot of snapshots) this.say(flags, viewCreatedSnapshot(snapshot));
    const [only] = snapshots;
    return only !== undefined && flags['repo-id'] !== undefined && snapshots.length === 1 ? only : { snapshots };
  }
}
