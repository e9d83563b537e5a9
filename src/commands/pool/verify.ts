/** Command: `chantal pool verify`. */

import { Flags } from '@oclif/core';
import { BaseCommand } from '../../cli/base-command.js';
import { viewVerification } from '../../cli/view-pool.js';
import { ExitCode } from '../../core/errors.js';
import { verifyPool, type VerifyResult } from '../../operations/verify-pool.js';

export default class PoolVerify extends BaseCommand {
  static override summary = 'Read every file of the pool again, and compare it with its checksum.';
  static override description = 'Names what is damaged or missing and which repositories need it. With --repair it is taken from a published tree that has it whole, or else fetched again from upstream, and latest and snapshots are linked to the new file. Exit code 12 when something is left damaged or missing. Metadata of our own making is not upstream\'s: where no tree has it, repo sync --force makes it again for latest.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --repair --json'];
  static override flags = {
    repair: Flags.boolean({ summary: 'Put back what is damaged or missing.' }),
  };

  async run(): Promise<VerifyResult> {
    const { flags } = await this.parse(PoolVerify);
    const result = await this.withApp(flags, async ({ app, signal }) => verifyPool(app, flags.repair, signal));
    this.print(viewVerification(result));
    if (result.faults.some(({ isRepaired }) => !isRepaired)) this.exitWith(ExitCode.integrity);
    return result;
  }
}
