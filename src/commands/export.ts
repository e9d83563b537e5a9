/** Command: `chantal export`. */

import { Flags } from '@oclif/core';
import { resolve } from 'node:path';
import { BaseCommand } from '../cli/base-command.js';
import { snapshotFlag } from '../cli/flags.js';
import { viewExport } from '../cli/view-bundle.js';
import { exportSnapshot, type ExportResult } from '../operations/export-snapshot.js';

export default class Export extends BaseCommand {
  static override summary = 'Write a snapshot into a directory that can be carried across an air gap.';
  static override description = 'The bundle holds the snapshot\'s files, its description, and the checksums of everything. With --since it leaves out the files of a snapshot that the other side has imported. Interrupted, the same command goes on where it stopped.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --snapshot rhel9-baseos/2026-06 --to /media/stick/baseos-2026-06',
    '<%= config.bin %> <%= command.id %> --snapshot rhel9-baseos/2026-07 --since 2026-06 --to /media/stick/baseos-2026-07',
  ];
  static override flags = {
    snapshot: snapshotFlag({ summary: 'The snapshot: S where one repository has it, X/S always.', required: true }),
    since: snapshotFlag({ summary: 'A snapshot that the other side has; S is one of the same repository.' }),
    to: Flags.string({ summary: 'The bundle: a directory that is new, empty, or holds the same export, unfinished.', helpValue: 'DIR', required: true, parse: async (directory) => resolve(directory) }),
  };

  async run(): Promise<ExportResult> {
    const { flags } = await this.parse(Export);
    const { snapshot, since, to: directory } = flags;
    const result = await this.withApp(flags, async ({ app, signal }) => (
      exportSnapshot(app, { snapshot, directory, ...(since === undefined ? {} : { since }) }, signal)
    ));
    this.say(flags, viewExport(result));
    return result;
  }
}
