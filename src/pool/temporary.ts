/** Pool: names of temp files, and clearing away those that nobody writes any more. */

import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { partialDirectory, temporaryDirectory } from './path.js';
import { lifeOf, markThisProcess } from './process-mark.js';

/** A process that we cannot look at (another machine, another container) has ended when its file has not grown for so long. */
const foreignMs = 24 * 3600 * 1000;
/** Interrupted transfers that nobody took up again. */
const partialMs = 7 * 24 * 3600 * 1000;

/** Gives out names `<mark>.<number>` that no other process, no other opener in this one and no other call uses. */
export function createNames(): () => string {
  const prefix = `${markThisProcess()}.${randomBytes(4).toString('hex')}`;
  let count = 0;
  return () => `${prefix}-${(count += 1)}`;
}

/** The mark in a temp file's name. */
function markOf(name: string): string {
  return name.split('.')[0] ?? '';
}

/** Removes what ended processes left; what a living one writes is left alone, wherever it runs. */
export function removeAbandoned(poolPath: string): void {
  const directory = temporaryDirectory(poolPath);
  for (const name of readNames(directory).filter((found) => found !== 'partial')) {
    const life = lifeOf(markOf(name));
    if (life === 'dead' || (life === 'unknown' && isOlder(join(directory, name), foreignMs))) removeIfPossible(join(directory, name));
  }
  const partials = partialDirectory(poolPath);
  for (const name of readNames(partials)) {
    const path = join(partials, name);
    if (isOlder(path, partialMs) && isOlder(join(path, 'bytes'), partialMs)) removeIfPossible(path);
  }
}

function readNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** What is not there is as old as can be. */
function isOlder(path: string, ageMs: number): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined || Date.now() - stats.mtimeMs > ageMs;
}

/** Another process may be clearing up as well; what cannot be removed harms nobody, and must not hide why it was to be removed. */
export function removeIfPossible(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Left for the next one.
  }
}
