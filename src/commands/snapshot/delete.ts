/** Command: `chantal snapshot delete`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { qualifySnapshot, repositoryFlag, snapshotFlag } from '../../cli/flags.js';
import { deleteSnapshot } from '../../operations/delete-snapshot.js';
import type { SnapshotView } from '../../operations/results.js';

export default class SnapshotDelete extends BaseCommand {
  static override summary = 'Delete one snapshot: its published directory and its name.';
  static override description = 'The packages stay in the pool. Nothing else deletes snapshots.';
  static override examples = ['<%= config.bin %> <%= command.id %> --name rhel9-baseos/2026-06'];
  static override flags = {
    name: snapshotFlag({ summary: 'The snapshot: S where one repository has it, X/S always.', required: true }),
    'repo-id': Flags.string({ ...repositoryFlag }),
  };

  async run(): Promise<{ readonly deleted: SnapshotView }> {
    const { flags } = await this.parse(SnapshotDelete);
    const name = qualifySnapshot(flags.name, flags['repo-id']);
    const deleted = await this.withApp(flags, async ({ app }) => deleteSnapshot(app, name));
    this.say(flags, `${deleted.repository}/${deleted.name}: deleted, ${deleted.path} removed`);
    return { deleted };
  }
}
