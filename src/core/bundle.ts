/** Core: the format of an air-gap bundle: what its manifest and its list of content say, to and from text. Pure; docs/air-gap.md describes it. */

import { formatChecksum, parseChecksum, parseDigest, type Digest } from './digest.js';
import { ChantalError } from './errors.js';
import { isRepositoryName, isSnapshotName } from './names.js';
import { parseRelativePath } from './relative-path.js';
import type { RepositoryVersion, StoredArtifact, StoredFile } from './repository.js';

/** Another one is another language: a reader refuses what it does not know. */
export const bundleFormatVersion = 1;

/** What is known of the version besides its content; counts are what the list of content must come to. */
export type VersionFacts = Pick<RepositoryVersion,
  'rootFingerprint' | 'settingsDigest' | 'mode' | 'signedBy' | 'dates' | 'validUntil' | 'artifactCount' | 'artifactBytes' | 'fileCount'>;

export interface BundleManifest {
  /** The snapshot's owner: a repository, or `merged`. */
  readonly repository: string;
  readonly type: string;
  readonly snapshot: string;
  readonly createdAt: string;
  /** The files of this snapshot are not in the bundle: whoever imports has them. */
  readonly since?: { readonly repository: string; readonly snapshot: string };
  readonly version: VersionFacts;
  /** How many blobs lie in it, and their size together. */
  readonly carried: { readonly files: number; readonly bytes: number };
}

export type BundleRecord = { readonly artifact: StoredArtifact } | { readonly file: StoredFile };

/** Deterministic: the same snapshot since the same other one gives the same bytes. */
export function renderBundleManifest({ repository, type, snapshot, createdAt, since, version, carried }: BundleManifest): string {
  const { rootFingerprint, settingsDigest, mode, signedBy, dates, validUntil, artifactCount, artifactBytes, fileCount } = version;
  const facts = { rootFingerprint, settingsDigest, mode, signedBy, dates: sortKeys(dates), validUntil, artifactCount, artifactBytes, fileCount };
  const manifest = { format: formatName, formatVersion: bundleFormatVersion, repository, type, snapshot, createdAt, since, version: facts, carried };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** @throws E_METADATA when it is damaged, from a newer Chantal, or no manifest at all */
export function parseBundleManifest(text: string): BundleManifest {
  const fields = readFields(text, 'the manifest');
  if (fields.text('format') !== formatName) throw malformed('the manifest is not one of a Chantal bundle');
  const formatVersion = fields.count('formatVersion');
  if (formatVersion !== bundleFormatVersion) {
    throw new ChantalError('E_METADATA', 'the bundle is in a format that this Chantal does not know', {
      hint: 'Import it with the version of Chantal that exported it, or a newer one.',
      context: { expected: `formatVersion ${bundleFormatVersion}`, found: `formatVersion ${formatVersion}` },
    });
  }
  const since = fields.optional('since');
  const carried = fields.object('carried');
  return {
    repository: parseOwner(fields),
    type: fields.text('type'),
    snapshot: parseSnapshot(fields),
    createdAt: fields.text('createdAt'),
    ...(since === undefined ? {} : { since: { repository: parseOwner(since), snapshot: parseSnapshot(since) } }),
    version: parseFacts(fields.object('version')),
    carried: { files: carried.count('files'), bytes: carried.count('bytes') },
  };
}

/** One line of the list of content, without its end. */
export function renderBundleRecord(record: BundleRecord): string {
  if ('file' in record) {
    const { path, kind, digest, sizeBytes, hashNamed } = record.file;
    return JSON.stringify({ file: { path, kind, digest, sizeBytes, hashNamed } });
  }
  const { path, name, version, arch, checksum, digest, sizeBytes, attributes } = record.artifact;
  return JSON.stringify({ artifact: { path, name, version, arch, checksum: formatChecksum(checksum), digest, sizeBytes, attributes: sortKeys(attributes) } });
}

/** @throws E_METADATA, E_METADATA_PATH when the path is not exactly one that stays inside a tree */
export function parseBundleRecord(line: string): BundleRecord {
  const fields = readFields(line, 'the list of content');
  const file = fields.optional('file');
  if (file !== undefined) {
    return { file: { ...parseBlob(file), kind: file.text('kind'), hashNamed: file.flag('hashNamed') } };
  }
  const artifact = fields.object('artifact');
  const [algorithm = '', hex = ''] = artifact.text('checksum').split(':');
  return {
    artifact: {
      ...parseBlob(artifact),
      name: artifact.text('name'),
      version: artifact.text('version'),
      arch: artifact.text('arch'),
      checksum: parseChecksum(algorithm, hex),
      attributes: artifact.texts('attributes'),
    },
  };
}

const formatName = 'chantal-bundle';

function parseFacts(fields: Fields): VersionFacts {
  const mode = fields.text('mode');
  if (mode !== 'verbatim' && mode !== 'regenerated') throw malformed(`the manifest has an unknown mode ${JSON.stringify(mode)}`);
  const validUntil = fields.optionalText('validUntil');
  return {
    rootFingerprint: parseDigest(fields.text('rootFingerprint')),
    settingsDigest: parseDigest(fields.text('settingsDigest')),
    mode,
    signedBy: fields.list('signedBy'),
    dates: fields.texts('dates'),
    ...(validUntil === undefined ? {} : { validUntil }),
    artifactCount: fields.count('artifactCount'),
    artifactBytes: fields.count('artifactBytes'),
    fileCount: fields.count('fileCount'),
  };
}

function parseOwner(fields: Fields): string {
  const repository = fields.text('repository');
  if (isRepositoryName(repository)) return repository;
  throw malformed(`the manifest names a repository that none can be called: ${quote(repository)}`);
}

function parseSnapshot(fields: Fields): string {
  const snapshot = fields.text('snapshot');
  if (isSnapshotName(snapshot) && snapshot !== 'latest') return snapshot;
  throw malformed(`the manifest names a snapshot that none can be called: ${quote(snapshot)}`);
}

function parseBlob(fields: Fields): Pick<StoredFile, 'path' | 'digest' | 'sizeBytes'> {
  const raw = fields.text('path');
  const path = parseRelativePath(raw);
  if (path !== raw) throw new ChantalError('E_METADATA_PATH', `the list of content has a path that is not in its plain form: ${quote(raw)}`, { context: { path: raw } });
  return { path, digest: parseStrictDigest(fields.text('digest')), sizeBytes: fields.count('sizeBytes') };
}

function parseStrictDigest(hex: string): Digest {
  const digest = parseDigest(hex);
  if (digest !== hex) throw malformed(`a digest is not in lower case: ${hex}`);
  return digest;
}

/** One JSON object, read field by field: what is missing or of another type is named. */
interface Fields {
  text(name: string): string;
  optionalText(name: string): string | undefined;
  /** A whole number from 0 on that is exact. */
  count(name: string): number;
  flag(name: string): boolean;
  list(name: string): readonly string[];
  texts(name: string): Readonly<Record<string, string>>;
  object(name: string): Fields;
  optional(name: string): Fields | undefined;
}

function readFields(text: string, what: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw malformed(`${what} is cut off or damaged: ${quote(text)} is not JSON`, cause);
  }
  return fieldsOf(value, what);
}

