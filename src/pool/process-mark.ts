/** Pool: names a process, so that what it leaves behind when it is killed can be told from what it is still writing. */

import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * `<place>-<pid>-<start>`: the place is this boot of this machine and its process namespace (two containers may both have
 * a process 7); the start tells a process from a later one with the same number.
 */
export type ProcessMark = string & { readonly __processMark: true };

export function markThisProcess(): ProcessMark {
  return `${place()}-${process.pid}-${startOf(process.pid) ?? 0}` as ProcessMark;
}

/** `unknown`: marked elsewhere, where we cannot look. */
export function lifeOf(mark: string): 'alive' | 'dead' | 'unknown' {
  const [markedPlace, pid = '', start] = mark.split('-');
  if (markedPlace !== place() || !/^[1-9]\d*$/.test(pid)) return 'unknown';
  const found = startOf(Number(pid));
  if (found !== undefined) return String(found) === start ? 'alive' : 'dead';
  return isRunning(Number(pid)) ? 'alive' : 'dead';
}

function place(): string {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid'));
  return createHash('sha256').update(`${hostname()}\n${boot ?? ''}\n${namespace ?? ''}`).digest('hex').slice(0, 12);
}

/** Clock ticks since boot, field 22 of proc_pid_stat(5); the name in field 2 may hold spaces and brackets. */
function startOf(pid: number): number | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const field = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return field === undefined ? undefined : Number(field);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
