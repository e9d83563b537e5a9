/** Pool: names of temp files, and clearing away those of processes that have ended. */

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from './path.js';

/** Tells this process from an earlier one with the same pid: a pid alone is used again after a reboot. */
function processMark(): string {
  return `${bootMark()}-${process.pid}`;
}

function bootMark(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  } catch {
    return 'unknown';
  }
}

/** Gives out names that no other process and no other call uses. */
export function createNames(poolPath: string): () => string {
  const mark = processMark();
  let count = 0;
  const prefix = join(temporaryDirectory(poolPath), mark);
  return () => `${prefix}-${(count += 1)}`;
}

/** Removes temp files whose process is gone; those of a living one are left alone. */
export function removeAbandoned(poolPath: string): void {
  const directory = temporaryDirectory(poolPath);
  const boot = bootMark();
  for (const name of readNames(directory)) {
    const match = /^([0-9a-z]+)-(\d+)-\d+$/.exec(name);
    if (match === null) continue;
    const isAlive = match[1] === boot && isRunning(Number(match[2]));
    if (!isAlive) rmSync(join(directory, name), { force: true });
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
