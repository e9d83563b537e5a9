/** Operations: several snapshots of one type become one. The result is an ordinary snapshot: shown, diffed, published, merged again. */

import { join } from 'node:path';
import type { App } from '../core/app.js';
import { assertTree } from '../core/assert-tree.js';
import { catalogKind } from '../core/catalog.js';
import { diffArtifacts, diffFiles } from '../core/diff-content.js';
import { digestOf } from '../core/digest.js';
import { ChantalError } from '../core/errors.js';
import type { Format } from '../core/format.js';
import { mergeContent, type MergedContent, type MergeSource, type MergeStrategy } from '../core/merge-content.js';
import type { Blob } from '../core/ports.js';
import type { Compression, MetadataSigner } from '../core/render.js';
import { mergedOwner, mergeLine, type RepositoryVersion, type Snapshot, type StoredArtifact, type StoredFile } from '../core/repository.js';
import type { CatalogSettings } from '../core/settings.js';
import { snapshotsDirectory } from '../queries/snapshot-directory.js';
import { findSnapshot, viewSnapshot } from '../queries/snapshots.js';
import { projectVersion } from './catalog/project-version.js';
import { assertNameIsFree } from './create-snapshot.js';
import { recordVersion } from './pool-lock.js';
import { publishSnapshotTree } from './publish-repository.js';
import { ownKeys, putKeyFiles } from './put-key-files.js';
import { madeAt, renderMetadata } from './render-metadata.js';
import type { MergeResult } from './results.js';
import { countPackages } from './sync/sync-result.js';
import { loadContent, loadContentBeside, type VersionContent } from './version-content.js';

export interface MergeOptions {
  /** In order: `S` or `X/S`. */
  readonly sources: readonly string[];
  readonly name: string;
  readonly strategy: MergeStrategy;
  readonly isDryRun: boolean;
}

/**
 * A merge of one repository's snapshots is that repository's; one across repositories is `merged/<name>`.
 * @throws E_SNAPSHOT_UNKNOWN, E_SNAPSHOT_AMBIGUOUS, E_SNAPSHOT_EXISTS, E_USAGE (different types) before any work
 */
export async function mergeSnapshots(app: App, options: MergeOptions): Promise<MergeResult> {
  const snapshots = await findSources(app, options.sources);
  const type = await commonType(app, snapshots);
  const owner = ownerOf(snapshots);
  await assertNameIsFree(app, owner, options.name);
  const format = await app.format(type);
  const sources = await loadSources(app, format, snapshots);
  const { strategy } = options;
  const merged = mergeContent(sources, { strategy, compareVersions: (a, b) => format.compareVersions(a, b) });
  const result = {
    strategy,
    sources: sources.map(({ origin, artifacts }) => ({ snapshot: origin, ...countPackages(artifacts) })),
    total: countPackages(merged.artifacts),
    decisions: merged.decisions,
  };
  if (options.isDryRun) return { outcome: 'planned', ...result, warnings: [] };

  const lock = await app.store.acquireLock(`snapshots/${owner}`, 'snapshot merge');
  try {
    const signer = await app.openSigner();
    const { version, warnings } = await recordMerge(app, { owner, name: options.name, type, format, sources, snapshots, merged, signer, strategy });
    const snapshot = await app.store.createSnapshot(owner, options.name, version);
    await publishSnapshotTree(app, snapshot, join(snapshotsDirectory(app.settings, owner), options.name));
    return { outcome: 'merged', ...result, warnings, snapshot: await viewSnapshot(app, snapshot) };
  } finally {
    await lock.release();
  }
}

interface LoadedSource extends MergeSource {
  readonly files: readonly StoredFile[];
}

interface Merge {
  readonly owner: string;
  readonly name: string;
  readonly type: string;
  readonly format: Format;
  readonly sources: readonly LoadedSource[];
  readonly snapshots: readonly Snapshot[];
  readonly merged: MergedContent;
  readonly signer: MetadataSigner | undefined;
  readonly strategy: MergeStrategy;
}

/** A version on a line of its own: it follows from no other version of the repository. */
async function recordMerge(app: App, merge: Merge): Promise<{ readonly version: RepositoryVersion; readonly warnings: readonly string[] }> {
  const { owner, name, type, format, sources, snapshots, merged, signer, strategy } = merge;
  const blobs = new Map<string, Blob>();
  const onBlob = (blob: Blob): void => void blobs.set(blob.digest, blob);
  const rendered = await renderMetadata(app, format, {
    name,
    sources: sources.map(({ origin, files, artifacts }, index) => {
      const kept = merged.kept[index] ?? new Map();
      return { origin, files, kept, artifacts: artifacts.filter(({ path }) => kept.has(path)) };
    }),
    options: optionsFor(app, snapshots),
    compressions: compressionsFor(app, owner),
    madeAt: madeAt(snapshots.map(({ version }) => version.dates)),
  }, signer, onBlob);
  const keys = await putMergedKeys(app, merge, onBlob);
  const described = [...rendered.files, ...keys];
  const catalog = await projectVersion(app, {
    settings: catalogFor(app, owner), format, options: optionsOf(app, owner), artifacts: merged.artifacts, failed: [], files: described,
    before: [], changedNames: undefined, now: snapshots.map(({ createdAt }) => createdAt).reduce((a, b) => (a > b ? a : b)),
    put: async (bytes) => putRemembered(app, bytes, onBlob),
  });
  const content: VersionContent = { artifacts: merged.artifacts, files: [...described, ...catalog.files].sort(byPath) };
  assertTree([...content.files, ...content.artifacts].map(({ path }) => path));
  await app.pool.barrier();
  // A run that was killed before the name was given has left a version on this line: this one follows it.
  const line = mergeLine(owner, name);
  const base = (await app.store.findRepository(line))?.current;
  const before = await loadContent(app, base);
  const artifacts = diffArtifacts(before.artifacts, content.artifacts);
  const files = diffFiles(before.files, content.files);
  // What the sources hold is theirs; should one be deleted and cleaned away meanwhile, the database refuses the version.
  const version = await recordVersion(app, {
    repository: line,
    type,
    base,
    rootFingerprint: digestOf(content.files.map(({ digest }) => digest).join()),
    settingsDigest: digestOf(JSON.stringify([strategy, ...snapshots.map(({ version: { repository, number } }) => [repository, number])])),
    mode: 'regenerated',
    signedBy: signer === undefined ? [] : [signer.fingerprint],
    dates: mergeDates(snapshots),
    addedArtifacts: artifacts.added as readonly StoredArtifact[],
    removedArtifactPaths: artifacts.removed.map(({ path }) => path),
    addedFiles: files.added,
    removedFilePaths: files.removed.map(({ path }) => path),
    blobs: [...blobs.values()],
  });
  return { version, warnings: [...rendered.warnings, ...catalog.warnings] };
}

