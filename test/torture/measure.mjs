/** Torture: loaded into the command before anything else, it leaves behind what the process took at most: its peak of resident memory. */

import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  writeFileSync(process.env.CHANTAL_TEST_PEAK, String(process.resourceUsage().maxRSS));
});
