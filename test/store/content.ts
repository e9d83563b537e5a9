/** Test support: artifacts, files and versions with little to say. */

import { digestOf, type Digest } from '../../src/core/digest.js';
import type { Blob, NewVersion } from '../../src/core/ports.js';
import { parseRelativePath } from '../../src/core/relative-path.js';
import type { StoredArtifact, StoredFile } from '../../src/core/repository.js';

/** @param body stands for the file's bytes: the same body, the same digest and size */
export function artifact(path: string, body = path, more: Partial<StoredArtifact> = {}): StoredArtifact {
  const digest = digestOf(body);
  return {
    path: parseRelativePath(path),
    name: path.split('/').at(-1) ?? path,
    version: '1.0-1',
    arch: 'amd64',
    checksum: { algorithm: 'sha256', hex: digest },
    sizeBytes: sizeOf(digest),
    attributes: {},
    digest,
    ...more,
  };
}

export function file(path: string, body = path, more: Partial<StoredFile> = {}): StoredFile {
  const digest = digestOf(body);
  return { path: parseRelativePath(path), kind: 'packages', digest, sizeBytes: sizeOf(digest), hashNamed: false, ...more };
}

export function blobOf({ digest }: { readonly digest: Digest }, mtimeMs = 1_700_000_000_000): Blob {
  return { digest, sizeBytes: sizeOf(digest), mtimeMs };
}

/** A first version of `repository` with nothing in it, and what the test says besides. All blobs of what is added are named. */
export function newVersion(repository: string, changes: Partial<NewVersion> = {}): NewVersion {
  return {
    repository,
    type: 'apt',
    base: undefined,
    rootFingerprint: digestOf('root'),
    settingsDigest: digestOf('settings'),
    mode: 'verbatim',
    signedBy: [],
    dates: {},
    addedArtifacts: [],
    removedArtifactPaths: [],
    addedFiles: [],
    removedFilePaths: [],
    blobs: [...changes.addedArtifacts ?? [], ...changes.addedFiles ?? []].map((added) => blobOf(added)),
    ...changes,
  };
}

/** Any size will do, as long as a body has the same one each time. */
function sizeOf(digest: Digest): number {
  return Number.parseInt(digest.slice(0, 8), 16);
}
