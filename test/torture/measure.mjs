/**
 * Torture: loaded into the command before anything else, it leaves behind what the process took at most: its peak of resident memory. Not what
 * getrusage(2) says: Linux counts there what the process was before it became this program, the whole of the test that started it.
 */

import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  writeFileSync(process.env.CHANTAL_TEST_PEAK, kibibytes);
});
