/** Command: `chantal config show`. */

import { BaseCommand } from '../../cli/base-command.js';

export default class ConfigShow extends BaseCommand {
  static override summary = 'Show the configuration as it is used: all files merged, defaults filled in, secrets masked.';
  static override description = 'As YAML; with --json the same as JSON.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<Readonly<Record<string, unknown>>> {
    const { flags } = await this.parse(ConfigShow);
    const [{ checkConfig }, { configError }, { describeConfig, renderConfig }, { formats }] = await Promise.all([
      import('../../config/load.js'), import('../../config/problem.js'), import('../../config/show.js'), import('../../formats/all.js'),
    ]);
    const { problems, merged } = checkConfig({ configDir: flags['config-dir'], formats, env: process.env });
    if (problems.length > 0) throw configError(problems);
    this.print(renderConfig(merged).trimEnd());
    return describeConfig(merged);
  }
}
