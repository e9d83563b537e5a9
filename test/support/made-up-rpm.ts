/** Test support: package files put together byte by byte, for what no tool of today writes any more, and what none ever should. */

import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import type { PackageFile } from '../../src/core/format.js';

export interface HeaderEntry {
  readonly tag: number;
  readonly type: 'int32' | 'string' | 'binary' | 'stringArray';
  readonly value: number | string | Buffer;
  /** Instead of the true ones. */
  readonly offset?: number;
  readonly count?: number;
}

const types = { int32: 4, string: 6, binary: 7, stringArray: 8 } as const;

/** Introduction, entries and store. */
export function header(entries: readonly HeaderEntry[]): Buffer {
  const index: Buffer[] = [];
  let store = Buffer.alloc(0);
  for (const { tag, type, value, offset, count } of entries) {
    if (type === 'int32') store = Buffer.concat([store, Buffer.alloc((4 - (store.length % 4)) % 4)]);
    const entry = Buffer.alloc(16);
    entry.writeUInt32BE(tag, 0);
    entry.writeUInt32BE(types[type], 4);
    entry.writeUInt32BE(offset ?? store.length, 8);
    entry.writeUInt32BE(count ?? (Buffer.isBuffer(value) ? value.length : 1), 12);
    index.push(entry);
    store = Buffer.concat([store, toBytes(value)]);
  }
  const intro = Buffer.alloc(16);
  intro.writeUInt32BE(0x8eade801, 0);
  intro.writeUInt32BE(entries.length, 8);
  intro.writeUInt32BE(store.length, 12);
  return Buffer.concat([intro, ...index, store]);
}

export interface MainFields {
  readonly name?: string;
  readonly epoch?: number;
  readonly arch?: string;
  readonly isSource?: boolean;
  /** Named by its digest, as rpm does since 4.14; `unnamed`: as it did before. */
  readonly payload?: Buffer | 'unnamed';
  /** OpenPGP's number of SHA-256, unless another one is claimed. */
  readonly payloadHash?: number;
}

const defaultPayload = Buffer.from('payload');

/** The tags that a binary package cannot do without. */
export function mainHeader(fields: MainFields = {}): Buffer {
  const payload = fields.payload ?? defaultPayload;
  return header([
    { tag: 1000, type: 'string', value: fields.name ?? 'oar' },
    { tag: 1001, type: 'string', value: '1.0' },
    { tag: 1002, type: 'string', value: '1' },
    ...(fields.epoch === undefined ? [] : [{ tag: 1003, type: 'int32', value: fields.epoch } as const]),
    { tag: 1022, type: 'string', value: fields.arch ?? 'x86_64' },
    ...(fields.isSource === true ? [] : [{ tag: 1044, type: 'string', value: 'oar-1.0-1.src.rpm' } as const]),
    ...(payload === 'unnamed' ? [] : [
      { tag: 5092, type: 'stringArray', value: createHash('sha256').update(payload).digest('hex') } as const,
      { tag: 5093, type: 'int32', value: fields.payloadHash ?? 8 } as const,
    ]),
  ]);
}

export function packageFile(signatures: readonly HeaderEntry[], main: Buffer, payload = defaultPayload): Buffer {
  const lead = Buffer.alloc(96);
  lead.writeUInt32BE(0xedabeedb, 0);
  lead.writeUInt8(3, 4);
  lead.writeUInt16BE(5, 78);
  const signature = header(signatures);
  return Buffer.concat([lead, signature, Buffer.alloc((8 - (signature.length % 8)) % 8), main, payload]);
}

/** A file on disk, as a check of its signature reads it. */
export function fileAt(path: string): PackageFile {
  return { start: async (lengthBytes) => readFileSync(path).subarray(0, lengthBytes), open: () => createReadStream(path) };
}

function toBytes(value: number | string | Buffer): Buffer {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value === 'string') return Buffer.from(`${value}\0`);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
