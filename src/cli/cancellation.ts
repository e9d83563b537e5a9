/** CLI: SIGINT and SIGTERM ask for an orderly stop; the second one does not ask. */

import { ChantalError, ExitCode } from '../core/errors.js';

export interface Cancellation {
  /** Aborted with an E_CANCELLED as its reason. */
  readonly signal: AbortSignal;
  /** Gives the signals back to the system. */
  close(): void;
}

/** Not SIGHUP: a handler for it would undo `nohup`. */
const signalNames = ['SIGINT', 'SIGTERM'] as const;

export function openCancellation(): Cancellation {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(ExitCode.cancelled);
    controller.abort(new ChantalError('E_CANCELLED', `stopped by ${name}`, {
      hint: 'Run the command again: what was fetched is kept.',
    }));
  };
  for (const name of signalNames) process.on(name, onSignal);
  return {
    signal: controller.signal,
    close: () => {
      for (const name of signalNames) process.off(name, onSignal);
    },
  };
}