/** Upstream's keys of all sources, for the packages, and ours, for the metadata. */
async function putMergedKeys(app: App, { format, sources, signer, name }: Merge, onBlob: (blob: Blob) => void): Promise<readonly StoredFile[]> {
  const digests = new Set(sources.flatMap(({ files }) => files.filter(({ kind }) => kind === 'key').map(({ digest }) => digest)));
  const known = await Promise.all([...digests].map(async (digest) => app.pool.read(digest)));
  // As the format published them: in the one form that it publishes again.
  const keys = known.map((bytes) => ({ armored: bytes.toString('latin1'), binary: bytes }));
  return putKeyFiles(format, name, [...keys, ...ownKeys(signer)], async (bytes) => putRemembered(app, bytes, onBlob));
}

async function putRemembered(app: App, bytes: Uint8Array, onBlob: (blob: Blob) => void): Promise<Blob> {
  const blob = await app.pool.put(bytes);
  onBlob(blob);
  return blob;
}

async function findSources(app: App, names: readonly string[]): Promise<readonly Snapshot[]> {
  if (names.length < 2) throw new ChantalError('E_USAGE', 'a merge needs at least two sources', { hint: 'Name each with --source.' });
  const snapshots: Snapshot[] = [];
  for (const name of names) snapshots.push(await findSnapshot(app, name));
  return snapshots;
}

async function commonType(app: App, snapshots: readonly Snapshot[]): Promise<string> {
  const types = await Promise.all(snapshots.map(async ({ version }) => (await app.store.findRepository(version.repository))?.type ?? ''));
  const [type = ''] = types;
  if (types.every((other) => other === type)) return type;
  throw new ChantalError('E_USAGE', 'snapshots of different types cannot be merged', {
    context: { found: snapshots.map(({ repository, name }, index) => `${repository}/${name} (${types[index]})`).join(', ') },
  });
}

function ownerOf(snapshots: readonly Snapshot[]): string {
  const owners = new Set(snapshots.map(({ repository }) => repository));
  const [only] = owners;
  return owners.size === 1 && only !== undefined ? only : mergedOwner;
}

/** One after the other: of two of one repository, the second costs what changed between them. */
async function loadSources(app: App, format: Format, snapshots: readonly Snapshot[]): Promise<readonly LoadedSource[]> {
  const loaded: { readonly version: RepositoryVersion; readonly content: VersionContent }[] = [];
  const sources: LoadedSource[] = [];
  for (const { repository, name, version } of snapshots) {
    const known = loaded.find((other) => other.version.repository === version.repository);
    const content = known === undefined ? await loadContent(app, version) : await loadContentBeside(app, known, version);
    loaded.push({ version, content });
    // The merge has a catalog of its own.
    const files = content.files.filter(({ kind }) => kind !== catalogKind);
    const bundles = (await format.bundles?.read(content.artifacts, files, (file) => app.pool.open(file.digest))) ?? [];
    sources.push({ origin: `${repository}/${name}`, artifacts: content.artifacts, files, bundles });
  }
  return sources;
}

/** The settings of the last source that is still configured; the metadata itself says the rest. */
function optionsFor(app: App, snapshots: readonly Snapshot[]): unknown {
  const configured = snapshots.flatMap(({ repository }) => app.settings.repositories.filter(({ name }) => name === repository));
  return configured.at(-1)?.options;
}

/** Sources of several repositories may be of several distributions: what packages do not say themselves is not known then. */
function optionsOf({ settings }: App, owner: string): unknown {
  return settings.repositories.find(({ name }) => name === owner)?.options;
}

function catalogFor({ settings }: App, owner: string): CatalogSettings | undefined {
  return owner === mergedOwner ? settings.catalog.merged : settings.repositories.find(({ name }) => name === owner)?.catalog;
}

/** A merge of one repository's snapshots is published as that repository is. */
function compressionsFor({ settings }: App, owner: string): readonly Compression[] {
  return settings.repositories.find(({ name }) => name === owner)?.compressions ?? settings.publish.compressions;
}

function mergeDates(snapshots: readonly Snapshot[]): Readonly<Record<string, string>> {
  const dates: Record<string, string> = {};
  for (const { version } of snapshots) {
    for (const [path, date] of Object.entries(version.dates)) if (date > (dates[path] ?? '')) dates[path] = date;
  }
  return dates;
}

function byPath(a: StoredFile, b: StoredFile): number {
  return a.path < b.path ? -1 : 1;
}
