/** Command: `chantal serve`. */

import { BaseCommand } from '../cli/base-command.js';

export default class Serve extends BaseCommand {
  static override summary = 'Serve what this mirror holds over HTTP: a read API, live events, metrics, the published trees.';
  static override description = 'Runs until SIGTERM or SIGINT, then finishes what was begun and exits with 0. Syncs are run by timers, in processes of their own, and what they do is seen here at once; Git repositories of definitions are polled, and looked at when a webhook says so. Listens on 127.0.0.1:8080 unless service.host and service.port say otherwise; other hosts than this one are let in only with auth.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --log-level WARN'];

  async run(): Promise<{ readonly url: string }> {
    const { flags } = await this.parse(Serve);
    const { startService } = await import('../serve/start-service.js');
    return this.withApp(flags, async ({ app, reporter, signal }) => {
      const service = await startService(app, this.config.version);
      reporter.log('INFO', `serving on ${service.url}`, { service: app.settings.service.name, operation: 'serve' });
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      await service.stop();
      reporter.log('INFO', 'stopped', { service: app.settings.service.name, operation: 'serve' });
      return { url: service.url };
    });
  }
}
