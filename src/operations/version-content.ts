/** Operations: everything that one version consists of, as the store has it or as it was just recorded. */

import type { App } from '../core/app.js';
import type { PublishedEntry } from '../core/publisher.js';
import type { RepositoryVersion, StoredArtifact, StoredFile } from '../core/repository.js';

export interface VersionContent {
  readonly artifacts: readonly StoredArtifact[];
  readonly files: readonly StoredFile[];
}

export const emptyContent: VersionContent = { artifacts: [], files: [] };

export async function loadContent(app: App, version: RepositoryVersion | undefined): Promise<VersionContent> {
  if (version === undefined) return emptyContent;
  return { artifacts: await app.store.listArtifacts(version), files: await app.store.listFiles(version) };
}

/**
 * The content of a version on the same line as one that is loaded: what both have is the same values, which are there once.
 * In order of path.
 */
export async function loadContentBeside(app: App, known: { readonly version: RepositoryVersion; readonly content: VersionContent }, version: RepositoryVersion): Promise<VersionContent> {
  const delta = await app.store.diffVersions(known.version, version);
  return {
    artifacts: applyDelta(known.content.artifacts, delta.removedArtifacts, delta.addedArtifacts),
    files: applyDelta(known.content.files, delta.removedFiles, delta.addedFiles),
  };
}

function applyDelta<T extends { readonly path: string }>(all: readonly T[], removed: readonly T[], added: readonly T[]): readonly T[] {
  const gone = new Set([...removed, ...added].map(({ path }) => path));
  return [...all.filter(({ path }) => !gone.has(path)), ...added].sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function publishedEntries(content: VersionContent): readonly PublishedEntry[] {
  return [...content.files, ...content.artifacts];
}

/** One body may be listed twice under one by-hash name; the same path with two bodies is caught by `assertTree`. */
export function uniqueFiles(files: readonly StoredFile[]): readonly StoredFile[] {
  const seen = new Map<string, StoredFile>();
  for (const file of files) seen.set(`${file.path}\0${file.digest}`, file);
  return [...seen.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
