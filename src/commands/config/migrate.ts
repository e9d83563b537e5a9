/** Command: `chantal config migrate`. */

import { Flags } from '@oclif/core';
import { resolve } from 'node:path';
import { BaseCommand } from '../../cli/base-command.js';
import { viewProblems } from '../../cli/view-config.js';
import type { MigrationResult } from '../../config/migrate-v1.js';
import { ExitCode } from '../../core/errors.js';

export default class ConfigMigrate extends BaseCommand {
  static override summary = 'Turn a version 1 configuration, one chantal.yaml, into a config directory.';
  static override description = 'Never overwrites a file. The new files are written even where they need more work; what that is, is reported, with exit code 4.';
  static override examples = ['<%= config.bin %> <%= command.id %> --from /etc/chantal.yaml --to /etc/chantal'];
  static override flags = {
    from: Flags.string({ summary: 'The version 1 file.', helpValue: 'FILE', required: true }),
    to: Flags.string({ summary: 'The config directory to write.', helpValue: 'DIR', required: true }),
  };

  async run(): Promise<MigrationResult> {
    const { flags } = await this.parse(ConfigMigrate);
    const [{ migrateV1 }, { formats }] = await Promise.all([import('../../config/migrate-v1.js'), import('../../formats/all.js')]);
    const result = migrateV1({ from: resolve(flags.from), to: resolve(flags.to), formats, env: process.env });
    this.say(flags, result.written.map((path) => `wrote ${path}`).join('\n'));
    if (result.problems.length > 0) {
      if (!this.jsonEnabled()) this.complain(viewProblems(result.problems, resolve(flags.to)));
      this.exitWith(ExitCode.configuration);
    }
    return result;
  }
}
