/** CLI: the way in. Puts the arguments in order, runs the command, tells of what went wrong, and ends the process. */

import { Config, run, settings } from '@oclif/core';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { printable } from '../core/printable.js';
import { describeFailure, renderFailure } from './failure.js';
import { findCommand } from './find-command.js';
import { normalizeArgv, type NormalizedArgv } from './global-flags.js';

/**
 * Runs one command to its end and exits with its code. Nothing but the command's data goes to standard output; with
 * `--json` that is one JSON document, an error included.
 */
export async function main(rawArgv: readonly string[], importMetaUrl: string): Promise<never> {
  ignoreClosedPipes();
  limitHeapGrowth();
  // We ship what is built: oclif need not look for a TypeScript runtime.
  settings.enableAutoTranspile = false;
  const normalized = normalizeArgv(rawArgv);
  const fail = async (error: unknown): Promise<never> => {
    report(error, normalized);
    process.exitCode = describeFailure(error).exitCode;
    return exit();
  };
  // A promise that nobody waits for fails here too, told like any other bug.
  process.on('uncaughtException', (error) => void fail(error));
  try {
    await runCommand(await Config.load(fileURLToPath(importMetaUrl)), normalized.argv);
  } catch (error) {
    return fail(error);
  }
  return exit();
}

/** With `process.exitCode`. What a pipe has not taken yet would be lost with the process; a reader that has gone is not waited for. */
async function exit(): Promise<never> {
  const streams = [process.stdout, process.stderr];
  await Promise.all(streams.map(async (stream) => new Promise<void>((resolve) => void stream.write('', () => resolve()))));
  process.exit();
}

async function runCommand(config: Config, argv: readonly string[]): Promise<void> {
  const destination = await findCommand(config, argv);
  if (destination.kind === 'oclif') {
    await run([...destination.argv], config);
    return;
  }
  const { id, argv: rest } = destination;
  try {
    await run([id, ...rest], config);
  } catch (error) {
    const { asUsageError } = await import('./usage-error.js');
    throw asUsageError(error, `chantal ${id.replaceAll(':', ' ')}`, Object.keys(config.findCommand(id)?.flags ?? {}));
  }
}

function report(error: unknown, { isJson, isDebug }: NormalizedArgv): void {
  if (isJson) process.stdout.write(`${printable(JSON.stringify({ error: describeFailure(error) }, null, 2))}\n`);
  if (!isJson || isDebug) process.stderr.write(`${renderFailure(error, isDebug)}\n`);
}

/**
 * V8 collects again when the heap has grown fourfold since it did last: 80 MB of packages would become 340 MB of process. Less
 * than twofold costs no time that can be measured.
 */
function limitHeapGrowth(): void {
  setFlagsFromString('--heap-growing-percent=80');
}

/** Whoever reads our output may stop reading (`chantal … | head`): that is no error. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
