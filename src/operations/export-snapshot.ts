/** Operations: a snapshot into a directory that can be carried to where there is no network. */

import type { App } from '../core/app.js';
import { renderBundleManifest, renderBundleRecord, type BundleManifest } from '../core/bundle.js';
import { ChantalError } from '../core/errors.js';
import { forEachConcurrent } from '../core/for-each-concurrent.js';
import type { Blob } from '../core/ports.js';
import type { Snapshot } from '../core/repository.js';
import type { Settings } from '../core/settings.js';
import { snapshotsDirectory } from '../queries/snapshot-directory.js';
import { findSnapshot } from '../queries/snapshots.js';
import { loadContent, type VersionContent } from './version-content.js';

export interface ExportOptions {
  /** `S` or `X/S`. */
  readonly snapshot: string;
  /** Its files are left out: the other side has imported it. `T` is one of the same repository. */
  readonly since?: string;
  readonly directory: string;
}

export interface ExportResult {
  readonly snapshot: string;
  readonly since?: string;
  readonly path: string;
  readonly packages: number;
  /** What the bundle carries. */
  readonly files: number;
  readonly bytes: number;
  /** How they came there; `present`: an earlier run had brought them. */
  readonly linked: number;
  readonly copied: number;
  readonly present: number;
}

const atOnce = 4;

/**
 * Links where the file system allows, copies where not. Run again after an interruption, it brings what is missing.
 * @throws E_SNAPSHOT_UNKNOWN, E_SNAPSHOT_AMBIGUOUS, E_USAGE (a directory of ours), E_PATH_OCCUPIED, E_CHECKSUM when the pool has lost a file of the snapshot
 */
export async function exportSnapshot(app: App, options: ExportOptions, signal?: AbortSignal): Promise<ExportResult> {
  const { directory } = options;
  const snapshot = await findSnapshot(app, options.snapshot);
  assertOutside(app.settings, snapshot, directory);
  const since = options.since === undefined ? undefined : await findSnapshot(app, qualify(options.since, snapshot.repository));
  const blobs = await carriedBlobs(app, snapshot, since);
  await assertHeld(app, snapshot, blobs);
  const bytes = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const manifest = await describe(app, snapshot, since, { files: blobs.length, bytes });

  const writer = await app.bundles.write(directory, renderBundleManifest(manifest));
  const counts = { linked: 0, copied: 0, present: 0 };
  let doneBytes = 0;
  let doneFiles = 0;
  await forEachConcurrent(blobs, atOnce, async ({ digest, sizeBytes }) => {
    signal?.throwIfAborted();
    counts[await writer.add(digest, sizeBytes)] += 1;
    doneBytes += sizeBytes;
    doneFiles += 1;
    app.reporter.progress(snapshot.repository, { stage: 'packages', doneBytes, totalBytes: bytes, doneFiles, totalFiles: blobs.length });
  });
  await writer.complete(renderContent(await loadContent(app, snapshot.version)), blobs.map(({ digest }) => digest));
  app.reporter.progress(snapshot.repository, { stage: 'done', doneBytes, totalBytes: bytes, doneFiles, totalFiles: blobs.length });
  return {
    snapshot: nameOf(snapshot),
    ...(since === undefined ? {} : { since: nameOf(since) }),
    path: directory,
    packages: snapshot.version.artifactCount,
    files: blobs.length,
    bytes,
    ...counts,
  };
}

/** In a published tree a bundle would be served, and a snapshot would be another one; in the pool and the cache, only what is theirs may lie. */
function assertOutside(settings: Settings, { repository }: Snapshot, directory: string): void {
  const { storage, publish, repositories } = settings;
  const published = repositories.flatMap(({ latestPath, snapshotsPath }) => [latestPath, snapshotsPath]);
  const own = [storage.poolPath, storage.cachePath, publish.mergedPath, snapshotsDirectory(settings, repository), ...published];
  const outer = own.find((path) => `${directory}/`.startsWith(`${path}/`));
  if (outer === undefined) return;
  throw new ChantalError('E_USAGE', `a bundle cannot lie in ${outer}, which is Chantal's own`, {
    hint: 'Give a directory outside of the pool, the cache and what is published.',
    context: { path: directory },
  });
}

async function carriedBlobs(app: App, snapshot: Snapshot, since: Snapshot | undefined): Promise<readonly Blob[]> {
  const blobs = await app.store.listBlobs(snapshot.version);
  if (since === undefined) return blobs;
  const had = new Set((await app.store.listBlobs(since.version)).map(({ digest }) => digest));
  return blobs.filter(({ digest }) => !had.has(digest));
}

/** A bundle that the other side refuses is found out too late: days later, behind a locked door. */
async function assertHeld(app: App, snapshot: Snapshot, blobs: readonly Blob[]): Promise<void> {
  const { lost } = await app.pool.findFaults(blobs);
  const [first] = lost;
  if (first === undefined) return;
  throw new ChantalError('E_CHECKSUM', `the pool has lost ${lost.length} of the files of ${nameOf(snapshot)}`, {
    hint: 'Run: chantal pool verify --repair',
    context: { repository: snapshot.repository, path: app.pool.pathOf(first) },
  });
}

async function describe(app: App, { repository, name, createdAt, version }: Snapshot, since: Snapshot | undefined, carried: BundleManifest['carried']): Promise<BundleManifest> {
  return {
    repository,
    type: (await app.store.findRepository(version.repository))?.type ?? '',
    snapshot: name,
    createdAt,
    ...(since === undefined ? {} : { since: { repository: since.repository, snapshot: since.name } }),
    version,
    carried,
  };
}

function* renderContent({ artifacts, files }: VersionContent): Generator<string> {
  for (const file of files) yield renderBundleRecord({ file });
  for (const artifact of artifacts) yield renderBundleRecord({ artifact });
}

function qualify(name: string, repository: string): string {
  return name.includes('/') ? name : `${repository}/${name}`;
}

function nameOf({ repository, name }: Snapshot): string {
  return `${repository}/${name}`;
}
