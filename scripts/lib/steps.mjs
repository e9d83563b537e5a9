/** Scripts: running a tool in the open, finding one, and stopping with a sentence. */

import { spawnSync } from 'node:child_process';
import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Shows the command, runs it in the project with its output shown. @returns its exit code */
export function show(command, args, options = {}) {
  console.log(`$ ${[basename(command), ...args].join(' ')}`);
  const { status, error } = spawnSync(command, args, { cwd: projectRoot, stdio: 'inherit', ...options });
  if (error !== undefined) console.error(error.message);
  return status ?? 1;
}

/** The same, and ends the script when it fails. */
export function must(command, args, options) {
  const status = show(command, args, options);
  if (status !== 0) stop(`${basename(command)} failed with exit code ${status}`, status);
}

export function stop(message, exitCode = 1) {
  console.error(message);
  process.exit(exitCode);
}

/** Is it on the PATH, or where Debian keeps servers? */
export function hasProgram(name) {
  return [...(process.env.PATH ?? '').split(':'), '/usr/sbin'].some((directory) => isExecutable(join(directory, name)));
}

export function isRoot() {
  return process.getuid?.() === 0;
}

/** Hundreds of repositories are made, flushed and removed: in memory that takes a fifth of the time, where there is room for it. */
export function temporaryDirectory() {
  if (process.env.TMPDIR !== undefined) return process.env.TMPDIR;
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > 2 * 1024 ** 3 ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** A tool of node_modules. */
export function localTool(name) {
  return join(projectRoot, 'node_modules/.bin', name);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
