/** Operations: a bundle that was carried here becomes a snapshot. Nothing of it is recorded before all of it was seen to be right. */

import { join } from 'node:path';
import type { App } from '../core/app.js';
import { assertTree } from '../core/assert-tree.js';
import { parseBundleManifest, parseBundleRecord, type BundleManifest } from '../core/bundle.js';
import type { BundleReader } from '../core/bundle-files.js';
import { diffArtifacts, diffFiles } from '../core/diff-content.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import type { Blob } from '../core/ports.js';
import type { RepositoryVersion, Snapshot, StoredArtifact, StoredFile } from '../core/repository.js';
import { snapshotsDirectory } from '../queries/snapshot-directory.js';
import { viewSnapshot } from '../queries/snapshots.js';
import { gatherBlobs } from './import/gather-blobs.js';
import { recordVersion } from './pool-lock.js';
import { publishSnapshotTree, snapshotTarget } from './publish-repository.js';
import type { SnapshotView } from './results.js';
import { loadContent, type VersionContent } from './version-content.js';

export interface ImportResult {
  /** `unchanged`: the snapshot was here already, with the same content. */
  readonly outcome: 'imported' | 'unchanged';
  readonly snapshot: SnapshotView;
  readonly since?: string;
  /** Taken from the bundle; the others were in the pool. */
  readonly files: number;
  readonly bytes: number;
}

/**
 * Recorded on a line of its own (`X/import/<type>`): what the repository `X` itself holds here, and its `latest`, stay as they are.
 * Run again after an interruption, it takes what is missing; what is in the pool then was verified, or is once more.
 * @throws E_METADATA, E_METADATA_PATH, E_CHECKSUM naming the file of the bundle; E_SNAPSHOT_UNKNOWN naming what to import
 *   first; E_SNAPSHOT_EXISTS; E_CONFIG for a type that is not known here, or not the configured repository's
 */
export async function importBundle(app: App, directory: string, signal?: AbortSignal): Promise<ImportResult> {
  const reader = await app.bundles.read(directory);
  const manifest = parseManifest(reader, directory);
  const { repository, snapshot: name, type, since } = manifest;
  await assertType(app, repository, type);
  const content = await readContent(reader, manifest);
  const lock = await app.store.acquireLock(`snapshots/${repository}`, 'import');
  try {
    const existing = await findExisting(app, manifest, content);
    const { blobs, taken } = await gatherBlobs(app, { reader, manifest, content }, signal);
    await app.pool.barrier();
    const snapshot = existing ?? await record(app, manifest, content, blobs, signal);
    if (existing !== undefined) await app.store.updateBlobs(blobs);
    const [known] = await app.store.listPublications({ repository, target: snapshotTarget(name) });
    await publishSnapshotTree(app, snapshot, known?.path ?? join(snapshotsDirectory(app.settings, repository), name));
    return {
      outcome: existing === undefined || known?.state !== 'complete' ? 'imported' : 'unchanged',
      snapshot: await viewSnapshot(app, snapshot),
      ...(since === undefined ? {} : { since: `${since.repository}/${since.snapshot}` }),
      files: taken.length,
      bytes: taken.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    };
  } finally {
    await lock.release();
  }
}

function parseManifest(reader: BundleReader, directory: string): BundleManifest {
  try {
    return parseBundleManifest(reader.manifest);
  } catch (error) {
    throw isChantalError(error) ? error.within({ path: join(directory, 'manifest.json') }) : error;
  }
}

async function assertType(app: App, repository: string, type: string): Promise<void> {
  await app.format(type);
  const configured = app.settings.repositories.find(({ name }) => name === repository);
  if (configured === undefined || configured.type === type) return;
  throw new ChantalError('E_CONFIG', `the bundle holds a snapshot of ${repository} as ${type}, and ${repository} is configured as ${configured.type} here`, {
    hint: 'Rename one of the two.',
    context: { repository, path: configured.file, expected: configured.type, found: type },
  });
}

