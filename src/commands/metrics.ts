/** Command: `chantal metrics`. */

import { Flags } from '@oclif/core';
import { resolve } from 'node:path';
import { BaseCommand } from '../cli/base-command.js';

export default class Metrics extends BaseCommand {
  static override summary = 'Print metrics as Prometheus reads them.';
  static override description = 'Counted from the database, so that every run of a timer is in them. For machines without chantal serve: --output replaces a file whole, such as one in the directory of node_exporter\'s textfile collector.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --output /var/lib/prometheus/node-exporter/chantal.prom'];
  static override flags = {
    output: Flags.string({ summary: 'Write this file instead. node_exporter reads names that end in .prom.', helpValue: 'FILE' }),
  };

  async run(): Promise<{ readonly metrics: string; readonly path?: string }> {
    const { flags } = await this.parse(Metrics);
    const [{ renderRecordedMetrics }, { writeWhole }] = await Promise.all([import('../serve/metrics/recorded-metrics.js'), import('../cli/write-whole.js')]);
    const metrics = await this.withApp(flags, async ({ app }) => renderRecordedMetrics(app));
    if (flags.output === undefined) {
      this.print(metrics.trimEnd());
      return { metrics };
    }
    const path = resolve(flags.output);
    await writeWhole(path, metrics);
    this.say(flags, `${path}: written`);
    return { metrics, path };
  }
}
