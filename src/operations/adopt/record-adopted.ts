/** Operations: what was adopted becomes known to the store, on a line of its own, where clean-up leaves it for the next sync. */

import { diffArtifacts, diffFiles } from '../../core/diff-content.js';
import type { Digest } from '../../core/digest.js';
import { adoptedLine } from '../../core/names.js';
import type { Root, StoredArtifact } from '../../core/repository.js';
import { recordVersion } from '../pool-lock.js';
import type { SyncSession } from '../sync/session.js';
import { loadContent, type VersionContent } from '../version-content.js';

export interface AdoptedContent {
  readonly root: Root;
  /** What upstream lists and the pool holds now. */
  readonly held: VersionContent;
  readonly adopted: ReadonlySet<Digest>;
}

/**
 * Call it after the pool's barrier. Files of which no version knows anything are recorded too: an adoption that was killed has
 * left them. What the line holds and upstream no longer lists leaves it.
 */
export async function recordAdopted(session: SyncSession, { root, held, adopted }: AdoptedContent): Promise<void> {
  const { app, repository, source, signal } = session;
  const line = adoptedLine(repository.name);
  const base = (await app.store.findRepository(line))?.current;
  const before = await loadContent(app, base);
  const waiting = new Set([...before.artifacts, ...before.files].map(({ digest }) => digest));
  const known = await app.store.findBlobs([...held.artifacts, ...held.files].map(({ digest }) => digest));
  const isDue = ({ digest }: { readonly digest: Digest }): boolean => adopted.has(digest) || waiting.has(digest) || !known.has(digest);
  const artifacts = diffArtifacts(before.artifacts, held.artifacts.filter(isDue));
  const files = diffFiles(before.files, held.files.filter(isDue));
  const blobs = [...source.blobs.values()].filter(isDue);
  if (artifacts.added.length + artifacts.removed.length + files.added.length + files.removed.length === 0) {
    await app.store.updateBlobs(blobs);
    return;
  }
  await recordVersion(app, {
    repository: line,
    type: repository.type,
    base,
    rootFingerprint: root.fingerprint,
    settingsDigest: session.settingsDigest(false),
    mode: 'verbatim',
    signedBy: root.signedBy,
    dates: root.dates,
    addedArtifacts: artifacts.added as readonly StoredArtifact[],
    removedArtifactPaths: artifacts.removed.map(({ path }) => path),
    addedFiles: files.added,
    removedFilePaths: files.removed.map(({ path }) => path),
    blobs,
  }, signal);
  await app.store.pruneVersions(line, 1);
}
