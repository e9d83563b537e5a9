/** Operations: metadata files that belong to one package each (a signature beside it): wanted with it, and asked for once. */

import type { ArtifactDelta } from '../../core/diff-content.js';
import type { Digest } from '../../core/digest.js';
import type { Artifact, Manifest, StoredFile, WantedFile } from '../../core/repository.js';

export interface DueFiles {
  readonly toFetch: readonly WantedFile[];
  /** As the current version has them. */
  readonly carried: readonly StoredFile[];
}

/** What of the wanted files is due with these packages. */
export function withCompanions(wanted: Manifest['wanted'], kept: readonly Artifact[]): readonly WantedFile[] {
  if (!wanted.some(({ companionOf }) => companionOf !== undefined)) return wanted;
  const paths = new Set<string>(kept.map(({ path }) => path));
  return wanted.filter(({ companionOf }) => companionOf === undefined || paths.has(companionOf));
}

/** Nobody vouches for a companion's bytes: while its package is the same, what came with that is it. */
export function splitCompanions(
  wanted: readonly WantedFile[], delta: ArtifactDelta, current: readonly StoredFile[], lost: ReadonlySet<Digest>,
): DueFiles {
  const held = new Map<string, StoredFile>(current.filter(({ digest }) => !lost.has(digest)).map((file) => [file.path, file]));
  const same = new Set<string>(delta.kept.map(({ path }) => path));
  const toFetch: WantedFile[] = [];
  const carried: StoredFile[] = [];
  for (const file of wanted) {
    const { companionOf, checksum, published } = file;
    const isSettled = companionOf !== undefined && checksum === undefined && same.has(companionOf) && published.every(({ path }) => held.has(path));
    if (isSettled) carried.push(...published.map(({ path }) => held.get(path)!));
    else toFetch.push(file);
  }
  return { toFetch, carried };
}
