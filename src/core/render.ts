/** Core: the contract of regenerated metadata: what a format is given to describe a chosen set of packages, and what it gives back. */

import type { Readable } from 'node:stream';
import type { Digest } from './digest.js';
import type { RelativePath } from './relative-path.js';
import type { StoredArtifact, StoredFile } from './repository.js';

/** One set of metadata to draw from: upstream's (a filter), or that of a version of ours (a merge). */
export interface RenderSource {
  /** For messages: a repository, or `repository/snapshot`. */
  readonly origin: string;
  /** All of its metadata files, root documents included. */
  readonly files: readonly StoredFile[];
  /** The packages that are kept: path in this source's metadata → path in the tree that is published. */
  readonly kept: ReadonlyMap<RelativePath, RelativePath>;
  /** Those packages, in the pool: for what no metadata file says. By their paths in this source. */
  readonly artifacts: readonly StoredArtifact[];
}

export interface RenderRequest<O> {
  /** What is published: a repository's or a merged snapshot's name. */
  readonly name: string;
  /** One for a filter, several in order for a merge: where they contradict each other (groups, module defaults, Release fields), the later wins. */
  readonly sources: readonly RenderSource[];
  readonly options: O;
  /** Of index files, first the one that is preferred; `gz` unless configured otherwise. */
  readonly compressions: readonly Compression[];
  /** The time that goes into Release and repomd: derived from the sources, never the clock, so that the same input gives the same bytes. */
  readonly madeAt: Date;
}

export type Compression = 'gz' | 'zst' | 'xz';

/** What a format needs of the world to render: blobs in, blobs out, signatures. */
export interface RenderIo {
  open(file: Pick<StoredFile, 'digest'>): Readable;
  /** Small files in one piece. */
  put(bytes: Uint8Array): Promise<RenderedBlob>;
  /** Large ones streamed; `finish` exactly once, unless the render fails. */
  sink(): Promise<RenderSink>;
  /** undefined: published unsigned. */
  readonly signer?: MetadataSigner;
}

export interface RenderedBlob {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface RenderSink {
  /** Resolves when more may be written. */
  write(chunk: Uint8Array): Promise<void>;
  finish(): Promise<RenderedBlob>;
  abort(): Promise<void>;
}

/** The key that signs regenerated metadata. The same text, key and time give the same signature. */
export interface MetadataSigner {
  /** Upper-case hex, the primary key's. */
  readonly fingerprint: string;
  readonly armoredPublicKey: string;
  readonly binaryPublicKey: Uint8Array;
  /** ASCII-armored detached signature: repomd.xml.asc, Release.gpg. */
  signDetached(bytes: Uint8Array, at: Date): Promise<string>;
  /** A cleartext-signed document: InRelease. */
  signInline(text: string, at: Date): Promise<string>;
}

/** What was chosen and could not be described: an advisory that lost all its packages is no fault, a kept package without a record is. */
export interface RenderResult {
  /** Everything to publish besides packages and keys, sorted by path; files that are carried over unchanged included. */
  readonly files: readonly StoredFile[];
  readonly warnings: readonly string[];
}
