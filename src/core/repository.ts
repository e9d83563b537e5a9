/** Core: the nouns. What upstream offers, what the store remembers of it, what a publication shows. Values only. */

import type { Checksum, Digest } from './digest.js';
import type { Place } from './locator.js';
import type { RelativePath } from './relative-path.js';

/** A package file as a repository describes it. Keyed by `path`: duplicate NEVRAs at two paths are legal. */
export interface Artifact {
  /** Relative to the repository's root, as the metadata names it: `Packages/b/bash-5.1-2.x86_64.rpm`. */
  readonly path: RelativePath;
  readonly name: string;
  /** The whole version in the format's own notation: `1:5.1.8-6.el9` (rpm EVR, epoch 0 left out), `5.2.15-2+b2` (dpkg). */
  readonly version: string;
  /** `x86_64`, `noarch`, `src`; `amd64`, `all`, `source`. */
  readonly arch: string;
  /** What upstream claims about its bytes; undefined: nothing, and they are measured when they are first fetched. */
  readonly checksum?: Checksum;
  /** undefined: upstream does not say. */
  readonly sizeBytes?: number;
  /**
   * A few fields worth searching: component, source, section, priority, summary … Never the whole record. `locator`: its bytes are
   * not at `path` below the repository's address, but there (`core/locator.ts`); `path` is where it is published.
   */
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * The attribute of an artifact that the format makes of upstream's metadata, as upstream has no such file: it is never fetched. Its value is
 * the metadata file that it is made of.
 */
export const madeAttribute = 'made_of';

/** An artifact whose bytes upstream vouches for. */
export interface ListedArtifact extends Artifact {
  readonly checksum: Checksum;
  readonly sizeBytes: number;
}

/** An artifact whose bytes are in the pool. What upstream did not say of them was measured there. */
export interface StoredArtifact extends ListedArtifact {
  readonly digest: Digest;
}

/** A metadata file that is in the pool and published under `path`. */
export interface StoredFile {
  readonly path: RelativePath;
  /** What it is, in the format's words: `repomd`, `primary`, `inrelease`, `packages`, `treeinfo`, `key` … */
  readonly kind: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Its path holds its checksum (by-hash, `<sha256>-primary.xml.gz`): a reader of the previous version may still ask for it. */
  readonly hashNamed: boolean;
}

/** A metadata file to fetch and publish verbatim. */
export interface WantedFile {
  readonly kind: string;
  /** Where upstream has it; tried in order. */
  readonly sources: readonly Place[];
  /** Where it is published: several names of one body are one fetch. */
  readonly published: readonly { readonly path: RelativePath; readonly hashNamed: boolean }[];
  readonly checksum?: Checksum;
  readonly sizeBytes?: number;
  /** `optional`: upstream lists it and may not have it (404); it is then left out, as it is upstream. */
  readonly presence: 'required' | 'optional';
  /**
   * It belongs to the package at that path (a signature beside it): fetched where that is kept, and without a checksum not asked for
   * again while that stays as it is.
   */
  readonly companionOf?: RelativePath;
}

/** What one version of a repository consists of, as upstream describes it. */
export interface Manifest {
  readonly artifacts: readonly Artifact[];
  /** Read on the way and in the pool already. */
  readonly stored: readonly StoredFile[];
  /** Not needed to understand the repository, only to publish it: fetched with the packages. */
  readonly wanted: readonly WantedFile[];
  /** For the user, one sentence each: a stale Release beside a new InRelease, an unsigned repository … */
  readonly warnings: readonly string[];
  /** `regenerated`: upstream's metadata cannot be published as it is, however much of it is kept: it leads elsewhere, or is no file. */
  readonly mode?: PublishMode;
}

/** The document(s) that everything else follows from (repomd.xml; InRelease of each distribution), verified. */
export interface Root {
  /** Equal if and only if the root documents are the same bytes. */
  readonly fingerprint: Digest;
  readonly stored: readonly StoredFile[];
  /** Fingerprints (upper-case hex) of the keys whose signatures were verified; empty: not verified. */
  readonly signedBy: readonly string[];
  /** When upstream made it (Release Date, repomd revision or timestamp), for roll-back protection. One entry a root path. */
  readonly dates: Readonly<Record<string, string>>;
  /** ISO time after which it must not be used (APT Valid-Until), the earliest of all. */
  readonly validUntil?: string;
  readonly warnings: readonly string[];
  /** What the format's own `readManifest` goes on with, where no document says it; nobody else looks at it. */
  readonly carried?: unknown;
}

/** `verbatim`: upstream's metadata byte for byte. `regenerated`: only part of upstream is published. */
export type PublishMode = 'verbatim' | 'regenerated';

/** An immutable, numbered state of a repository. Numbers count up from 1 within a repository. */
export interface RepositoryVersion {
  readonly id: number;
  readonly repository: string;
  readonly number: number;
  readonly createdAt: string;
  readonly rootFingerprint: Digest;
  /** Digest of the settings that shape the content (filters, components, keys): another one means another version. */
  readonly settingsDigest: Digest;
  readonly mode: PublishMode;
  readonly artifactCount: number;
  /** Sum of the sizes of its artifacts. */
  readonly artifactBytes: number;
  readonly fileCount: number;
  readonly signedBy: readonly string[];
  readonly dates: Readonly<Record<string, string>>;
  readonly validUntil?: string;
}

export interface RepositoryRecord {
  readonly name: string;
  readonly type: string;
  readonly createdAt: string;
  readonly current?: RepositoryVersion;
  /** How many packages the current version goes on without. */
  readonly quarantined: number;
  readonly lastSync?: {
    readonly at: string;
    readonly outcome: 'synced' | 'unchanged' | 'failed';
    readonly error?: { readonly code: string; readonly message: string };
  };
}

/** Owner of snapshots that were merged across repositories: `merged/M`. No repository may have this name. */
export const mergedOwner = 'merged';

/** The line of versions that a merge is recorded on: it follows from no version of its owner. */
export function mergeLine(owner: string, snapshot: string): string {
  return `${owner}/merge/${snapshot.toLowerCase().replace(/[^a-z0-9._-]/g, '-')}`;
}

/** A name for a version. Listed under `repository`; `version` may belong to a line of its own (a merge). */
export interface Snapshot {
  readonly name: string;
  readonly repository: string;
  readonly createdAt: string;
  readonly version: RepositoryVersion;
}

/** A tree on disk: which version of a repository is (or is about to be) served where. */
export interface Publication {
  readonly id: number;
  readonly repository: string;
  /** `latest`, or `snapshot:<name>`. */
  readonly target: string;
  readonly version: RepositoryVersion;
  /** What a client is pointed to: the path of the `latest` link, or of the snapshot's directory. */
  readonly path: string;
  /** The directory that holds the files: below `.latest` for latest, the same as `path` for a snapshot. */
  readonly tree: string;
  /** `pending` from before the first link until after the switch: a crash in between leaves it so. */
  readonly state: 'pending' | 'complete';
  readonly publishedAt: string;
}
