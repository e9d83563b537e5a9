/** Signing: does a key that the repository trusts vouch for these bytes? */

import { createHash } from 'node:crypto';
import { createMessage, readSignature, verify, type PublicKey, type Signature } from 'openpgp';
import { ChantalError } from '../core/errors.js';
import type { Signer } from '../core/ports.js';
import { findSigningKey, fingerprintOf, keyIdOf, type Keyring, type SigningKey } from './public-keys.js';
import { holdsV3, parseV3Signature, type V3Signature } from './v3-signature.js';

/** How far upstream's clock may be ahead of ours. */
const clockSkewMs = 60_000;

/**
 * One good signature by a key that is neither expired nor revoked *now* is enough; others, by keys nobody gave us, do no harm.
 * RSA below 2048 bits, DSA, MD5 and SHA-1 count as no signature.
 * @throws ChantalError E_SIGNATURE saying what is wrong with each signature
 */
export async function findSigner(keyring: Keyring, document: Uint8Array | AsyncIterable<Uint8Array>, signature: Uint8Array, now: Date): Promise<Signer> {
  const old = parseV3Signature(signature);
  if (old !== undefined) return findV3Signer(keyring, document, old, now);
  const parsed = await parseSignature(signature);
  const isStream = !(document instanceof Uint8Array);
  if (isStream) await hashAhead(parsed, document);
  const message = await createMessage({ binary: isStream ? new Uint8Array() : new Uint8Array(document) });
  const date = new Date(now.getTime() + clockSkewMs);
  const { signatures } = await verify({ message, signature: parsed, verificationKeys: keyring.keys as PublicKey[], format: 'binary', date, config }).catch((error: unknown) => {
    // The library knows a packet's fields only when it comes to them: an unknown hash or type ends it here.
    throw unreadable(error);
  });
  const reasons: string[] = [];
  for (const { keyID, verified } of signatures) {
    const keyId = keyID.toHex().toUpperCase();
    const signingKey = findSigningKey(keyring, keyId);
    if (signingKey === undefined) {
      reasons.push(`key ${keyId} is not among the trusted ones`);
      continue;
    }
    const reason = await findUnusable(signingKey, keyId, now) ?? await findFault(verified, keyId);
    if (reason === undefined) return { fingerprint: fingerprintOf(signingKey.primary), keyId: keyIdOf(signingKey.primary) };
    reasons.push(reason);
  }
  throw notSigned(reasons, keyring);
}

/** The same demands as above; the library judges the key, only the sum is our own. */
async function findV3Signer(keyring: Keyring, document: Uint8Array | AsyncIterable<Uint8Array>, signature: V3Signature, now: Date): Promise<Signer> {
  const { keyId } = signature;
  const signingKey = findSigningKey(keyring, keyId);
  if (signingKey === undefined) throw notSigned([`key ${keyId} is not among the trusted ones`], keyring);
  const { primary, subkey } = signingKey;
  const key = subkey ?? primary;
  const judge = async (): Promise<true> => {
    if (signature.created.getTime() > now.getTime() + clockSkewMs) throw new Error('Signature creation time is in the future');
    if (key.getCreationTime() > signature.created) throw new Error('Key is newer than the signature');
    await primary.getSigningKey(key.getKeyID(), now);
    if (!(await holdsV3(signature, document, key))) throw new Error('Signature verification failed');
    return true;
  };
  const reason = await findUnusable(signingKey, keyId, now) ?? await findFault(judge(), keyId);
  if (reason !== undefined) throw notSigned([reason], keyring);
  return { fingerprint: fingerprintOf(primary), keyId: keyIdOf(primary) };
}

/**
 * A key whose validity was extended may carry only its newest self-signature, younger than what it signed. That the key is
 * valid now is checked besides, so that this opens no door.
 */
const config = { allowInsecureVerificationWithReformattedKeys: true };

/** Packets of the library with the sum it would otherwise make of a document that it has in memory, as it does itself with streams. */
type HashedPacket = Signature['packets'][number] & { hashed?: Promise<Uint8Array> };

const binaryDocument = 0;
const hashNames: Readonly<Record<number, string>> = { 1: 'md5', 2: 'sha1', 8: 'sha256', 9: 'sha384', 10: 'sha512', 11: 'sha224' };

