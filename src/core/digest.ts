/** Core: checksums as upstream states them, and our own digest (sha256) that names a blob in the pool. */

import { createHash, type Hash } from 'node:crypto';
import { ChantalError } from './errors.js';

/** 64 lower-case hex digits: the sha256 of a blob's bytes and its name in the pool. */
export type Digest = string & { readonly __digest: true };

const hexLengths = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 } as const;

export type ChecksumAlgorithm = keyof typeof hexLengths;

/** What upstream claims about a file's bytes. `hex` is lower case and has the algorithm's length. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly hex: string;
}

/** Names as repomd.xml, primary.xml, Release and metalinks write them: `sha` is createrepo's old word for sha1. */
const algorithmNames: Readonly<Record<string, ChecksumAlgorithm>> = {
  md5: 'md5', md5sum: 'md5', sha: 'sha1', sha1: 'sha1', sha224: 'sha224', sha256: 'sha256', sha384: 'sha384', sha512: 'sha512',
};

/** @throws ChantalError E_METADATA for an unknown algorithm or a value that is not hex of its length */
export function parseChecksum(algorithm: string, hex: string): Checksum {
  const known = algorithmNames[algorithm.toLowerCase().replaceAll('-', '')];
  const value = hex.trim().toLowerCase();
  if (known === undefined) {
    throw new ChantalError('E_METADATA', `unknown checksum type ${JSON.stringify(algorithm)}`);
  }
  if (value.length !== hexLengths[known] || !/^[0-9a-f]+$/.test(value)) {
    throw new ChantalError('E_METADATA', `not a ${known} checksum: ${JSON.stringify(hex.slice(0, 140))}`);
  }
  return { algorithm: known, hex: value };
}

/** @throws ChantalError E_METADATA when it is not 64 hex digits */
export function parseDigest(hex: string): Digest {
  return parseChecksum('sha256', hex).hex as Digest;
}

/** sha1 and md5 can be forged; they are accepted only where `allow_weak_checksums` says so. */
export function isStrong(checksum: Checksum): boolean {
  return checksum.algorithm !== 'md5' && checksum.algorithm !== 'sha1';
}

/** `sha256:ab…`, the form the store and `--json` use. */
export function formatChecksum(checksum: Checksum): string {
  return `${checksum.algorithm}:${checksum.hex}`;
}

export function sameChecksum(a: Checksum, b: Checksum): boolean {
  return a.hex === b.hex && a.algorithm === b.algorithm;
}

/** The digest of bytes that are in memory. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return createHash('sha256').update(bytes).digest('hex') as Digest;
}

export interface Measured {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The value of the expected algorithm, equal to `digest` when that is sha256. */
  readonly checksum: Checksum;
}

/** Measures a stream as it passes: always our digest, and besides it the algorithm that upstream used. */
export class Measure {
  readonly #sha256: Hash = createHash('sha256');
  readonly #other: Hash | undefined;
  readonly #algorithm: ChecksumAlgorithm;
  #sizeBytes = 0;

  constructor(algorithm: ChecksumAlgorithm = 'sha256') {
    this.#algorithm = algorithm;
    this.#other = algorithm === 'sha256' ? undefined : createHash(algorithm);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  update(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.length;
    this.#sha256.update(chunk);
    this.#other?.update(chunk);
  }

  finish(): Measured {
    const digest = this.#sha256.digest('hex') as Digest;
    const hex = this.#other?.digest('hex') ?? digest;
    return { digest, sizeBytes: this.#sizeBytes, checksum: { algorithm: this.#algorithm, hex } };
  }
}

/** What is known of a file before it is fetched. Nothing known: any bytes will do (a root document, a key). */
export interface Expected {
  readonly checksum?: Checksum;
  readonly sizeBytes?: number;
}

/**
 * Compares what came with what was expected; the size first, for its message is the clearer one.
 * @throws ChantalError E_CHECKSUM
 */
export function assertExpected(measured: Measured, expected: Expected): void {
  if (expected.sizeBytes !== undefined && measured.sizeBytes !== expected.sizeBytes) {
    throw new ChantalError('E_CHECKSUM', 'size differs from what the metadata says', {
      context: { expected: `${expected.sizeBytes} bytes`, found: `${measured.sizeBytes} bytes` },
    });
  }
  if (expected.checksum !== undefined && !sameChecksum(measured.checksum, expected.checksum)) {
    throw new ChantalError('E_CHECKSUM', 'checksum differs from what the metadata says', {
      context: { expected: formatChecksum(expected.checksum), found: formatChecksum(measured.checksum) },
    });
  }
}
