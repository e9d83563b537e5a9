/** Operations: the catalog that is published with what was just synced. */

import { catalogKind } from '../../core/catalog.js';
import type { ArtifactDelta } from '../../core/diff-content.js';
import type { QuarantinedPackage } from '../../core/quarantine.js';
import type { RepositoryVersion, Root, StoredArtifact, StoredFile } from '../../core/repository.js';
import { projectVersion, type ProjectedCatalog } from '../catalog/project-version.js';
import { madeAt } from '../render-metadata.js';
import type { HeldContent } from './held-content.js';
import type { SyncSession } from './session.js';

interface Synced {
  readonly root: Root;
  readonly current: RepositoryVersion | undefined;
  readonly held: HeldContent;
  readonly delta: ArtifactDelta;
  readonly quarantined: readonly QuarantinedPackage[];
  readonly quarantinedBefore: readonly QuarantinedPackage[];
  readonly artifacts: readonly StoredArtifact[];
  readonly files: readonly StoredFile[];
}

/** Anew where rules or settings are others than last time, or the pool has lost something of it; else only what changed. */
export async function describeCatalog(session: SyncSession, synced: Synced): Promise<ProjectedCatalog> {
  const { app, repository, format, source } = session;
  const { root, current, held, delta, quarantined, quarantinedBefore, artifacts, files } = synced;
  const before = held.content.files.filter(({ kind }) => kind === catalogKind);
  const isCarried = current?.settingsDigest === session.settingsDigest(quarantinedBefore.length > 0) && !before.some(({ digest }) => held.lost.has(digest));
  const changed = [...delta.added, ...delta.removed, ...quarantined, ...quarantinedBefore];
  return projectVersion(app, {
    settings: repository.catalog,
    format,
    options: repository.options,
    artifacts,
    failed: quarantined,
    files,
    before,
    changedNames: isCarried ? new Set(changed.map(({ name }) => name)) : undefined,
    now: madeAt([root.dates]).toISOString(),
    put: source.put,
  });
}
