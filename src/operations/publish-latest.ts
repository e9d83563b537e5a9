/** Operations: show a version as `latest`, with what readers of the versions before may still ask for. */

import type { App } from '../core/app.js';
import type { Digest } from '../core/digest.js';
import type { Blob } from '../core/ports.js';
import type { Glance, LatestPlan, PublishReport, SealedTree, TreeSight } from '../core/publisher.js';
import type { Publication, RepositoryVersion } from '../core/repository.js';
import type { VersionContent } from './version-content.js';

export const latestTarget = 'latest';

export interface LatestRequest {
  readonly repository: string;
  readonly latestPath: string;
  readonly version: RepositoryVersion;
  readonly content: VersionContent;
  /** Trust what the last publication left behind, and link only what changed since. */
  readonly isIncremental: boolean;
}

/** Switches `latest`; the intention is recorded before the first link, so that a crash is noticed and repaired. */
export async function publishLatest(app: App, request: LatestRequest): Promise<PublishReport> {
  const { repository, latestPath, version } = request;
  const earlier = await listEarlier(app, request);
  const plan = await planLatest(app, request, earlier);
  const tree = await app.publisher.chooseTree(latestPath, version.number);
  const publication = await app.store.beginPublication({ repository, target: latestTarget, version, path: latestPath, tree });
  const report = await app.publisher.publishLatest(plan, tree);
  const keep = app.settings.publish.keepPrevious + 1;
  await app.store.completePublication(publication, keep, { type: 'latest.published', repository, version: version.number, path: latestPath });
  const kept = await app.store.listPublications({ repository, target: latestTarget });
  await app.publisher.pruneLatest(latestPath, kept.map((known) => known.tree));
  if (report.copied > 0) {
    app.reporter.log('WARN', `${repository}: ${report.copied} files were copied into ${latestPath}, not linked: put the pool on the same file system to save their space`);
  }
  return report;
}

/** Is this version what `latest` shows, completely, in the place where the configuration wants it? */
export async function isLatestWhole(app: App, request: LatestRequest): Promise<boolean> {
  return (await lookAtLatest(app, request, () => undefined)) !== undefined;
}

/**
 * Is it, and are the pool's files as they are remembered? Then that is kept, so that the next look is a short one.
 * @param known of the files that are remembered, those that need not be asked for
 * @see isLatestSealed
 */
export async function sealLatest(app: App, request: LatestRequest, known: ReadonlyMap<Digest, Blob> = new Map()): Promise<boolean> {
  const others: Blob[] = [];
  const changed: Blob[] = [];
  const found = await lookAtLatest(app, request, (blob) => {
    const remembered = known.get(blob.digest);
    if (remembered === undefined) others.push(blob);
    else if (!isSameBlob(blob, remembered)) changed.push(blob);
  });
  if (found === undefined || changed.length > 0 || !(await areRemembered(app, others))) return false;
  await app.publisher.sealLatest(sealOf(app, found.shown), found.sight);
  return true;
}

/**
 * Was all of it found whole before, and was nothing written to since, neither what is shown nor what the pool holds of it?
 * @param glance at the same `latestPath`
 * @param isDryRun writes nothing: a sync may be at work on the tree
 */
export async function isLatestSealed(app: App, request: ShownRequest, glance: Glance, isDryRun: boolean): Promise<boolean> {
  const shown = await findShown(app, request);
  return shown !== undefined && glance.isSealed(sealOf(app, shown), !isDryRun);
}

/** An incremental look takes the short way as well, and trusts what was sealed before. */
async function lookAtLatest(
  app: App, request: LatestRequest, onBlob: (blob: Blob) => void,
): Promise<{ readonly shown: Publication; readonly sight: TreeSight } | undefined> {
  const shown = await findShown(app, request);
  if (shown === undefined) return undefined;
  const earlier = await listEarlier(app, request);
  const plan = await planLatest(app, { ...request, isIncremental: false }, earlier);
  const [base] = request.isIncremental ? earlier : [];
  const sight = await app.publisher.lookAtLatest(plan, shown.tree, onBlob, base === undefined ? undefined : sealOf(app, base));
  return sight === undefined ? undefined : { shown, sight };
}

async function areRemembered(app: App, blobs: readonly Blob[]): Promise<boolean> {
  const remembered = await app.store.findBlobs(blobs.map(({ digest }) => digest));
  return blobs.every((blob) => isSameBlob(blob, remembered.get(blob.digest)));
}

