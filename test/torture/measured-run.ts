/** Torture: the real command as an operator starts it, with what it took: memory at its peak, and whether it came to an end by itself. */

import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binPath } from '../support/cli.js';
import { localEnvironment } from '../support/run.js';

export interface MeasuredRun {
  readonly stdout: string;
  readonly stderr: string;
  /** null: it was ended, by us or by the system. */
  readonly exitCode: number | null;
  /** It had not come to an end when its patience was over, and was killed. */
  readonly isStuck: boolean;
  readonly peakMegabytes: number;
}

export interface Surroundings {
  readonly configDir: string;
  /** Holds `home`, `tmp` and `cwd`: nothing may be left in them. */
  readonly around: string;
}

/** "Ends in two minutes." */
const patienceMs = 120_000;
const measure = fileURLToPath(new URL('measure.mjs', import.meta.url));

export async function runMeasured(args: readonly string[], { configDir, around }: Surroundings): Promise<MeasuredRun> {
  const peak = `${configDir}.peak`;
  const { CHANTAL_CONFIG_DIR: _, ...inherited } = localEnvironment();
  const child = spawn(process.execPath, ['--import', measure, binPath, ...args], {
    cwd: join(around, 'cwd'),
    env: { ...inherited, HOME: join(around, 'home'), TMPDIR: join(around, 'tmp'), CHANTAL_CONFIG_DIR: configDir, CHANTAL_TEST_PEAK: peak },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  let isStuck = false;
  const timer = setTimeout(() => {
    isStuck = true;
    child.kill('SIGKILL');
  }, patienceMs);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(timer);
  const peakMegabytes = exitCode === null ? Number.NaN : Number(readFileSync(peak, 'utf8')) / 1024;
  rmSync(peak, { force: true });
  return { stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), exitCode, isStuck, peakMegabytes };
}
