/** Upstream: the HTTP cache on disk: validators by URL, bodies in the pool. A file that cannot be read is no entry. */

import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseDigest, type Digest } from '../core/digest.js';
import { asDiskError, systemCode } from '../core/errors.js';
import { redactUrl } from '../core/redact.js';
import { makeDirectories } from '../disk/make-directories.js';
import { isSendable } from './answers.js';
import { cacheBasePath } from './cache-path.js';

export interface CacheRecord {
  readonly url: string;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** When its body was fetched, ISO. */
  readonly storedAt: string;
  /** When upstream last said that it is unchanged, ISO. */
  readonly confirmedAt: string;
}

/** undefined: nothing usable. The URL inside must match: the path on disk is only a way to find it. */
export async function readRecord(cachePath: string, url: string): Promise<CacheRecord | undefined> {
  const record = await parseRecord(cacheBasePath(cachePath, url));
  return record?.url === redactUrl(url) ? record : undefined;
}

/**
 * The note names the validators, too, and counts only together with files that say the same: one that a crash, another
 * process or somebody's hand left behind can never vouch for another body.
 */
export async function writeRecord(cachePath: string, url: string, record: Omit<CacheRecord, 'url'>): Promise<void> {
  const base = cacheBasePath(cachePath, url);
  try {
    makeDirectories(dirname(base), 0o755);
    await replaceFile(`${base}.etag`, record.etag);
    await replaceFile(`${base}.last-modified`, record.lastModified);
    await replaceFile(`${base}.json`, `${JSON.stringify({ url: redactUrl(url), ...record })}\n`);
  } catch (error) {
    throw asDiskError(error, base);
  }
}

/** In order of URL. */
export async function listCache(cachePath: string): Promise<readonly CacheRecord[]> {
  const records: CacheRecord[] = [];
  for await (const base of walk(join(cachePath, 'http'))) {
    const record = await parseRecord(base);
    if (record !== undefined) records.push(record);
  }
  return records.sort((a, b) => (a.url < b.url ? -1 : 1));
}

/** @param urlPrefix only this document and what lies below it; all when it is left out. @returns how many went */
export async function clearCache(cachePath: string, urlPrefix?: string): Promise<number> {
  const root = join(cachePath, 'http');
  let count = 0;
  for await (const base of walk(root)) {
    if (urlPrefix !== undefined && !isBelow((await parseRecord(base))?.url, urlPrefix)) continue;
    for (const ending of ['.json', '.etag', '.last-modified']) await rm(`${base}${ending}`, { force: true });
    count += 1;
  }
  if (urlPrefix !== undefined) await removeEmpty(root);
  else for (const directory of [root, join(cachePath, 'mirrors')]) await rm(directory, { recursive: true, force: true });
  return count;
}

function isBelow(url: string | undefined, prefix: string): boolean {
  const bare = prefix.replace(/\/+$/, '');
  return url === bare || url?.startsWith(`${bare}/`) === true || url?.startsWith(`${bare}?`) === true;
}

async function parseRecord(base: string): Promise<CacheRecord | undefined> {
  try {
    const note = JSON.parse(await readFile(`${base}.json`, 'utf8')) as Record<string, unknown>;
    const { url, sizeBytes, storedAt, confirmedAt, etag, lastModified } = note;
    if (typeof url !== 'string' || typeof sizeBytes !== 'number' || typeof storedAt !== 'string' || typeof confirmedAt !== 'string') return undefined;
    if (etag !== (await readOptional(`${base}.etag`)) || lastModified !== (await readOptional(`${base}.last-modified`))) return undefined;
    return {
      url, sizeBytes, storedAt, confirmedAt,
      digest: parseDigest(String(note['digest'])),
      ...(isSendable(etag) ? { etag } : {}),
      ...(isSendable(lastModified) ? { lastModified } : {}),
    };
  } catch {
    return undefined;
  }
}

export async function replaceFile(path: string, content: string | undefined): Promise<void> {
  if (content === undefined) return rm(path, { force: true });
  const partial = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeFile(partial, content, { mode: 0o644 });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function* walk(directory: string): AsyncGenerator<string> {
  const children = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const child of children) {
    const path = join(directory, child.name);
    if (child.isDirectory()) yield* walk(path);
    else if (child.name.endsWith('.json')) yield path.slice(0, -'.json'.length);
  }
}

async function removeEmpty(directory: string): Promise<void> {
  const children = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const child of children) if (child.isDirectory()) await removeEmpty(join(directory, child.name));
  await rmdir(directory).catch(() => undefined);
}