/** Paths are safe and can stand beside each other; sizes, counts and the list of checksums agree. */
async function readContent(reader: BundleReader, { version, carried }: BundleManifest): Promise<VersionContent> {
  const artifacts: StoredArtifact[] = [];
  const files: StoredFile[] = [];
  for await (const line of reader.lines()) {
    const parsed = parseRecord(line, reader);
    if ('file' in parsed) files.push(parsed.file);
    else artifacts.push(parsed.artifact);
    if (artifacts.length > version.artifactCount || files.length > version.fileCount) break;
  }
  const disagree = (what: string, path: string, expected: number, found: number): ChantalError => new ChantalError('E_METADATA', `the bundle contradicts itself: ${what}`, {
    hint: 'It is cut off or was altered: export it again.',
    context: { path, expected: String(expected), found: String(found) },
  });
  const bytes = artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (artifacts.length !== version.artifactCount) throw disagree('the number of packages', reader.contentPath, version.artifactCount, artifacts.length);
  if (files.length !== version.fileCount) throw disagree('the number of metadata files', reader.contentPath, version.fileCount, files.length);
  if (bytes !== version.artifactBytes) throw disagree('the size of all packages', reader.contentPath, version.artifactBytes, bytes);
  if (reader.carried.size !== carried.files) throw disagree('the number of files it carries', reader.checksumsPath, carried.files, reader.carried.size);
  assertTree([...files, ...artifacts].map(({ path }) => path));
  return { artifacts, files };
}

function parseRecord(line: string, reader: BundleReader): ReturnType<typeof parseBundleRecord> {
  try {
    return parseBundleRecord(line);
  } catch (error) {
    throw isChantalError(error) ? error.within({ path: reader.contentPath }) : error;
  }
}

/** @throws E_SNAPSHOT_EXISTS when the name stands for other content here */
async function findExisting(app: App, manifest: BundleManifest, content: VersionContent): Promise<Snapshot | undefined> {
  const { repository, snapshot: name } = manifest;
  const [known] = await app.store.findSnapshots({ repository, name });
  if (known === undefined) return undefined;
  const delta = compare(await loadContent(app, known.version), content);
  if (isSame(known.version, manifest, delta)) return known;
  throw new ChantalError('E_SNAPSHOT_EXISTS', `${repository} has a snapshot ${JSON.stringify(name)} already, with other content`, {
    hint: 'Nothing was changed. Delete that snapshot first, or export this one under another name.',
    context: { repository },
  });
}

async function record(app: App, manifest: BundleManifest, content: VersionContent, blobs: readonly Blob[], signal?: AbortSignal): Promise<Snapshot> {
  const { repository, type, snapshot } = manifest;
  const line = `${repository}/import/${type}`;
  const base = (await app.store.findRepository(line))?.current;
  const delta = compare(await loadContent(app, base), content);
  // A run that was killed before the name was given has left this version.
  if (base !== undefined && isSame(base, manifest, delta)) return app.store.createSnapshot(repository, snapshot, base);
  const { rootFingerprint, settingsDigest, mode, signedBy, dates, validUntil } = manifest.version;
  const version = await recordVersion(app, {
    repository: line, type, base, rootFingerprint, settingsDigest, mode, signedBy, dates,
    ...(validUntil === undefined ? {} : { validUntil }),
    addedArtifacts: delta.artifacts.added as readonly StoredArtifact[],
    removedArtifactPaths: delta.artifacts.removed.map(({ path }) => path),
    addedFiles: delta.files.added,
    removedFilePaths: delta.files.removed.map(({ path }) => path),
    blobs,
  }, signal);
  return app.store.createSnapshot(repository, snapshot, version);
}

interface Delta {
  readonly artifacts: ReturnType<typeof diffArtifacts>;
  readonly files: ReturnType<typeof diffFiles>;
}

function compare(before: VersionContent, after: VersionContent): Delta {
  return { artifacts: diffArtifacts(before.artifacts, after.artifacts), files: diffFiles(before.files, after.files) };
}

function isSame(version: RepositoryVersion, manifest: BundleManifest, { artifacts, files }: Delta): boolean {
  const differences = artifacts.added.length + artifacts.removed.length + files.added.length + files.removed.length;
  return differences === 0 && version.rootFingerprint === manifest.version.rootFingerprint && version.mode === manifest.version.mode;
}
