/** Command: `chantal import`. */

import { Flags } from '@oclif/core';
import { resolve } from 'node:path';
import { BaseCommand } from '../cli/base-command.js';
import { viewImport } from '../cli/view-bundle.js';
import { importBundle, type ImportResult } from '../operations/import-bundle.js';

export default class Import extends BaseCommand {
  static override summary = 'Take in a bundle that chantal export wrote, and publish its snapshot.';
  static override description = 'The repository need not be configured here. Every file is verified before it is used; a bundle that was cut off or altered is refused, and nothing of it is recorded. Interrupted, the same command goes on where it stopped.';
  static override examples = ['<%= config.bin %> <%= command.id %> --from /media/stick/baseos-2026-06'];
  static override flags = {
    from: Flags.string({ summary: 'The bundle.', helpValue: 'DIR', required: true, parse: async (directory) => resolve(directory) }),
  };

  async run(): Promise<ImportResult> {
    const { flags } = await this.parse(Import);
    const result = await this.withApp(flags, async ({ app, signal }) => importBundle(app, flags.from, signal));
    this.say(flags, viewImport(result));
    return result;
  }
}
