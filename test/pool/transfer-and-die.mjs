/** Test support: `node transfer-and-die.mjs <pool> <file> [<resume key>]` streams the file into the pool and is killed before it is named. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [poolPath, source, key] = process.argv.slice(2);
const { module } = await runnerImport(fileURLToPath(new URL('../../src/pool/pool.ts', import.meta.url)), { configFile: false, logLevel: 'error' });
const writer = await module.openPool({ path: poolPath }).writer({}, key);
const bytes = readFileSync(source);
for (let at = 0; at < bytes.length; at += 65_536) await writer.write(bytes.subarray(at, at + 65_536));
process.kill(process.pid, 'SIGKILL');
