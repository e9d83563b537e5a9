/** Command: `chantal config check`. */

import { BaseCommand } from '../../cli/base-command.js';
import { viewConfig, viewProblems, type ConfigReport } from '../../cli/view-config.js';
import { ExitCode } from '../../core/errors.js';

export default class ConfigCheck extends BaseCommand {
  static override summary = 'Check the configuration, and report everything that is wrong with it.';
  static override description = 'Every error of every file, with line and column. Opens no database and asks no upstream. Exit code 4 when there is an error.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --config-dir ./etc --json'];

  async run(): Promise<ConfigReport> {
    const { flags } = await this.parse(ConfigCheck);
    const [{ checkConfig }, { formats }] = await Promise.all([import('../../config/load.js'), import('../../formats/all.js')]);
    const { configDir, files, problems, settings } = checkConfig({ configDir: flags['config-dir'], formats, env: process.env });
    const report = { configDir, isValid: problems.length === 0, files, repositories: settings?.repositories.map(({ name }) => name) ?? [], problems };
    if (report.isValid) {
      this.say(flags, viewConfig(report));
    } else {
      if (!this.jsonEnabled()) this.complain(viewProblems(problems, configDir));
      this.exitWith(ExitCode.configuration);
    }
    return report;
  }
}
