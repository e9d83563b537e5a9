/** Torture: keys and signatures as good and bad owners of repositories make them, without a keyring on disk. */

import { createCleartextMessage, createMessage, generateKey, readPrivateKey, revokeKey, sign, type PrivateKey } from 'openpgp';
import { readFileSync } from 'node:fs';
import { keyFixture } from '../support/fixtures.js';

export interface SigningKey {
  readonly fingerprint: string;
  /** Upper-case hex, 16 digits: how messages name it. */
  readonly keyId: string;
  readonly publicKey: string;
  /** The same key once its owner has withdrawn it. */
  revoked(): Promise<string>;
  /** InRelease. */
  clearSign(text: string, at?: Date): Promise<string>;
  /** `Release.gpg`, `repomd.xml.asc`. */
  signArmored(bytes: Uint8Array, at?: Date): Promise<string>;
  /** The signature in a package's header. */
  signBinary(bytes: Uint8Array): Promise<Buffer>;
}

export async function fixtureKey(name: 'rpm' | 'apt' | 'stranger'): Promise<SigningKey> {
  return toSigningKey(await readPrivateKey({ armoredKey: readFileSync(keyFixture(name, 'private.asc'), 'utf8') }));
}

export interface NewKey {
  readonly name: string;
  readonly at?: Date;
  readonly validSeconds?: number;
}

export async function makeKey({ name, at, validSeconds }: NewKey): Promise<SigningKey> {
  const { privateKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name }],
    subkeys: [],
    format: 'object',
    ...(at === undefined ? {} : { date: at }),
    ...(validSeconds === undefined ? {} : { keyExpirationTime: validSeconds }),
  });
  return toSigningKey(privateKey);
}

function toSigningKey(key: PrivateKey): SigningKey {
  const dated = (at: Date | undefined): { readonly date?: Date } => (at === undefined ? {} : { date: at });
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    keyId: key.getKeyID().toHex().toUpperCase(),
    publicKey: key.toPublic().armor(),
    revoked: async () => (await revokeKey({ key, format: 'armored' })).publicKey,
    clearSign: async (text, at) => sign({ message: await createCleartextMessage({ text }), signingKeys: key, ...dated(at) }),
    signArmored: async (bytes, at) =>
      sign({ message: await createMessage({ binary: new Uint8Array(bytes) }), signingKeys: key, detached: true, ...dated(at) }),
    signBinary: async (bytes) => {
      const signature = await sign({ message: await createMessage({ binary: new Uint8Array(bytes) }), signingKeys: key, detached: true, format: 'binary' });
      return Buffer.from(signature as Uint8Array);
    },
  };
}
