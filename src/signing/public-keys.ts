/** Signing: public keys from bytes, as repositories hand them out: armored or binary, one or several, with text around them. */

import { armor, enums, PublicKey, readKeys, unarmor, type Key, type Subkey } from 'openpgp';
import { ChantalError } from '../core/errors.js';

export interface KeySource {
  readonly bytes: Uint8Array;
  /** For messages: a redacted URL or a path. */
  readonly origin: string;
}

/** The keys of one repository; a key that several sources hold is there once, with what all of them say of it. */
export interface Keyring {
  /** By fingerprint. At least one. */
  readonly keys: readonly Key[];
  /** Upper-case hex, sorted, in the order of `keys`. */
  readonly fingerprints: readonly string[];
  readonly armored: string;
  readonly binary: Uint8Array;
}

/** What may have made a signature: a primary key, or a subkey together with the key it belongs to. */
export interface SigningKey {
  readonly primary: Key;
  /** undefined: the primary key itself. */
  readonly subkey: Subkey | undefined;
}

/** @throws ChantalError E_KEY naming the origin of what is no public key */
export async function readKeyring(sources: readonly KeySource[]): Promise<Keyring> {
  const byFingerprint = new Map<string, Key>();
  for (const source of sources) {
    for (const key of await readSource(source)) {
      const fingerprint = fingerprintOf(key);
      const known = byFingerprint.get(fingerprint);
      byFingerprint.set(fingerprint, known === undefined ? key : await known.update(key));
    }
  }
  if (byFingerprint.size === 0) throw new ChantalError('E_KEY', 'no key was given to verify signatures with');
  const sorted = [...byFingerprint].sort(([a], [b]) => (a < b ? -1 : 1));
  const binary = Buffer.concat(sorted.map(([, key]) => key.write()));
  return {
    keys: sorted.map(([, key]) => key),
    fingerprints: sorted.map(([fingerprint]) => fingerprint),
    armored: armorKeys(binary),
    binary,
  };
}

/** With the checksum that the standard no longer asks for: without it rpm and gpg 2.2 cannot read the block. */
export function armorKeys(binary: Uint8Array): string {
  return armor(enums.armor.publicKey, new Uint8Array(binary), undefined, undefined, undefined, true);
}

export function findSigningKey(keyring: Keyring, keyId: string): SigningKey | undefined {
  for (const primary of keyring.keys) {
    if (keyIdOf(primary) === keyId) return { primary, subkey: undefined };
    const subkey = primary.subkeys.find((candidate) => keyIdOf(candidate) === keyId);
    if (subkey !== undefined) return { primary, subkey };
  }
  return undefined;
}

export function fingerprintOf(key: Key): string {
  return key.getFingerprint().toUpperCase();
}

/** The last 16 hex digits of the fingerprint, as apt, gpg and rpm name keys. */
export function keyIdOf(key: Key | Subkey): string {
  return key.getKeyID().toHex().toUpperCase();
}

const armoredBlock = /-----BEGIN PGP (PUBLIC|PRIVATE) KEY BLOCK-----[\s\S]*?-----END PGP \1 KEY BLOCK-----/g;

/** Every key of a source as it is, private ones too. @throws ChantalError E_KEY naming the origin of what is no key */
export async function unpackKeys(source: KeySource): Promise<readonly Key[]> {
  if (source.bytes.length === 0) throw notAKey(source, 'it is empty');
  const text = Buffer.from(source.bytes).toString('latin1');
  const blocks = [...text.matchAll(armoredBlock)];
  if (blocks.length === 0) return readBinary(source, source.bytes, describeContent(text));
  const keys: Key[] = [];
  for (const [block] of blocks) keys.push(...await readBinary(source, await readArmor(source, block), 'its armor holds no key'));
  return keys;
}

async function readSource(source: KeySource): Promise<readonly Key[]> {
  const keys = await unpackKeys(source);
  if (keys.some((key) => key.isPrivate())) throw isPrivate(source);
  return keys.map((key) => (key instanceof PublicKey ? key : key.toPublic()));
}

async function readArmor(source: KeySource, block: string): Promise<Uint8Array> {
  try {
    return (await unarmor(block)).data as Uint8Array;
  } catch (error) {
    throw notAKey(source, 'its armor is damaged', error);
  }
}

async function readBinary(source: KeySource, bytes: Uint8Array, otherwise: string): Promise<readonly Key[]> {
  try {
    return await readKeys({ binaryKeys: new Uint8Array(bytes) });
  } catch (error) {
    throw notAKey(source, otherwise, error);
  }
}

function describeContent(text: string): string {
  if (/^\s*</.test(text)) return 'it looks like an HTML page';
  if (text.includes('-----BEGIN PGP SIG')) return 'it is a signature or a signed message';
  if (text.startsWith('KBX', 8)) return 'it is a GnuPG keybox: export the key with gpg --export --armor';
  return 'it is neither an armored nor a binary OpenPGP key';
}

function notAKey(source: KeySource, why: string, cause?: unknown): ChantalError {
  return new ChantalError('E_KEY', `not a public key: ${source.origin}: ${why}`, {
    hint: 'Point gpgkey_url or gpgkey_file to the public key that the repository\'s owner publishes.',
    ...(cause === undefined ? {} : { cause }),
    context: { path: source.origin },
  });
}

function isPrivate(source: KeySource): ChantalError {
  return new ChantalError('E_KEY', `a private key, where the public one is needed: ${source.origin}`, {
    hint: 'Export the public part with gpg --export --armor, and keep the private key where it belongs.',
    context: { path: source.origin },
  });
}
