/** Signing: what a key says of itself, for people. */

import type { Key } from 'openpgp';
import { readFile } from 'node:fs/promises';
import { ChantalError, systemCode } from '../core/errors.js';
import type { KeyDescription } from '../core/keys.js';
import { fingerprintOf, keyIdOf, unpackKeys, type KeySource } from './public-keys.js';

/** The keys of a source, private ones too, in its order. @throws ChantalError E_KEY when there is none */
export async function describeKeys(source: KeySource, now: Date): Promise<readonly KeyDescription[]> {
  const keys = await unpackKeys(source);
  return Promise.all(keys.map(async (key) => describeKey(key, now)));
}

/** @throws ChantalError E_KEY when there is no such file, or no key in it */
export async function describeKeyFile(path: string, now: Date): Promise<readonly KeyDescription[]> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new ChantalError('E_KEY', `cannot read ${path} (${systemCode(error) ?? 'unknown error'})`, {
      hint: 'Correct the path, or make the file readable for the user who runs chantal.',
      cause: error,
      context: { path },
    });
  });
  return describeKeys({ bytes, origin: path }, now);
}

export async function describeKey(key: Key, now: Date): Promise<KeyDescription> {
  const expiry = await key.getExpirationTime().catch(() => null);
  const isRevoked = await key.isRevoked(undefined, undefined, now);
  return {
    fingerprint: fingerprintOf(key),
    keyId: keyIdOf(key),
    userIds: key.getUserIDs(),
    algorithm: describeAlgorithm(key),
    createdAt: key.getCreationTime().toISOString(),
    ...(expiry instanceof Date ? { expiresAt: expiry.toISOString() } : {}),
    state: isRevoked ? 'revoked' : expiry === null ? 'invalid' : expiry <= now ? 'expired' : 'valid',
    holds: !key.isPrivate() ? 'public' : key.isDecrypted() ? 'private' : 'protected private',
  };
}

function describeAlgorithm(key: Key): string {
  const { algorithm, bits, curve } = key.getAlgorithmInfo();
  if (bits !== undefined) return `${algorithm.replace(/(Encrypt|Sign)+$/, '').toUpperCase()} ${bits}`;
  return /ed25519/i.test(`${algorithm} ${curve ?? ''}`) ? 'Ed25519' : `${algorithm}${curve === undefined ? '' : ` ${curve}`}`;
}
