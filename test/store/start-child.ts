/** Test support: starts a task of `child-tasks.ts`, hears what it says, and ends it the hard way. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { TaskName } from './child-tasks.js';

export interface Child {
  readonly pid: number;
  /** The next line it says. @throws with what it wrote to standard error when it ends before */
  hear(): Promise<string>;
  tell(line: string): void;
  /** kill -9; returns when it is gone. */
  kill(): Promise<void>;
  ended(): Promise<void>;
}

export function startChild(task: TaskName, options: object): Child {
  const child = spawn(process.execPath, [fileURLToPath(new URL('child.mjs', import.meta.url)), task, JSON.stringify(options)], { stdio: 'pipe' });
  const errors: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    pid: child.pid ?? 0,
    async hear() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${task} ended: ${Buffer.concat(errors).toString()}`);
      return value;
    },
    tell: (line) => child.stdin.write(`${line}\n`),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    ended: () => ended,
  };
}
