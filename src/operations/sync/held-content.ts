/** Operations: is what we hold still there? A 304 from upstream says nothing about our own disk. */

import type { App } from '../../core/app.js';
import { catalogKind } from '../../core/catalog.js';
import type { Digest } from '../../core/digest.js';
import { madeAttribute, type RepositoryVersion, type StoredArtifact, type StoredFile } from '../../core/repository.js';
import { loadContent, type VersionContent } from '../version-content.js';
import { artifactTask, fileTask, type FetchTask } from './fetch-content.js';

/** Blobs of a version that the pool has lost. Files that were touched but are whole are remembered with their new time. */
export async function findLost(app: App, version: RepositoryVersion | undefined): Promise<ReadonlySet<Digest>> {
  if (version === undefined) return new Set();
  const { lost, touched } = await app.pool.findFaults(await app.store.listBlobs(version));
  if (touched.length > 0) await app.store.updateBlobs(touched);
  return new Set(lost);
}

/** What must be fetched again, by our own digest, from where upstream had it. Keys and the catalog are of our own making and left out. */
export function lostTasks(content: VersionContent, lost: ReadonlySet<Digest>): readonly FetchTask[] {
  if (lost.size === 0) return [];
  const files = content.files.filter((file) => lost.has(file.digest) && file.kind !== 'key' && file.kind !== catalogKind);
  const artifacts = content.artifacts.filter((artifact) => lost.has(artifact.digest));
  return [
    ...files.map(({ path, kind, digest, sizeBytes }) =>
      fileTask({ kind, sources: [path], published: [], checksum: { algorithm: 'sha256', hex: digest }, sizeBytes, presence: 'required' }, () => undefined)),
    ...artifacts.map((artifact) =>
      artifactTask({ ...artifact, checksum: { algorithm: 'sha256', hex: artifact.digest } }, async () => undefined)),
  ];
}

/** What a version consists of, and what of that the pool has lost. */
export interface HeldContent {
  readonly content: VersionContent;
  readonly lost: ReadonlySet<Digest>;
}

export async function examineVersion(app: App, version: RepositoryVersion): Promise<HeldContent> {
  return { content: await loadContent(app, version), lost: await findLost(app, version) };
}

/**
 * Has the pool lost what cannot simply be fetched again? Metadata of our own making is nowhere upstream; a package may be gone
 * there, and `mayQuarantine` says that the repository goes on without it. The version is made again from what upstream has.
 */
export function mustBeMadeAgain({ mode }: RepositoryVersion, { content, lost }: HeldContent, mayQuarantine: boolean): boolean {
  const isLost = ({ digest }: { readonly digest: Digest }): boolean => lost.has(digest);
  const isOurs = ({ kind }: StoredFile): boolean => mode === 'regenerated' || kind === catalogKind;
  const isMade = ({ attributes }: StoredArtifact): boolean => attributes[madeAttribute] !== undefined;
  return content.files.some((file) => isOurs(file) && isLost(file)) || content.artifacts.some((artifact) => (mayQuarantine || isMade(artifact)) && isLost(artifact));
}
