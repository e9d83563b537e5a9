/** CLI: the Reporter: log lines to standard error or a file, and live progress where a person is watching. */

import { ChantalError } from '../core/errors.js';
import type { LogLevel, Progress, Reporter } from '../core/ports.js';
import { describeFailure } from './failure.js';
import { openLog, type Log } from './log.js';
import type { ProgressBars } from './progress-bars.js';
import { createStageLines } from './stage-lines.js';

export interface CliReporter extends Reporter {
  /** Puts an error that is about to be printed into the log file, when there is one. */
  keepFailure(error: unknown): void;
  close(): void;
}

export interface ReporterOptions {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  /** Instead of standard error. */
  readonly file?: string;
  /** Live progress where standard error is a terminal. */
  readonly hasProgress: boolean;
}

/** @throws E_PERMISSION, E_DISK when the log file cannot be opened */
export async function openReporter({ level, format, file, hasProgress }: ReporterOptions): Promise<CliReporter> {
  const bars = hasProgress && process.stderr.isTTY ? await openBars() : undefined;
  const log = await openLog({
    level, format, ...(file === undefined ? {} : { file }),
    writeTerminal: (line) => bars === undefined ? void process.stderr.write(line) : bars.log(line),
  });
  const lines = createStageLines((message) => log.write('INFO', message, {}));
  // A terminal with bars has seen it all; a log file has not.
  const isSaidInLines = bars === undefined || file !== undefined;
  return {
    log: (atLevel, message, fields = {}) => log.write(atLevel, message, fields),
    progress(repository: string, state: Progress) {
      bars?.update(repository, state);
      if (isSaidInLines) lines.update(repository, state);
    },
    keepFailure: (error) => file === undefined ? undefined : keepFailure(log, error),
    close() {
      bars?.close();
      log.close();
    },
  };
}

async function openBars(): Promise<ProgressBars> {
  const { openProgressBars } = await import('./progress-bars.js');
  return openProgressBars(process.stderr);
}

function keepFailure(log: Log, error: unknown): void {
  const { code, message, context } = describeFailure(error);
  const stack = error instanceof Error && !(error instanceof ChantalError) ? { stack: error.stack } : {};
  log.write('ERROR', message, { code, ...context, ...stack });
}
