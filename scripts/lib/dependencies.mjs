/** Scripts: is node_modules what package-lock.json says? */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compilers, ensurePrograms } from './debian-packages.mjs';
import { must, projectRoot } from './steps.mjs';

/** Runs `npm ci` unless everything is there; by content, for a checkout gives files new times. */
export function ensureDependencies() {
  if (areCurrent()) return;
  ensurePrograms(compilers, 'Compiling the native dependencies');
  must('npm', ['ci', '--no-audit', '--no-fund']);
}

/** Optional packages are those of other platforms. */
function areCurrent() {
  const wanted = readPackages('package-lock.json');
  const found = readPackages('node_modules/.package-lock.json');
  if (found === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) =>
    path === '' || entry.optional === true || (found[path]?.version === entry.version && found[path]?.integrity === entry.integrity));
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(projectRoot, path), 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
