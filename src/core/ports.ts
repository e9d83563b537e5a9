/**
 * Core: every I/O contract of the house on one page. Rooms implement them, operations receive them, nobody else
 * knows which implementation it is.
 */

import type { Readable } from 'node:stream';
import type { Checksum, Digest, Expected } from './digest.js';
import type { PackageFile } from './diff-versions.js';
import type { Event, RecordedEvent } from './events.js';
import type { Locator, OciTag, Place } from './locator.js';
import type { PackageSearch } from './package-search.js';
import type { PoolCare } from './pool-care.js';
import type { QuarantinedPackage, QuarantineRecord } from './quarantine.js';
import type { RelativePath } from './relative-path.js';
import type {
  Publication, PublishMode, RepositoryRecord, RepositoryVersion, Snapshot, StoredArtifact, StoredFile,
} from './repository.js';
import type { ResourceStore } from './resource-store.js';
import type { ServiceStore } from './service-store.js';
import type { StoreCare } from './store-care.js';
import type { WebhookStore } from './webhooks.js';

// ---------------------------------------------------------------- pool

/** A blob in the pool. `mtimeMs` is whole milliseconds: another one on disk means that somebody touched the file. */
export interface Blob {
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/**
 * Content-addressed files, `<pool_path>/sha256/ab/<64 hex>`, mode 0444. Every write is temp file → measure → rename on
 * one file system; writing what is there already is no error. A blob is durable only after `barrier`.
 */
export interface Pool extends PoolCare {
  readonly path: string;
  /** @throws E_CHECKSUM (nothing is kept), E_DISK_FULL, E_PERMISSION */
  put(bytes: Uint8Array, expected?: Expected): Promise<Blob>;
  /**
   * Opens a place to stream into. With `resumeKey` the bytes of an interrupted transfer under the same key are kept and
   * counted (`writer.offset`); without, they go when the writer is aborted.
   */
  writer(expected: Expected, resumeKey?: string): Promise<PoolWriter>;
  /** Where the file is, whether or not it exists. */
  pathOf(digest: Digest): string;
  /** What stat says of it, undefined when it is not there. Reads no content. */
  stat(digest: Digest): Promise<Blob | undefined>;
  /** Re-hashes the file. false: gone, cut or damaged; a damaged one is moved out of the way. */
  verify(digest: Digest): Promise<Blob | undefined>;
  read(digest: Digest): Promise<Buffer>;
  /** The first bytes of the file, fewer where it is shorter. */
  readStart(digest: Digest, lengthBytes: number): Promise<Buffer>;
  /**
   * Those that are not on disk as remembered: gone, of another size, or touched since (and then not even the right
   * bytes: a touched file is hashed; when it is whole only its time has changed). For tens of thousands at once.
   */
  findFaults(blobs: readonly Blob[]): Promise<PoolFaults>;
  open(digest: Digest): Readable;
  /**
   * Takes in a file that lies elsewhere, if its bytes are one of those sought; otherwise leaves it as it is. The same verified
   * bytes get the name, whatever happens to the path meanwhile. A linked file becomes read-only (0444) where it lies as well.
   * @throws E_DISK_FULL, E_PERMISSION
   */
  adopt(path: string, sought: readonly SoughtFile[], mode: AdoptionMode): Promise<AdoptOutcome>;
  /** What the file system still takes. */
  freeBytes(): Promise<number>;
  /** Returns when everything put so far is on disk, files and directories. One flush however many files. */
  barrier(): Promise<void>;
  remove(digest: Digest): Promise<void>;
}

export type SoughtFile = Expected & { readonly checksum: Checksum };

/** `link`: by hard link, by copy where that is refused or the file is another user's. `look`: reads and compares only. */
export type AdoptionMode = 'link' | 'copy' | 'look';

export type AdoptOutcome =
  | { readonly outcome: 'linked' | 'copied'; readonly expected: SoughtFile; readonly digest: Digest; readonly sizeBytes: number; readonly blob: Blob }
  | { readonly outcome: 'seen'; readonly expected: SoughtFile; readonly digest: Digest; readonly sizeBytes: number }
  /** Its bytes are none of those sought. */
  | { readonly outcome: 'stranger'; readonly digest: Digest; readonly sizeBytes: number }
  /** Gone, no plain file, not for us to read, or written to while it was read. */
  | { readonly outcome: 'unreadable' };

export interface PoolFaults {
  readonly lost: readonly Digest[];
  /** Whole, with the time they have on disk now. */
  readonly touched: readonly Blob[];
}

/** One transfer into the pool. `finish` or `abort` exactly once. */
export interface PoolWriter {
  /** Bytes of an earlier transfer that are here already (they have been hashed again). */
  readonly offset: number;
  /** The validator (ETag or Last-Modified) that `remember` stored with those bytes. */
  readonly validator: string | undefined;
  /** Forgets the earlier bytes: upstream sent the file from its beginning. */
  restart(): Promise<void>;
  remember(validator: string | undefined): Promise<void>;
  /** Resolves when more may be written. */
  write(chunk: Uint8Array): Promise<void>;
  /** Measures, compares, names. @throws E_CHECKSUM (nothing is kept) */
  finish(): Promise<Blob>;
  /** Keeps what was written when there is a resume key. */
  abort(): Promise<void>;
}

// ---------------------------------------------------------------- trees of others

/** What a walk through a directory meets. Links are not followed: what they lead to is met under its own name, or lies elsewhere. */
export type TreeEntry =
  | { readonly kind: 'file'; readonly path: string; readonly sizeBytes: number }
  | { readonly kind: 'link' | 'special' | 'unreadable'; readonly path: string };

// ---------------------------------------------------------------- upstream

/** A root document as upstream has it now. */
export interface RootDocument {
  readonly blob: Blob;
  readonly bytes: Buffer;
  /** 304, or within its ttl: the same bytes as at the last completed sync. */
  readonly fromCache: boolean;
}

export interface TransferReport {
  requests: number;
  downloadedBytes: number;
  downloadedFiles: number;
  resumedBytes: number;
  retries: number;
  /** Root documents that were as they are in the cache, and those that were not. */
  cacheHits: number;
  cacheMisses: number;
}

/** One upstream of one repository: its URL, credentials, proxy, limits. Closed by whoever opened it. */
export interface Upstream {
  /** For messages; never with credentials. */
  readonly url: string;
  /**
   * Conditional GET through the metadata cache, at most `limitBytes`. undefined: 404 or 410.
   * The new validators are kept back until `commitCache`: only a completed sync may answer 304.
   */
  readRoot(place: Place, limitBytes: number, signal?: AbortSignal): Promise<RootDocument | undefined>;
  /**
   * What can be found out about a file without fetching it, where nobody has said it yet: a layer's checksum and size stand in its
   * image's manifest. undefined: nothing can. @throws E_UPSTREAM_MISSING when there is no such image, or layer; E_METADATA, E_CHECKSUM
   */
  describe(place: Place, signal?: AbortSignal): Promise<Required<Expected> | undefined>;
  /** See `Reader.listTags`. */
  listTags(repository: Locator, isWanted: (tag: string) => boolean, signal?: AbortSignal): Promise<readonly OciTag[] | undefined>;
  /**
   * Fetches into the pool, verified. Tries `places` in order, the next one at 404; undefined when none exists.
   * @throws E_CHECKSUM, E_UPSTREAM, E_UPSTREAM_DENIED, E_UPSTREAM_TIMEOUT, E_UPSTREAM_TOO_LARGE after its retries
   */
  download(places: readonly Place[], expected: Expected, signal?: AbortSignal): Promise<Blob | undefined>;
  /** Where a file was looked for that `download` did not find: redacted addresses, one for each mirror that was asked. */
  missingAt(place: Place): readonly string[];
  /** Makes the validators seen since opening valid for the next sync. */
  commitCache(): Promise<void>;
  /** Forgets the validators seen, so that the next `readRoot` asks unconditionally. */
  forgetCache(): void;
  /** The same, and the next root comes from a mirror that was not passed over yet. false: there is no such mirror. */
  passOverMirror(): Promise<boolean>;
  /**
   * A document at an absolute URL (a key), unconditionally; credentials go along only to the repository's own origin.
   * @throws E_UPSTREAM_MISSING at 404
   */
  readUrl(url: string, limitBytes: number, signal?: AbortSignal): Promise<Buffer>;
  readonly report: TransferReport;
  onProgress: ((bytes: number) => void) | undefined;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- signing

export interface Signer {
  /** Upper-case hex, the primary key's. */
  readonly fingerprint: string;
  readonly keyId: string;
}

/** The keys that a repository trusts. All functions throw E_SIGNATURE naming the key id when nothing they trust signed. */
export interface Trust {
  /** Fingerprints of the primary keys, upper-case hex, sorted. */
  readonly fingerprints: readonly string[];
  /** A cleartext-signed document (InRelease): returns exactly the bytes that the signature covers. */
  verifyInline(bytes: Uint8Array): Promise<{ readonly content: Buffer; readonly signer: Signer }>;
  /** A detached signature, armored or binary. What is large comes as a stream. */
  verifyDetached(bytes: Uint8Array | AsyncIterable<Uint8Array>, signature: Uint8Array): Promise<Signer>;
  /** All keys in one ASCII-armored block, and in one binary block: what is published for clients. */
  readonly armored: string;
  readonly binary: Uint8Array;
}

/** Keys that were fetched once and are trusted since: the key first seen is pinned, another one at the same URL is refused. */
export interface PinnedKeys {
  /** Where they came from, as configured. */
  readonly urls: readonly string[];
  readonly fingerprints: readonly string[];
  readonly armored: string;
  readonly pinnedAt: string;
}

export interface KeyStore {
  /** For messages: the file that `write` makes. */
  pathOf(repository: string): string;
  read(repository: string): Promise<PinnedKeys | undefined>;
  write(repository: string, keys: PinnedKeys): Promise<void>;
  /** A key file that the operator looks after. @throws E_KEY when it cannot be read */
  readFile(path: string): Promise<Buffer>;
}

// ---------------------------------------------------------------- store

/** What a sync hands over to be recorded: one transaction, nothing is visible before. */
export interface NewVersion {
  readonly repository: string;
  readonly type: string;
  /** The version this delta was computed against; undefined for the first. Another current one: E_DATABASE. */
  readonly base: RepositoryVersion | undefined;
  readonly rootFingerprint: Digest;
  readonly settingsDigest: Digest;
  readonly mode: PublishMode;
  readonly signedBy: readonly string[];
  readonly dates: Readonly<Record<string, string>>;
  readonly validUntil?: string;
  /** When it was made, where that is not now: ISO. */
  readonly createdAt?: string;
  readonly addedArtifacts: readonly StoredArtifact[];
  readonly removedArtifactPaths: readonly RelativePath[];
  readonly addedFiles: readonly StoredFile[];
  readonly removedFilePaths: readonly RelativePath[];
  /** What it goes on without, in the place of what was quarantined before; unset: nothing. */
  readonly quarantined?: readonly QuarantinedPackage[];
  /** Every blob that the added name and the store may not know; they are durable (`Pool.barrier`). */
  readonly blobs: readonly Blob[];
}

export interface Lock {
  release(): Promise<void>;
}

export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  readonly since: string;
}

export interface StoreStatus {
  readonly dialect: 'sqlite' | 'postgresql';
  /** Redacted. */
  readonly url: string;
  readonly applied: readonly string[];
  readonly pending: readonly string[];
}

/** Content of one version or of the difference between two; order is by path. */
export interface ContentDelta {
  readonly addedArtifacts: readonly StoredArtifact[];
  readonly removedArtifacts: readonly StoredArtifact[];
  readonly addedFiles: readonly StoredFile[];
  readonly removedFiles: readonly StoredFile[];
}

/** What we remember. Every method is one transaction; domain types in and out; SQLite and PostgreSQL alike. */
export interface Store extends StoreCare, PackageSearch, ServiceStore, ResourceStore, WebhookStore {
  status(): Promise<StoreStatus>;
  /** Applies what is pending, after a backup (SQLite: a copy beside the file). Idempotent. @throws E_DATABASE_SCHEMA when the database is newer */
  migrate(): Promise<StoreStatus & { readonly backup?: string }>;

