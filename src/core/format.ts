/** Core: the contract of a repository format. A format knows a language, and nothing of disks, sockets or databases. */

import type { Readable } from 'node:stream';
import type { AddonLanguage } from './addons.js';
import type { Advisory } from './advisory.js';
import type { CatalogLanguage } from './catalog.js';
import type { Expected } from './digest.js';
import type { Locator, OciTag, Place } from './locator.js';
import type { Signer, Trust } from './ports.js';
import type { RelationReader } from './relations.js';
import type { RelativePath } from './relative-path.js';
import type { RenderIo, RenderRequest, RenderResult } from './render.js';
import type { Artifact, ListedArtifact, Manifest, Root, StoredFile } from './repository.js';
import type { Bundle } from './select-artifacts.js';

/** The only way for a format to see upstream. Everything it returns is verified and in the pool. */
export interface Reader {
  /** The keys of the repository; undefined when it says `gpgcheck: false` and has none. */
  readonly trust: Trust | undefined;
  /**
   * Only of meaning with `trust`. true: the root must be signed (E_UNSIGNED). undefined: its signature must verify where
   * there is one, or where the format always has one. false: it is carried, not looked at.
   */
  readonly rootSignature?: boolean;
  readonly now: Date;
  /** The repository's own (first) address, without user name and trailing slash; undefined for a published tree of ours. */
  readonly address: string | undefined;
  /** Fetches a root document (conditionally); undefined when upstream has none. Its bytes are not verified yet. */
  readRoot(place: Place): Promise<RootFile | undefined>;
  /** Fetches a metadata file that is named by a verified one, the first of `places` that exists. */
  fetch(places: readonly Place[], expected: Expected): Promise<FetchedFile | undefined>;
  /**
   * What a repository of a registry (`oci://registry/repository`) holds, by tag, of the tags that are wanted; undefined when there is
   * no such repository.
   */
  listTags(repository: Locator, isWanted: (tag: string) => boolean): Promise<readonly OciTag[] | undefined>;
  /** Bytes that the format makes of what it has read: an artifact of its own making (`madeAttribute`). */
  put(bytes: Uint8Array): Promise<FetchedFile>;
  /** The bytes as published (compressed), as a stream. */
  open(file: FetchedFile | StoredFile): Readable;
  /** The whole of a small file. @throws E_METADATA_LIMIT beyond `limitBytes` */
  readAll(file: FetchedFile | StoredFile, limitBytes: number): Promise<Buffer>;
}

export interface FetchedFile {
  readonly digest: StoredFile['digest'];
  readonly sizeBytes: number;
}

export interface RootFile extends FetchedFile {
  readonly bytes: Buffer;
  /** 304, or within its ttl: the same bytes as at the last completed sync. */
  readonly fromCache: boolean;
}

/** Public keys in both of their forms, each one block after the other. */
export interface PublishedKeys {
  readonly armored: string;
  readonly binary: Uint8Array;
}

/** A stateless object; `O` is what its section of the configuration (`rpm:`, `apt:`) parses to. */
export interface Format<O = unknown> {
  readonly name: string;
  /** What a root document may have at most; unset: 32 MiB. */
  readonly rootLimitBytes?: number;
  /**
   * Fetches and verifies what everything else follows from.
   * @throws E_UPSTREAM_MISSING, E_UNSIGNED, E_SIGNATURE, E_EXPIRED, E_METADATA
   */
  readRoot(reader: Reader, options: O): Promise<Root>;
  /** Reads what a (verified) root names: which packages there are, which files belong to them. */
  readManifest(reader: Reader, root: Root, options: O): Promise<Manifest>;
  /**
   * Options that a published tree with these paths may have been made with, the likeliest first; none: it is no tree of this format.
   */
  recognizeTree(paths: ReadonlySet<string>): readonly O[];
  /** Below zero, zero, above zero, in the order of the distribution's own tool (rpmvercmp, dpkg). */
  compareVersions(a: string, b: string): number;
  /** Files that Chantal adds to a published tree: the keys, under the name clients expect. */
  keyFiles(repository: string, keys: PublishedKeys): readonly { readonly path: RelativePath; readonly bytes: Uint8Array }[];
  /** What to put on a client, with `<URL>` where the address of the published tree goes. `files` is the tree's metadata. */
  clientConfig(repository: string, files: readonly StoredFile[], signedBy: readonly string[]): string;
  /** What a filter or a merge keeps or leaves out together (module streams, source packages), as the metadata files say. */
  readonly bundles?: {
    /** Of the files that `read` looks at. */
    readonly kinds: ReadonlySet<string>;
    read(artifacts: readonly Artifact[], files: readonly StoredFile[], open: (file: StoredFile) => Readable): Promise<readonly Bundle[]>;
  };
  /** What packages need and offer, for those filters that follow dependencies. */
  readonly relations?: RelationReader;
  /** What its artifacts are among resources; unset: packages. */
  readonly resourceKind?: 'Chart';
  /** Add-ons for clusters; formats that list none leave it out. */
  readonly addons?: AddonLanguage<O>;
  /** What the catalog says of a package; formats that have none leave it out. */
  readonly catalog?: CatalogLanguage<O>;
  /**
   * Describes the kept packages of the sources: upstream's own records carried over untouched, only locations, indexes and the
   * root are new. Deterministic. Not there yet in a format that is only published verbatim.
   */
  render?(request: RenderRequest<O>, io: RenderIo): Promise<RenderResult>;
  /** Advisories among a version's metadata files; formats without advisories leave it out. Repeated ids are legal and all given. */
  readAdvisories?(files: readonly StoredFile[], open: (file: StoredFile) => Readable): AsyncIterable<Advisory>;
  /** Are there clients that verify a signature of the metadata? false: regenerated metadata without one lacks nothing. Unset: there are. */
  readonly hasSignedMetadata?: boolean;
  /** Looks at a package itself: its own signature, where the options ask for it; whether it is what it is listed as. */
  readonly artifactCheck?: {
    /** @param isTrusted there are keys */
    isDue(options: O, isTrusted: boolean): boolean;
    /** @throws E_UNSIGNED, E_SIGNATURE, E_METADATA */
    verify(artifact: ListedArtifact, file: PackageFile, trust: ArtifactTrust): Promise<Signer | 'sound'>;
  };
}

/** A package file as a check of it reads it. */
export interface PackageFile {
  /** The first bytes, fewer where it is shorter. */
  start(lengthBytes: number): Promise<Buffer>;
  /** All of it, from the first byte on. */
  open(): AsyncIterable<Buffer>;
}

export interface ArtifactTrust {
  /** undefined where the repository has no keys. */
  readonly trust: Trust | undefined;
  /** A trusted key signed the metadata that names the package's checksum. */
  readonly isListSigned: boolean;
}
