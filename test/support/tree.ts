/** Test support: a directory tree as values, to say "byte for byte as it was". */

import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Path (relative, sorted) → `file 0644 <sha256>`, `directory 0755` or `link -> <target>`. Links are not followed. */
export function describeTree(root: string): Record<string, string> {
  const entries = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(entries.map((path) => [path, describeEntry(join(root, path))]));
}

/** What a web server would serve: path → sha256 of every file, links followed. Files and directories named in `without` are left out. */
export function servedFiles(root: string, without: readonly string[] = []): Record<string, string> {
  const files: Record<string, string> = {};
  const visit = (relative: string): void => {
    for (const entry of readdirSync(join(root, relative)).sort()) {
      const path = relative === '' ? entry : `${relative}/${entry}`;
      if (without.includes(path)) continue;
      if (statSync(join(root, path)).isDirectory()) visit(path);
      else files[path] = sha256(join(root, path));
    }
  };
  visit('');
  return files;
}

function describeEntry(path: string): string {
  const found = lstatSync(path);
  if (found.isSymbolicLink()) return `link -> ${readlinkSync(path)}`;
  const mode = (found.mode & 0o7777).toString(8).padStart(4, '0');
  return found.isDirectory() ? `directory ${mode}` : `file ${mode} ${sha256(path)}`;
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
