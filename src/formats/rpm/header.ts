/** Formats, rpm: the head of a package file: lead, signature header, main header. Source: rpm's docs/manual/format_*.md. */

import { ChantalError } from '../../core/errors.js';

/** Tags of the signature header. */
export const SignatureTag = { dsaHeader: 267, rsaHeader: 268, sha1Header: 269, sha256Header: 273, pgp: 1002, gpg: 1005 } as const;

/** Tags of the main header. */
export const HeaderTag = { name: 1000, version: 1001, release: 1002, epoch: 1003, arch: 1022, sourceRpm: 1044, payloadDigest: 5092, payloadDigestAlgorithm: 5093 } as const;

export interface PackageHead {
  readonly signatures: Header;
  readonly header: Header;
  /** The main header as it is in the file: what signatures of the header cover. */
  readonly headerBytes: Buffer;
  /** Where the main header begins: signatures of header and payload cover the file from here. */
  readonly headerStart: number;
  /** Where the payload begins, which goes on to the end of the file. */
  readonly payloadStart: number;
}

/** The entries of one header. Every read is checked against its bounds: what a package says of itself is hostile until it is verified. */
export interface Header {
  /** The first one of an array of strings. @throws ChantalError E_METADATA when the tag is there and is no string */
  string(tag: number): string | undefined;
  /** The first value of an array of 32-bit numbers. */
  int32(tag: number): number | undefined;
  binary(tag: number): Buffer | undefined;
}

const leadBytes = 96;
const introBytes = 16;
const entryBytes = 16;

/** rpm's own bounds are 65,535 entries and 256 MiB; headers of kernels have 10 MB. */
const maxEntries = 0xffff;
const maxStoreBytes = 64 * 1024 * 1024;

/**
 * Parses the first bytes of a package file.
 * @returns the head, or how many bytes of the file are needed to go on
 * @throws ChantalError E_METADATA when this is no package, E_METADATA_LIMIT when a header is absurdly large
 */
export function parsePackageHead(file: Buffer): PackageHead | { readonly needBytes: number } {
  if (file.length < leadBytes + introBytes) return { needBytes: leadBytes + introBytes };
  if (file.readUInt32BE(0) !== 0xedabeedb) throw malformed('is no rpm: it does not begin as one');
  // No signature covers the lead and the signature header: what clients check there is checked here, for they would refuse the package.
  const major = file.readUInt8(4);
  if (major < 3 || major > 4) throw malformed(`is of a version of the format that no client reads: ${major}`);
  if (file.readUInt16BE(78) !== 5) throw malformed('announces a kind of signature that no client reads');
  const signatureIntro = parseIntro(file, leadBytes, 'signature header');
  const headerStart = leadBytes + Math.ceil(signatureIntro.lengthBytes / 8) * 8;
  if (file.length < headerStart + introBytes) return { needBytes: headerStart + introBytes };
  const headerIntro = parseIntro(file, headerStart, 'header');
  const headerEnd = headerStart + headerIntro.lengthBytes;
  if (file.length < headerEnd) return { needBytes: headerEnd };
  assertRegion(file.subarray(leadBytes, leadBytes + signatureIntro.lengthBytes), signatureIntro.entries);
  return {
    signatures: openHeader(file.subarray(leadBytes, leadBytes + signatureIntro.lengthBytes), signatureIntro.entries),
    header: openHeader(file.subarray(headerStart, headerEnd), headerIntro.entries),
    headerBytes: file.subarray(headerStart, headerEnd),
    headerStart,
    payloadStart: headerEnd,
  };
}

interface Intro {
  readonly entries: number;
  /** Introduction, entries and store. */
  readonly lengthBytes: number;
}

