/** Test support: running a program to its end. */

import { spawn } from 'node:child_process';

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  /** null: ended by a signal. */
  readonly exitCode: number | null;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Instead of this process's own environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** Never rejects because of an exit code; rejects when the program cannot be started. */
export async function runProgram(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: 'pipe' });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), exitCode };
}

/** The same, and throws with all that was said when it did not exit with 0. @returns standard output */
export async function mustRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const finished = await runProgram(command, args, options);
  if (finished.exitCode !== 0) {
    throw new Error(`${command} ${args.join(' ')} exited with ${finished.exitCode}\n${finished.stderr}\n${finished.stdout}`);
  }
  return finished.stdout;
}

/** This process's environment without proxies: clients talk to servers on this machine. */
export function localEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/_proxy$/i.test(name)));
}
