/** Disk: runs another program (git, rpm, dpkg-deb) and says how it ended. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ToolResult } from '../core/catalog-tools.js';

const maxOutputBytes = 64 * 1024 * 1024;

export async function runTool(command: string, args: readonly string[], directory?: string): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { cwd: directory, maxBuffer: maxOutputBytes }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ code, stdout, stderr: code === undefined ? `${stderr}${error?.message ?? ''}` : stderr });
    });
    child.stdin?.end();
  });
}

export async function inTemporaryDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'chantal-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
