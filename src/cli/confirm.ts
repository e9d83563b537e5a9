/** CLI: a question that only a human being may answer. */

import { createInterface } from 'node:readline/promises';

/** Can a question be asked, and the answer come from the one who read it? */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** On standard error, so that the data on standard output stays what it is. Anything but `y` or `yes` is a no. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Raw input would keep Ctrl-C from becoming a signal; the interface turns it into one of its own events.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    lines.close();
  }
}
