/** Git: runs git: bounded in time, in what it says and in what it leaves on disk; with whatever it has started, when it is ended. */

import { spawn } from 'node:child_process';
import { ChantalError, systemCode } from '../core/errors.js';
import type { Environment } from './environment.js';

export interface GitRun {
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly input?: string;
  /** Looked at now and then while it runs: true, and it is ended. */
  readonly isTooLarge?: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
}

export interface GitEnd {
  /** undefined: it was ended. */
  readonly code: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Why it was ended. */
  readonly fault?: 'timeout' | 'output' | 'size';
}

const maxErrorBytes = 64 * 1024;
const lookMs = 250;

/** @throws E_USAGE where there is no git; the signal's reason */
export async function runGit({ args, environment, timeoutMs, maxOutputBytes, input, isTooLarge, signal }: GitRun): Promise<GitEnd> {
  signal?.throwIfAborted();
  // A group of its own: git hands the work to others (git-remote-https, ssh), which would live on.
  const child = spawn('git', args, { env: environment, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let fault: GitEnd['fault'];
  const end = (why?: GitEnd['fault']): void => {
    fault ??= why;
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  };
  const onAbort = (): void => end();
  signal?.addEventListener('abort', onAbort, { once: true });
  const deadline = setTimeout(() => end('timeout'), timeoutMs);
  const watch = isTooLarge === undefined ? undefined : setInterval(() => void isTooLarge().then((is) => is && end('size'), () => undefined), lookMs);
  const stdout = collect(child.stdout, maxOutputBytes, () => end('output'));
  const stderr = collect(child.stderr, maxErrorBytes, () => undefined);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  try {
    const code = await new Promise<number | undefined>((resolve, reject) => {
      child.once('error', (error) => reject(systemCode(error) === 'ENOENT' ? new ChantalError('E_USAGE', 'git cannot be run', { hint: 'Install git.', cause: error }) : error));
      child.once('close', (ended) => resolve(ended ?? undefined));
    });
    signal?.throwIfAborted();
    return { code: fault === undefined ? code : undefined, stdout: stdout(), stderr: stderr().toString('utf8'), ...(fault === undefined ? {} : { fault }) };
  } finally {
    clearTimeout(deadline);
    clearInterval(watch);
    signal?.removeEventListener('abort', onAbort);
  }
}

function collect(stream: NodeJS.ReadableStream, maxBytes: number, onTooMuch: () => void): () => Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else onTooMuch();
  });
  return () => Buffer.concat(chunks);
}
