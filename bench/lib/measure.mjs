/** Bench: runs a program as a user would and says what it cost: wall, processor, memory; and what it asked the server for. */

import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * @typedef {{ seconds: number, cpuSeconds: number, peakMiB: number, requests: number, bytes: number }} Cost
 * `peakMiB` is of the largest single process, as GNU time reports it.
 */

/** A tool that has not ended by then has failed; the slowest known takes four minutes. */
const longestMs = 30 * 60_000;

const running = new Set();

/** Whatever is being measured ends. */
export function stopRunning() {
  for (const child of running) kill(child);
}

/** @returns {Promise<Cost>} of the commands one after the other */
export async function measure(commands, { cwd, env = {}, server } = {}) {
  const before = server?.position() ?? 0;
  let total = { seconds: 0, cpuSeconds: 0, peakMiB: 0 };
  for (const [program, ...args] of commands) {
    const cost = await timeOne(program, args, { cwd, env });
    total = {
      seconds: total.seconds + cost.seconds,
      cpuSeconds: total.cpuSeconds + cost.cpuSeconds,
      peakMiB: Math.max(total.peakMiB, cost.peakMiB),
    };
  }
  return { ...total, ...(server?.since(before) ?? { requests: 0, bytes: 0 }) };
}

/** The same, its cost of no interest: what has to be there before the clock starts. */
export async function prepare(commands, options) {
  await measure(commands, options);
}

async function timeOne(program, args, { cwd, env }) {
  const directory = mkdtempSync(join(tmpdir(), 'bench-time-'));
  const report = join(directory, 'time');
  const output = join(directory, 'output');
  const handle = openSync(output, 'w');
  try {
    const code = await end(spawn('/usr/bin/time', ['-f', '%e %U %S %M', '-o', report, program, ...args], {
      cwd, env: { ...process.env, LC_ALL: 'C', ...env }, stdio: ['ignore', handle, handle], detached: true,
    }));
    if (code === 127) throw new Error(`${program} is not installed`);
    if (code !== 0) throw new Error(`${[program, ...args].join(' ').slice(0, 200)} ended with ${code}: ${lastLines(readFileSync(output, 'utf8'))}`);
    const [wall, user, system, peakKiB] = readFileSync(report, 'utf8').trim().split('\n').at(-1).split(' ').map(Number);
    return { seconds: wall, cpuSeconds: user + system, peakMiB: peakKiB / 1024 };
  } finally {
    closeSync(handle);
    rmSync(directory, { recursive: true });
  }
}

/** @returns {Promise<number | string>} its exit code, or what ended it */
async function end(child) {
  running.add(child);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    kill(child);
  }, longestMs);
  try {
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', (status, signal) => resolve(status ?? signal)));
    return isLate ? `no end after ${longestMs / 60_000} minutes` : code;
  } finally {
    clearTimeout(timer);
    running.delete(child);
  }
}

/** With what it started: it leads a group of its own. */
function kill(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

function lastLines(text) {
  return text.trim().split('\n').slice(-3).join(' / ').slice(0, 300);
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