/**
 * The library keeps a stream in memory as a whole. So the document is hashed here, once for all signatures, with what version 4 puts behind it
 * (RFC 9580, 5.2.4); the library judges all the rest.
 */
async function hashAhead(signature: Signature, document: AsyncIterable<Uint8Array>): Promise<void> {
  const hashes = signature.packets.map((packet: HashedPacket) => {
    const name = hashNames[packet.hashAlgorithm ?? 0];
    if (packet.version !== 4 || packet.signatureType !== binaryDocument || name === undefined) {
      throw new ChantalError('E_SIGNATURE', 'a signature of a kind that is not accepted here', {
        context: { expected: 'OpenPGP version 3 or 4 over a binary document', found: `version ${packet.version}, type ${packet.signatureType}, hash ${packet.hashAlgorithm}` },
      });
    }
    return { packet, hash: createHash(name) };
  });
  for await (const chunk of document) {
    for (const { hash } of hashes) hash.update(chunk);
  }
  for (const { packet, hash } of hashes) {
    const signed = packet.signatureData ?? new Uint8Array();
    const trailer = Buffer.from([4, 0xff, 0, 0, 0, 0]);
    trailer.writeUInt32BE(signed.length, 2);
    packet.hashed = Promise.resolve(new Uint8Array(hash.update(signed).update(trailer).digest()));
  }
}

async function parseSignature(signature: Uint8Array): Promise<Signature> {
  const text = Buffer.from(signature).toString('latin1');
  try {
    return text.includes('-----BEGIN PGP SIGNATURE-----')
      ? await readSignature({ armoredSignature: text })
      : await readSignature({ binarySignature: new Uint8Array(signature) });
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): ChantalError {
  return new ChantalError('E_SIGNATURE', 'what should be a signature cannot be read', {
    hint: 'The file is damaged, or something else is served in its place.',
    cause,
  });
}

/** Expired or revoked keys vouch for nothing, whenever they signed: who holds a stolen one can set the date at will. */
async function findUnusable({ primary, subkey }: SigningKey, keyId: string, now: Date): Promise<string | undefined> {
  const named = subkey === undefined ? `key ${keyId}` : `key ${keyIdOf(primary)}, which subkey ${keyId} belongs to,`;
  if (await primary.isRevoked(undefined, undefined, now)) return `${named} is revoked`;
  const expiry = await primary.getExpirationTime();
  if (expiry === null) return `${named} has no valid self-signature`;
  if (expiry <= now) return `${named} expired on ${formatDay(expiry)}`;
  if (subkey === undefined) return undefined;
  const [binding] = subkey.bindingSignatures;
  if (binding !== undefined && await subkey.isRevoked(binding, primary.keyPacket, now)) return `subkey ${keyId} is revoked`;
  const subkeyExpiry = await subkey.getExpirationTime(now);
  return subkeyExpiry !== null && subkeyExpiry <= now ? `subkey ${keyId} expired on ${formatDay(subkeyExpiry)}` : undefined;
}

async function findFault(verified: Promise<true>, keyId: string): Promise<string | undefined> {
  try {
    await verified;
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/did not match|verification failed/.test(message)) return `the signature by key ${keyId} is bad: these are not the bytes that were signed`;
    if (/Insecure (message )?hash/.test(message)) return `the signature by key ${keyId} uses a hash that can be forged (${message.replace(/^.*: /, '')})`;
    if (/too weak/.test(message)) return `key ${keyId} is too weak (${message.replace(/^.*: /, '')})`;
    if (/in the future/.test(message)) return `the signature by key ${keyId} was made in the future: compare the clocks`;
    return `the signature by key ${keyId} does not hold (${message})`;
  }
}

function formatDay(date: Date | number): string {
  return date instanceof Date ? date.toISOString().slice(0, 10) : String(date);
}

function notSigned(reasons: readonly string[], keyring: Keyring): ChantalError {
  const found = reasons.length === 0 ? 'no signature that can be read' : reasons.join('; ');
  return new ChantalError('E_SIGNATURE', `no valid signature by a trusted key: ${found}`, {
    hint: 'If the owner of the repository changed its key, give the new one with gpgkey_url or gpgkey_file, after comparing its fingerprint.',
    context: { expected: `a signature by ${keyring.keys.map(keyIdOf).join(' or ')}`, found },
  });
}
