/**
 * Signing: OpenPGP signatures of version 3 (RFC 4880, 5.2.2), which the library does not read and which Red Hat's packages
 * carry. RSA over the SHA-2 family only: everything else of that age is too weak.
 */

import { createPublicKey, createVerify, type KeyObject } from 'node:crypto';
import type { Key, Subkey } from 'openpgp';

export interface V3Signature {
  /** 16 upper-case hex digits. */
  readonly keyId: string;
  readonly created: Date;
  readonly hash: string;
  /** What is hashed after the document: the signature's type and time. */
  readonly trailer: Buffer;
  readonly value: Buffer;
}

const hashes: Readonly<Record<number, string>> = { 8: 'sha256', 9: 'sha384', 10: 'sha512', 11: 'sha224' };
const rsaAlgorithms: readonly number[] = [1, 3];
const bodyBytes = 19;

/** One binary packet of version 3; undefined for anything else, and for algorithms that are not accepted. */
export function parseV3Signature(packet: Uint8Array): V3Signature | undefined {
  const body = readBody(Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength));
  if (body === undefined || body.length < bodyBytes + 2 || body[0] !== 3 || body[1] !== 5) return undefined;
  const type = body[2];
  const hash = hashes[body[16] ?? 0];
  const valueBytes = Math.ceil(body.readUInt16BE(bodyBytes) / 8);
  const value = body.subarray(bodyBytes + 2);
  if (type !== 0 || hash === undefined || !rsaAlgorithms.includes(body[15] ?? 0) || value.length !== valueBytes) return undefined;
  return {
    keyId: body.subarray(7, 15).toString('hex').toUpperCase(),
    created: new Date(body.readUInt32BE(3) * 1000),
    hash,
    trailer: body.subarray(2, 7),
    value,
  };
}

/** Are these the bytes that were signed? Says nothing of whether the key is still good. */
export async function holdsV3(signature: V3Signature, document: Uint8Array | AsyncIterable<Uint8Array>, key: Key | Subkey): Promise<boolean> {
  const publicKey = toRsaKey(key);
  if (publicKey === undefined) return false;
  // The value is a number without leading zeros; the verifier wants it as long as the modulus.
  const length = Math.ceil((publicKey.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  const value = Buffer.concat([Buffer.alloc(Math.max(0, length - signature.value.length)), signature.value]);
  const verifier = createVerify(signature.hash);
  if (document instanceof Uint8Array) verifier.update(document);
  else for await (const chunk of document) verifier.update(chunk);
  return verifier.update(signature.trailer).verify(publicKey, value);
}

function toRsaKey(key: Key | Subkey): KeyObject | undefined {
  const { n, e } = (key.keyPacket as unknown as { readonly publicParams: { readonly n?: Uint8Array; readonly e?: Uint8Array } }).publicParams;
  if (n === undefined || e === undefined) return undefined;
  return createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: Buffer.from(n).toString('base64url'), e: Buffer.from(e).toString('base64url') } });
}

/** The body of a packet of tag 2 that fills the buffer, behind a header of the old or the new kind (RFC 9580, 4.2). */
function readBody(packet: Buffer): Buffer | undefined {
  const [tag = 0, first = 0] = packet;
  const isNew = (tag & 0xc0) === 0xc0;
  if ((tag & 0x80) === 0 || (isNew ? tag & 0x3f : (tag >> 2) & 0x0f) !== 2) return undefined;
  const { start, length } = isNew ? newLength(packet, first) : oldLength(packet, tag & 3);
  return start + length === packet.length ? packet.subarray(start) : undefined;
}

interface Extent {
  readonly start: number;
  readonly length: number;
}

const nowhere: Extent = { start: -1, length: 0 };

function newLength(packet: Buffer, first: number): Extent {
  if (first < 192) return { start: 2, length: first };
  if (first < 224 && packet.length > 2) return { start: 3, length: ((first - 192) << 8) + packet.readUInt8(2) + 192 };
  return first === 255 && packet.length > 5 ? { start: 6, length: packet.readUInt32BE(2) } : nowhere;
}

function oldLength(packet: Buffer, kind: number): Extent {
  if (kind === 0 && packet.length > 1) return { start: 2, length: packet.readUInt8(1) };
  if (kind === 1 && packet.length > 2) return { start: 3, length: packet.readUInt16BE(1) };
  return kind === 2 && packet.length > 4 ? { start: 5, length: packet.readUInt32BE(1) } : nowhere;
}
