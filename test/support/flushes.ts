/** Test support: what was flushed to disk, seen where this process leaves for the kernel. */

import { chmodSync, existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { temporaryDirectory } from './temp.js';

/**
 * Until the test ends. @returns paths of files and directories that were flushed, and `-f <path>` for a whole file system, which
 * coreutils' `sync` flushes. Both really happen.
 */
export async function watchFlushes(): Promise<() => readonly string[]> {
  const directory = temporaryDirectory();
  const log = join(directory, 'log');
  writeFileSync(join(directory, 'sync'), `#!/bin/sh\nPATH=\${PATH#*:}\nsync "$@" && echo "$@" >> ${log}\n`);
  chmodSync(join(directory, 'sync'), 0o755);
  vi.stubEnv('PATH', `${directory}:${process.env['PATH'] ?? ''}`);
  const flushed: string[] = [];
  const prototype = await handlePrototype();
  const { sync } = prototype;
  prototype.sync = async function flush(this: FileHandle) {
    const path = readlinkSync(`/proc/self/fd/${this.fd}`);
    await sync.call(this);
    flushed.push(path);
  };
  onTestFinished(() => {
    prototype.sync = sync;
    vi.unstubAllEnvs();
  });
  return () => [...flushed, ...(existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [])];
}

/** node:fs/promises does not export the class. */
async function handlePrototype(): Promise<FileHandle> {
  const handle = await open('/');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}
