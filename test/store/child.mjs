/** Test support: a process of its own that runs `child-tasks.ts`: `node child.mjs <task> <JSON of its arguments>`. */

import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

await runnerImport(fileURLToPath(new URL('child-tasks.ts', import.meta.url)), { configFile: false, logLevel: 'error' });