function isSameBlob({ sizeBytes, mtimeMs }: Blob, remembered: Blob | undefined): boolean {
  return remembered?.sizeBytes === sizeBytes && remembered.mtimeMs === mtimeMs;
}

type ShownRequest = Pick<LatestRequest, 'repository' | 'latestPath' | 'version'>;

/** The publication of this version at this path, where it is the newest and complete. */
async function findShown(app: App, { repository, latestPath, version }: ShownRequest): Promise<Publication | undefined> {
  const publications = await app.store.listPublications({ repository, target: latestTarget });
  const [newest] = publications;
  if (newest === undefined || publications.some((known) => known.state === 'pending')) return undefined;
  return newest.version.id === version.id && newest.path === latestPath ? newest : undefined;
}

/** The mark says what the seal vouches for: this publication, and as many before it. The times tell a database from one that was restored. */
function sealOf(app: App, { id, publishedAt, tree, version }: Publication): SealedTree {
  return { tree, mark: [id, publishedAt, version.id, version.createdAt, version.rootFingerprint, app.settings.publish.keepPrevious].join(' ') };
}

/** Publications of other versions, newest first, that were at this path. */
async function listEarlier(app: App, { repository, latestPath, version }: LatestRequest): Promise<readonly Publication[]> {
  const all = await app.store.listPublications({ repository, target: latestTarget });
  return all.filter((known) => known.version.id !== version.id && known.path === latestPath);
}

async function planLatest(app: App, request: LatestRequest, earlier: readonly Publication[]): Promise<LatestPlan> {
  const { content, version, latestPath } = request;
  const { keepPrevious } = app.settings.publish;
  const carried = await collectCarried(app, request, earlier.slice(0, keepPrevious));
  const plan = {
    latestPath,
    versionNumber: version.number,
    files: content.files,
    packages: content.artifacts,
    carriedFiles: [...carried.files.values()],
    carriedPackages: [...carried.packages.values()],
  };
  const [base] = earlier;
  const isKnown = earlier.every((known) => known.state === 'complete');
  if (!request.isIncremental || base === undefined || !isKnown) return plan;
  const delta = await app.store.diffVersions(base.version, version);
  const expired = new Map<string, LatestPlan['packages'][number]>();
  for (const dropped of earlier.slice(keepPrevious)) {
    const { removedArtifacts } = await app.store.diffVersions(dropped.version, version);
    for (const artifact of removedArtifacts) expired.set(artifact.path, artifact);
  }
  const current = new Set(delta.addedArtifacts.map((artifact) => artifact.path as string));
  const isShown = (path: string): boolean => carried.packages.has(path) || current.has(path);
  return { ...plan, delta: { baseTree: base.tree, added: delta.addedArtifacts, expired: [...expired.values()].filter(({ path }) => !isShown(path)) } };
}

interface Carried {
  readonly files: Map<string, LatestPlan['files'][number]>;
  readonly packages: Map<string, LatestPlan['packages'][number]>;
}

/** Hash-named metadata and removed packages of the kept publications: a client that read the old index may still ask for them. */
async function collectCarried(app: App, { version, content }: LatestRequest, kept: readonly Publication[]): Promise<Carried> {
  const carried: Carried = { files: new Map(), packages: new Map() };
  if (kept.length === 0) return carried;
  const deltas = await Promise.all(kept.map(async (publication) => app.store.diffVersions(publication.version, version)));
  const candidates = new Set(deltas.flatMap((delta) => [...delta.removedArtifacts, ...delta.removedFiles]).map((entry) => entry.path as string));
  const shown = new Set([...content.artifacts, ...content.files].map((entry) => entry.path as string).filter((path) => candidates.has(path)));
  for (const delta of deltas) {
    for (const artifact of delta.removedArtifacts) {
      if (!shown.has(artifact.path) && !carried.packages.has(artifact.path)) carried.packages.set(artifact.path, artifact);
    }
    for (const file of delta.removedFiles) {
      if (file.hashNamed && !shown.has(file.path) && !carried.files.has(file.path)) carried.files.set(file.path, file);
    }
  }
  return withoutLost(app, carried);
}

/** What the pool has lost of an earlier version is no loss for this one. */
async function withoutLost(app: App, carried: Carried): Promise<Carried> {
  for (const entries of [carried.files, carried.packages]) {
    for (const entry of [...entries.values()]) {
      if ((await app.pool.stat(entry.digest)) === undefined) entries.delete(entry.path);
    }
  }
  return carried;
}
