/** Upstream: which mirror a repository's last completed sync read from, `<cache>/mirrors/<repository>.json`: its validators are the ones to use. */

import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asDiskError } from '../core/errors.js';
import type { UpstreamSource } from '../core/mirrors.js';
import { redactUrl } from '../core/redact.js';
import { makeDirectories } from '../disk/make-directories.js';
import { clearCache, replaceFile } from './metadata-cache.js';
import { parseBaseUrl } from '../core/urls.js';

export interface MirrorNote {
  /** Its address, without credentials. */
  readonly mirror: string;
  /** ISO. */
  readonly storedAt: string;
}

/** undefined: none, one that cannot be read, or one of another configuration. */
export async function readMirrorNote(cachePath: string, repository: string, source: UpstreamSource): Promise<MirrorNote | undefined> {
  try {
    const note = JSON.parse(await readFile(pathOf(cachePath, repository), 'utf8')) as Record<string, unknown>;
    const { mirror, storedAt } = note;
    const isOurs = note['source'] === nameOf(source) && typeof mirror === 'string' && typeof storedAt === 'string';
    return isOurs && /^https?:/.test(mirror) && URL.canParse(mirror) ? { mirror, storedAt } : undefined;
  } catch {
    return undefined;
  }
}

export async function writeMirrorNote(cachePath: string, repository: string, source: UpstreamSource, note: MirrorNote): Promise<void> {
  const path = pathOf(cachePath, repository);
  try {
    makeDirectories(dirname(path), 0o755);
    await replaceFile(path, `${JSON.stringify({ source: nameOf(source), ...note })}\n`);
  } catch (error) {
    throw asDiskError(error, path);
  }
}

/** Forgets what was cached of one repository: below each of its configured addresses, or of the mirror used last. @returns how many documents */
export async function clearRepositoryCache(cachePath: string, repository: string, source: UpstreamSource): Promise<number> {
  const note = await readMirrorNote(cachePath, repository, source);
  const bases = source.kind === 'urls' ? source.urls : note === undefined ? [] : [note.mirror];
  let count = 0;
  for (const base of bases) count += await clearCache(cachePath, parseBaseUrl(base).prefix);
  await rm(pathOf(cachePath, repository), { force: true });
  return count;
}

function pathOf(cachePath: string, repository: string): string {
  return join(cachePath, 'mirrors', `${repository}.json`);
}

function nameOf(source: UpstreamSource): string {
  return source.kind === 'urls' ? 'urls' : `${source.kind} ${redactUrl(source.url)}`;
}
