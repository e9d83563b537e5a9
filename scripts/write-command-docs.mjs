#!/usr/bin/env node
/**
 * Scripts: writes what docs/commands.md and docs/exit-codes.md say of commands, flags and codes, from what is built: the
 * command manifest and the error taxonomy. The hand-written rest of both pages stays. `--check`: only say whether they are current.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, errorCodes } from '../dist/src/core/errors.js';
import { renderCommands } from './lib/command-docs.mjs';
import { renderExitCodes } from './lib/exit-code-docs.mjs';
import { projectRoot, stop } from './lib/steps.mjs';

const manifest = JSON.parse(readFileSync(join(projectRoot, 'oclif.manifest.json'), 'utf8'));
const isCheck = process.argv.includes('--check');

writeGenerated('docs/commands.md', renderCommands(Object.values(manifest.commands)));
writeGenerated('docs/exit-codes.md', renderExitCodes(ExitCode, errorCodes));

/** Replaces what stands between the two marks. */
function writeGenerated(name, text) {
  const path = join(projectRoot, name);
  const before = readFileSync(path, 'utf8');
  const after = before.replace(/(<!-- generated -->\n)[^]*?(<!-- end of generated -->)/, (_, start, end) => `${start}\n${text}\n\n${end}`);
  if (after === before) return;
  if (isCheck) stop(`${name} is not current: run node scripts/write-command-docs.mjs`);
  writeFileSync(path, after);
  console.log(`${name} written`);
}
