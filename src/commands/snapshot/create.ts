/** Command: `chantal snapshot create`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { newSnapshotFlag, repositoryFlag } from '../../cli/flags.js';
import { viewCreatedSnapshot } from '../../cli/view-snapshots.js';
import { createSnapshot } from '../../operations/create-snapshot.js';
import type { SnapshotView } from '../../operations/results.js';
import { findRepository } from '../../queries/find-repository.js';

export default class SnapshotCreate extends BaseCommand {
  static override summary = 'Freeze a repository\'s current version under a name, and publish it.';
  static override description = 'A snapshot never changes and never expires. It costs no copies: its files are links to the pool.';
  static override examples = ['<%= config.bin %> <%= command.id %> --repo-id rhel9-baseos --name 2026-06'];
  static override flags = {
    'repo-id': Flags.string({ ...repositoryFlag, required: true }),
    name: newSnapshotFlag({ summary: 'Unique within the repository.', required: true }),
  };

  async run(): Promise<SnapshotView> {
    const { flags } = await this.parse(SnapshotCreate);
    const snapshot = await this.withApp(flags, async ({ app, signal }) => (
      createSnapshot(app, findRepository(app.settings, flags['repo-id']), flags.name, signal)
    ));
    this.say(flags, viewCreatedSnapshot(snapshot));
    return snapshot;
  }
}
