/** Formats, rpm: from a verified repomd.xml to packages and files. Only primary is read; everything else is carried as it is. */

import { ChantalError } from '../../core/errors.js';
import type { Reader } from '../../core/format.js';
import type { Manifest, Root, StoredFile, WantedFile } from '../../core/repository.js';
import { decompress } from '../kit/decompress.js';
import { readInstallationTree } from './installation-tree.js';
import { parsePrimary, type Primary } from './primary.js';
import { parseRepomd, repomdLimitBytes, repomdPath, type Repomd, type RepomdRecord } from './repomd.js';

/** 1.4 million packages of the usual kind; twice what upstream announces is allowed below that, for some announce it wrongly. */
const maxPrimaryBytes = 4 * 1024 * 1024 * 1024;
const minPrimaryLimitBytes = 64 * 1024 * 1024;

/** See `Format.readManifest`. Requests: primary, and `.treeinfo` where there is one. */
export async function readManifest(reader: Reader, root: Root): Promise<Manifest> {
  const repomd = await readRepomd(reader, root);
  const record = findPrimary(repomd);
  const { stored, primary } = await readPrimary(reader, record);
  const tree = await readInstallationTree(reader);
  const records = repomd.records.filter((other) => other !== record).map(toWanted);
  const known = new Set<string>([...root.stored, stored, ...primary.artifacts].map(({ path }) => path));
  for (const { published } of records) for (const { path } of published) known.add(path);
  return {
    artifacts: primary.artifacts,
    stored: [stored, ...tree.stored],
    // A tree's checksums may repeat what repomd.xml says already.
    wanted: [...records, ...tree.wanted.filter(({ published }) => !published.some(({ path }) => known.has(path)))],
    warnings: [...primary.warnings, ...tree.warnings],
  };
}

async function readRepomd(reader: Reader, root: Root): Promise<Repomd> {
  const file = root.stored.find(({ path }) => path === repomdPath);
  if (file === undefined) throw new Error(`a root without ${repomdPath}`);
  return parseRepomd(await reader.readAll(file, repomdLimitBytes));
}

function findPrimary({ records }: Repomd): RepomdRecord {
  const record = records.find(({ type }) => type === 'primary');
  if (record !== undefined) return record;
  throw new ChantalError('E_METADATA', `${repomdPath} names no primary metadata, so that it says nothing of packages`, {
    context: { path: repomdPath, found: records.map(({ type }) => type).join(', ') },
  });
}

async function readPrimary(reader: Reader, record: RepomdRecord): Promise<{ readonly stored: StoredFile; readonly primary: Primary }> {
  const { path, checksum, sizeBytes, openSizeBytes, isHashNamed } = record;
  const file = await reader.fetch([path], { checksum, ...(sizeBytes === undefined ? {} : { sizeBytes }) });
  if (file === undefined) throw missingPrimary(path);
  const maxBytes = openSizeBytes === undefined
    ? maxPrimaryBytes
    : Math.min(maxPrimaryBytes, Math.max(minPrimaryLimitBytes, 2 * openSizeBytes));
  const primary = await parsePrimary(decompress(reader.open(file), path, { maxBytes }), path);
  return {
    stored: { path, kind: record.type, digest: file.digest, sizeBytes: file.sizeBytes, hashNamed: isHashNamed },
    primary,
  };
}

function toWanted({ type, path, checksum, sizeBytes, isHashNamed }: RepomdRecord): WantedFile {
  return {
    kind: type,
    sources: [path],
    published: [{ path, hashNamed: isHashNamed }],
    checksum,
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    presence: 'required',
  };
}

function missingPrimary(path: string): ChantalError {
  return new ChantalError('E_UPSTREAM_MISSING', `upstream lists ${path} but does not have it`, {
    hint: 'Try again later: upstream may be in the middle of an update. If it stays, tell its owner.',
    context: { path },
  });
}
