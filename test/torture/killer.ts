/** Torture: starts the real command and kills it with -9 at a point: after a time, at a request, when a file or a link appears. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { binPath } from '../support/cli.js';
import { localEnvironment } from '../support/run.js';
import type { Random } from './random.js';
import type { StaticServer } from '../support/static-server.js';

/** Calls `kill` once when it is reached. Returns what stops the watching. */
export interface KillPoint {
  readonly name: string;
  arm(kill: () => void): () => void;
}

export interface Killed {
  /** false: the command was faster. */
  readonly isKilled: boolean;
  readonly exitCode: number | null;
  readonly durationMs: number;
}

/** Time after the start. */
export function afterTime(ms: number): KillPoint {
  return {
    name: `after ${Math.round(ms)} ms`,
    arm(kill) {
      const timer = setTimeout(kill, ms);
      return () => { clearTimeout(timer); };
    },
  };
}

/** Of a command that takes half a second on an idle machine, the half of it starting. */
export function atRandom(random: Random): KillPoint {
  return afterTime(150 + random.next() * 900);
}

/** So many requests for such paths, from now on. */
export function atRequest(server: StaticServer, name: string, pattern: RegExp, count = 1): KillPoint {
  return {
    name,
    arm(kill) {
      const before = server.requests.length;
      const timer = setInterval(() => {
        if (server.requests.slice(before).filter(({ path }) => pattern.test(path)).length >= count) kill();
      }, 1);
      return () => { clearInterval(timer); };
    },
  };
}

/** As soon as an entry of such a name is made, renamed, written or removed in the directory, which must be there. */
export function atEntry(directory: string, name: string, pattern: RegExp): KillPoint {
  return {
    name,
    arm(kill) {
      if (!existsSync(directory)) throw new Error(`there is no ${directory} to watch`);
      const watcher = watch(directory, (_, entry) => { if (entry !== null && pattern.test(entry)) kill(); });
      return () => { watcher.close(); };
    },
  };
}

/** Runs the command until the point, or to its end. */
export async function runAndKill(args: readonly string[], configDir: string, point?: KillPoint): Promise<Killed> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [binPath, '--config-dir', configDir, ...args], { stdio: 'ignore', env: localEnvironment() });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const disarm = point?.arm(() => { child.kill('SIGKILL'); });
  const [exitCode, signal] = await exited;
  disarm?.();
  return { isKilled: signal === 'SIGKILL', exitCode, durationMs: performance.now() - startedMs };
}