  /** Held until released or until this process ends, however it ends. @throws E_LOCKED naming the holder */
  acquireLock(name: string, command: string): Promise<Lock>;

  findRepository(name: string): Promise<RepositoryRecord | undefined>;
  listRepositories(): Promise<readonly RepositoryRecord[]>;
  /** Remembers how a sync ended that recorded no version. `quarantined`: what was tried again in vain; unset: as it was. */
  recordSyncOutcome(name: string, type: string, outcome: {
    readonly event: Event;
    readonly error?: { readonly code: string; readonly message: string };
    readonly quarantined?: readonly QuarantinedPackage[];
  }): Promise<void>;
  /** What the current version goes on without, by path. */
  listQuarantine(repository: string): Promise<readonly QuarantineRecord[]>;
  /** @throws E_DATABASE when `base` is no longer current */
  recordVersion(version: NewVersion): Promise<RepositoryVersion>;
  findVersion(repository: string, number: number): Promise<RepositoryVersion | undefined>;
  listVersions(repository: string): Promise<readonly RepositoryVersion[]>;

  listArtifacts(version: RepositoryVersion): Promise<readonly StoredArtifact[]>;
  listFiles(version: RepositoryVersion): Promise<readonly StoredFile[]>;
  /** Two versions of one repository; costs what changed between them. */
  diffVersions(from: RepositoryVersion, to: RepositoryVersion): Promise<ContentDelta>;
  /** The packages of two versions, as far as they can differ: those under names of which one has a file that the other has not. No order. */
  comparePackages(from: RepositoryVersion, to: RepositoryVersion): Promise<readonly [from: readonly PackageFile[], to: readonly PackageFile[]]>;
  /** All packages of a version, without what only publishing needs. No order. */
  listPackages(version: RepositoryVersion): Promise<readonly PackageFile[]>;

