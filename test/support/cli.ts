/** Test support: the real command, `bin/run.js`, in a child process. It runs what is built in `dist`. */

import { fileURLToPath } from 'node:url';
import { localEnvironment, runProgram, type Finished } from './run.js';

export interface CliOptions {
  readonly configDir?: string;
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface CliResult extends Finished {
  /** Standard output as JSON. @throws with both outputs when it is not JSON */
  readonly json: () => unknown;
}

export const binPath = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { CHANTAL_CONFIG_DIR: _, ...inherited } = localEnvironment();
  const env = {
    ...inherited,
    ...(options.configDir === undefined ? {} : { CHANTAL_CONFIG_DIR: options.configDir }),
    ...options.env,
  };
  const finished = await runProgram(process.execPath, [binPath, ...args], { env, ...(options.cwd === undefined ? {} : { cwd: options.cwd }) });
  return { ...finished, json: () => parseJson(args, finished) };
}

function parseJson(args: readonly string[], finished: Finished): unknown {
  try {
    return JSON.parse(finished.stdout);
  } catch (error) {
    throw new Error(`chantal ${args.join(' ')} (exit ${finished.exitCode}) did not print JSON:\n${finished.stdout}\n${finished.stderr}`, { cause: error });
  }
}
