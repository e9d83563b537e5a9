/** Core: what changed between the content of a version and what upstream offers now. Pure; every consumer uses this one. */

import { sameChecksum } from './digest.js';
import type { Artifact, StoredArtifact, StoredFile } from './repository.js';

export interface ArtifactDelta {
  /** New paths, and known paths that upstream describes differently now. */
  readonly added: readonly Artifact[];
  /** Paths that are gone, and the former description of those that changed. */
  readonly removed: readonly StoredArtifact[];
  /** Described as before. */
  readonly kept: readonly StoredArtifact[];
}

/** Artifacts are keyed by path. One whose bytes stayed but whose description changed is removed and added. */
export function diffArtifacts(current: readonly StoredArtifact[], wanted: readonly Artifact[]): ArtifactDelta {
  const before = new Map(current.map((artifact) => [artifact.path, artifact]));
  const added: Artifact[] = [];
  const kept: StoredArtifact[] = [];
  for (const artifact of wanted) {
    const known = before.get(artifact.path);
    if (known !== undefined && isSameArtifact(known, artifact)) {
      kept.push(known);
      before.delete(artifact.path);
    } else {
      added.push(artifact);
    }
  }
  return { added, removed: [...before.values()], kept };
}

export interface FileDelta {
  readonly added: readonly StoredFile[];
  readonly removed: readonly StoredFile[];
}

export function diffFiles(current: readonly StoredFile[], wanted: readonly StoredFile[]): FileDelta {
  const before = new Map(current.map((file) => [file.path, file]));
  const added: StoredFile[] = [];
  for (const file of wanted) {
    const known = before.get(file.path);
    if (known !== undefined && isSameFile(known, file)) before.delete(file.path);
    else added.push(file);
  }
  return { added, removed: [...before.values()] };
}

function isSameArtifact(a: StoredArtifact, b: Artifact): boolean {
  // What upstream does not say cannot have changed: bytes without a checksum are those that were measured when they came.
  return (b.checksum === undefined || sameChecksum(a.checksum, b.checksum))
    && (b.sizeBytes === undefined || a.sizeBytes === b.sizeBytes)
    && a.name === b.name
    && a.version === b.version
    && a.arch === b.arch
    && isSameRecord(a.attributes, b.attributes);
}

function isSameFile(a: StoredFile, b: StoredFile): boolean {
  return a.digest === b.digest && a.kind === b.kind && a.hashNamed === b.hashNamed;
}

function isSameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