  /** Blobs the database names: durable, and once verified. */
  findBlobs(digests: readonly Digest[]): Promise<ReadonlyMap<Digest, Blob>>;
  /** Digests that a version's artifacts are known to have under upstream's other checksums (sha512 …). Key: `formatChecksum`. */
  findDigests(checksums: readonly Checksum[]): Promise<ReadonlyMap<string, Digest>>;
  /** All blobs that a version needs, without its paths. */
  listBlobs(version: RepositoryVersion): Promise<readonly Blob[]>;
  /** After a repair: the file's time on disk is another one now. */
  updateBlobs(blobs: readonly Blob[]): Promise<void>;

  /** @param createdAt where that is not now. @throws E_SNAPSHOT_EXISTS */
  createSnapshot(repository: string, name: string, version: RepositoryVersion, createdAt?: string): Promise<Snapshot>;
  findSnapshots(filter: { readonly repository?: string; readonly name?: string }): Promise<readonly Snapshot[]>;
  deleteSnapshot(snapshot: Snapshot): Promise<void>;

  /** Writes the intention before the first link is made. Returns it with state `pending`. */
  beginPublication(publication: { readonly repository: string; readonly target: string; readonly version: RepositoryVersion; readonly path: string; readonly tree: string }): Promise<Publication>;
  /** After the switch; drops publications of the same target beyond the newest `keep`. Returns the dropped ones. */
  completePublication(publication: Publication, keep: number, event: Event): Promise<readonly Publication[]>;
  /** Newest first. */
  /** Where the tree of a target is seen that was completed last; undefined: none is published. */
  findPublishedPath(target: { readonly repository: string; readonly target: string }): Promise<string | undefined>;
  listPublications(filter: { readonly repository?: string; readonly target?: string }): Promise<readonly Publication[]>;
  removePublications(filter: { readonly repository: string; readonly target: string }): Promise<void>;

  /** Of a story that changes nothing yet; all others are recorded with their change. */
  recordEvent(event: Event): Promise<void>;
  listEvents(after: number, limit: number): Promise<readonly RecordedEvent[]>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- reporter, clock

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** Where operations say what they do. Never throws, never blocks. */
export interface Reporter {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Announces the work of a repository; called again when more is known. */
  progress(repository: string, state: Progress): void;
}

export interface Progress {
  readonly stage: 'metadata' | 'adopt' | 'packages' | 'record' | 'publish' | 'done' | 'failed';
  readonly doneBytes: number;
  readonly totalBytes: number;
  readonly doneFiles: number;
  readonly totalFiles: number;
}

export interface Clock {
  now(): Date;
}
