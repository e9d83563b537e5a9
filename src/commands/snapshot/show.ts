/** Command: `chantal snapshot show`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { qualifySnapshot, repositoryFlag, snapshotFlag } from '../../cli/flags.js';
import { viewSnapshot } from '../../cli/view-snapshots.js';
import type { SnapshotView } from '../../operations/results.js';
import { showSnapshot } from '../../queries/snapshots.js';

export default class SnapshotShow extends BaseCommand {
  static override summary = 'Show one snapshot.';
  static override description = 'A name that several repositories have is refused, with the candidates.';
  static override examples = ['<%= config.bin %> <%= command.id %> --name rhel9-baseos/2026-06', '<%= config.bin %> <%= command.id %> --name 2026-06 --repo-id rhel9-baseos'];
  static override flags = {
    name: snapshotFlag({ summary: 'The snapshot: S where one repository has it, X/S always.', required: true }),
    'repo-id': Flags.string({ ...repositoryFlag }),
  };

  async run(): Promise<SnapshotView> {
    const { flags } = await this.parse(SnapshotShow);
    const name = qualifySnapshot(flags.name, flags['repo-id']);
    const snapshot = await this.withApp(flags, async ({ app }) => showSnapshot(app, name));
    this.print(viewSnapshot(snapshot));
    return snapshot;
  }
}