function parseIntro(file: Buffer, start: number, what: string): Intro {
  // Magic with version 1, then four reserved bytes.
  if (file.readUInt32BE(start) !== 0x8eade801 || file.readUInt32BE(start + 4) !== 0) throw malformed(`has no ${what} where one should begin`);
  const entries = file.readUInt32BE(start + 8);
  const storeBytes = file.readUInt32BE(start + 12);
  if (entries > maxEntries || storeBytes > maxStoreBytes) {
    throw new ChantalError('E_METADATA_LIMIT', `has a ${what} of ${entries} entries and ${storeBytes} bytes, more than any real package`);
  }
  return { entries, lengthBytes: introBytes + entries * entryBytes + storeBytes };
}

const signatureRegion = 62;
/** Packages from before rpm 4 end the region of signatures with this tag. */
const imageRegion = 61;

/** The first entry may say that those after it are one region; it leads to a copy of itself at the region's end. */
function assertRegion(header: Buffer, entryCount: number): void {
  if (entryCount === 0 || header.readUInt32BE(introBytes) !== signatureRegion) return;
  const trailer = introBytes + entryCount * entryBytes + header.readUInt32BE(introBytes + 8);
  const isEntry = (at: number, ...tags: readonly number[]): boolean =>
    tags.includes(header.readUInt32BE(at)) && header.readUInt32BE(at + 4) === EntryType.binary && header.readUInt32BE(at + 12) === entryBytes;
  if (!isEntry(introBytes, signatureRegion) || trailer + entryBytes > header.length || !isEntry(trailer, signatureRegion, imageRegion)) {
    throw malformed('has a signature header whose region is damaged');
  }
  const regionBytes = -header.readInt32BE(trailer + 8);
  if (regionBytes % entryBytes !== 0 || regionBytes < entryBytes || regionBytes > entryCount * entryBytes) throw malformed('has a signature header whose region is damaged');
}

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

const EntryType = { int32: 4, string: 6, binary: 7, stringArray: 8, i18nString: 9 } as const;

function openHeader(bytes: Buffer, entryCount: number): Header {
  const store = bytes.subarray(introBytes + entryCount * entryBytes);
  const entries = readEntries(bytes, entryCount);
  const find = (tag: number, ...types: readonly number[]): Entry | undefined => {
    const entry = entries.get(tag);
    if (entry !== undefined && !types.includes(entry.type)) throw malformed(`has a header tag ${tag} of an unexpected type ${entry.type}`);
    return entry;
  };
  const slice = (tag: number, { offset }: Entry, lengthBytes: number): Buffer => {
    if (offset + lengthBytes > store.length) throw malformed(`has a header tag ${tag} that reaches beyond the header`);
    return store.subarray(offset, offset + lengthBytes);
  };
  return {
    string(tag) {
      const entry = find(tag, EntryType.string, EntryType.stringArray, EntryType.i18nString);
      if (entry === undefined) return undefined;
      const end = entry.offset < store.length ? store.indexOf(0, entry.offset) : -1;
      if (end < 0) throw malformed(`has a header tag ${tag} that does not end within the header`);
      return store.toString('utf8', entry.offset, end);
    },
    int32(tag) {
      const entry = find(tag, EntryType.int32);
      return entry === undefined ? undefined : slice(tag, entry, 4).readUInt32BE(0);
    },
    binary(tag) {
      const entry = find(tag, EntryType.binary);
      return entry === undefined ? undefined : slice(tag, entry, entry.count);
    },
  };
}

function readEntries(bytes: Buffer, entryCount: number): ReadonlyMap<number, Entry> {
  const entries = new Map<number, Entry>();
  for (let at = introBytes; at < introBytes + entryCount * entryBytes; at += entryBytes) {
    const tag = bytes.readUInt32BE(at);
    if (entries.has(tag)) throw malformed(`has the header tag ${tag} twice`);
    entries.set(tag, { type: bytes.readUInt32BE(at + 4), offset: bytes.readUInt32BE(at + 8), count: bytes.readUInt32BE(at + 12) });
  }
  return entries;
}

function malformed(what: string): ChantalError {
  return new ChantalError('E_METADATA', `the package ${what}`);
}