function fieldsOf(value: unknown, what: string): Fields {
  if (!isRecord(value)) throw malformed(`${what} does not hold what it should: not an object`);
  const wrong = (name: string): ChantalError => malformed(`${what} does not hold what it should: ${name} is missing or of another kind`);
  const fields: Fields = {
    text(name) {
      const found = fields.optionalText(name);
      if (found === undefined || found === '') throw wrong(name);
      return found;
    },
    optionalText(name) {
      const found = value[name];
      if (found === undefined) return undefined;
      if (!isPlainText(found)) throw wrong(name);
      return found;
    },
    count(name) {
      const found = value[name];
      if (typeof found !== 'number' || !Number.isSafeInteger(found) || found < 0) throw wrong(name);
      return found;
    },
    flag(name) {
      const found = value[name];
      if (typeof found !== 'boolean') throw wrong(name);
      return found;
    },
    list(name) {
      const found = value[name];
      if (!Array.isArray(found) || !found.every(isPlainText)) throw wrong(name);
      return found;
    },
    texts(name) {
      const found = value[name];
      if (!isRecord(found) || !Object.values(found).every((text) => typeof text === 'string')) throw wrong(name);
      return found as Record<string, string>;
    },
    object(name) {
      return fieldsOf(value[name], `${what}, ${name},`);
    },
    optional(name) {
      return value[name] === undefined ? undefined : fields.object(name);
    },
  };
  return fields;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is printed and searched for; control characters would only deceive a terminal. */
function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && !/[\u0000-\u001f\u007f]/.test(value);
}

function sortKeys(record: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function malformed(message: string, cause?: unknown): ChantalError {
  return new ChantalError('E_METADATA', message, { cause });
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}
