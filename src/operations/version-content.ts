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

export function publishedEntries(content: VersionContent): readonly PublishedEntry[] {
  return [...content.files, ...content.artifacts];
}
