/** CLI: what every command shares: the global flags, and opening and closing what it works with. */

import { Command, Flags } from '@oclif/core';
import { resolve } from 'node:path';
import type { OpenOptions } from '../app.js';
import type { App } from '../core/app.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import type { LogLevel } from '../core/ports.js';
import { printable } from '../core/printable.js';
import type { Settings } from '../core/settings.js';
import { openCancellation } from './cancellation.js';
import type { CliReporter } from './reporter.js';

export interface GlobalFlags {
  readonly 'config-dir': string;
  readonly quiet: boolean;
  readonly 'no-progress': boolean;
  readonly 'log-level'?: LogLevel | undefined;
}

/** What a command's work is handed. */
export interface Workplace {
  readonly app: App;
  readonly reporter: CliReporter;
  /** Aborted with E_CANCELLED when the user wants to stop. */
  readonly signal: AbortSignal;
}

/** Commands are thin: parse, call one operation or query, `print` or `say` what it returned, and return it for `--json`. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    'config-dir': Flags.string({
      summary: 'Directory with conf.d and repos.d.',
      helpValue: 'DIR',
      helpGroup: 'GLOBAL',
      env: 'CHANTAL_CONFIG_DIR',
      default: '/etc/chantal',
      parse: async (directory) => resolve(directory),
    }),
    quiet: Flags.boolean({ summary: 'Say nothing but errors and what was asked for.', helpGroup: 'GLOBAL' }),
    'no-progress': Flags.boolean({ summary: 'Plain lines instead of live progress on a terminal.', helpGroup: 'GLOBAL' }),
    'log-level': Flags.custom<LogLevel>({
      summary: 'How much to log, instead of logging.level.',
      helpValue: 'DEBUG|INFO|WARN|ERROR',
      helpGroup: 'GLOBAL',
      parse: async (level) => parseLogLevel(level),
    })(),
  };

  /** Loads the settings, opens everything, works, and closes everything again, however it ended. */
  protected async withApp<T>(flags: GlobalFlags, work: (workplace: Workplace) => Promise<T>): Promise<T> {
    return this.withSettings(await this.loadSettings(flags), flags, work);
  }

  protected async withSettings<T>(
    settings: Settings, flags: GlobalFlags, work: (workplace: Workplace) => Promise<T>, options: Pick<OpenOptions, 'migrationsPending'> = {},
  ): Promise<T> {
    const [{ openReporter }, { openApp }] = await Promise.all([import('./reporter.js'), import('../app.js')]);
    const reporter = await openReporter({
      level: flags.quiet ? 'ERROR' : (flags['log-level'] ?? settings.logging.level),
      format: settings.logging.format,
      ...(settings.logging.file === undefined ? {} : { file: settings.logging.file }),
      hasProgress: !flags.quiet && !flags['no-progress'],
    });
    const { signal, close } = openCancellation();
    try {
      const app = await openApp(settings, { reporter, ...options });
      try {
        const seen = options.migrationsPending === undefined ? await noteWebhooks(app) : undefined;
        try {
          return await work({ app, reporter, signal });
        } finally {
          if (options.migrationsPending !== 'report') await this.tellOthers(app, seen, signal);
        }
      } finally {
        await app.close();
      }
    } catch (error) {
      const failure = signal.aborted && !isChantalError(error) ? signal.reason as unknown : error;
      reporter.keepFailure(failure);
      throw failure;
    } finally {
      reporter.close();
      close();
    }
  }

  /** Does it also try again what earlier runs could not tell? What timers run does; what people look at does not wait for others. */
  protected readonly isRunByTimers: boolean = false;

  /** What this run has recorded is told of. That it cannot be does not undo the work, nor hide why it failed. */
  private async tellOthers(app: App, seen: number | undefined, signal: AbortSignal): Promise<void> {
    const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      await work().catch((error: unknown) => app.reporter.log('WARN', what, { error: error instanceof Error ? error.message : String(error) }));
    };
    if (app.settings.audit.file !== undefined) {
      await attempt('the audit trail could not be written to its file', async () => (await import('../operations/write-audit-file.js')).writeAuditFile(app));
    }
    if (seen === undefined) return;
    await attempt('webhooks could not be told', async () => {
      const { last } = await app.store.readEventRange();
      if (last === seen && !this.isRunByTimers) return;
      const { deliverWebhooks } = await import('../operations/webhooks/deliver.js');
      await deliverWebhooks(app, signal);
    });
  }

  protected async loadSettings(flags: GlobalFlags): Promise<Settings> {
    const [{ loadSettings }, { formats }] = await Promise.all([import('../config/load.js'), import('../formats/all.js')]);
    return loadSettings({ configDir: flags['config-dir'], formats, env: process.env });
  }

  /** What was asked for: printed with `--quiet` too. Nothing with `--json`: a view that may be long is made only when it is shown. */
  protected print(view: string | (() => string)): void {
    if (!this.jsonEnabled()) process.stdout.write(`${printable(typeof view === 'string' ? view : view())}\n`);
  }

  /** What was done: `--quiet` silences it. */
  protected say(flags: GlobalFlags, text: string): void {
    if (!flags.quiet) this.print(text);
  }

  /** Told of besides the data, which is complete: a part of the work failed. */
  protected complain(text: string): void {
    process.stderr.write(`${printable(text)}\n`);
  }

  /** The command did what it could; its exit code says how that ended. */
  protected exitWith(code: number): void {
    process.exitCode = code;
  }

  /** The same data, with what would act on a terminal written as escapes: JSON itself escapes only some control characters. */
  protected override logJson(json: unknown): void {
    process.stdout.write(`${printable(JSON.stringify(json, null, 2))}\n`);
  }

  /** Errors are told of in one place, `main`. */
  protected override async catch(error: Error): Promise<never> {
    throw error;
  }
}

/** Where none is configured and none was, nothing is loaded for them. */
async function noteWebhooks(app: App): Promise<number | undefined> {
  if (app.settings.webhooks.length === 0 && (await app.store.listWebhookPositions()).size === 0) return undefined;
  const { openWebhooks } = await import('../operations/webhooks/deliver.js');
  return openWebhooks(app);
}

const logLevels: readonly LogLevel[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

function parseLogLevel(raw: string): LogLevel {
  const level = logLevels.find((known) => known === raw.toUpperCase());
  if (level !== undefined) return level;
  throw new ChantalError('E_USAGE', `unknown log level ${JSON.stringify(raw)}`, { hint: `One of: ${logLevels.join(', ')}.` });
}
