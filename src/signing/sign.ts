/** Signing: signs regenerated metadata. The same text, key and time give the same bytes, so that a version published again is what it was. */

import { createCleartextMessage, createMessage, sign, type PrivateKey } from 'openpgp';
import { ChantalError } from '../core/errors.js';
import type { MetadataSigner } from '../core/render.js';
import { readPrivateKey } from './private-keys.js';
import { armorKeys, fingerprintOf } from './public-keys.js';

export interface SigningKeyFile {
  readonly keyFile: string;
  readonly passphrase?: string;
}

/** No random salt, the library's default, beside the signed bytes: RSA (PKCS #1 v1.5) and Ed25519 need none to be safe. */
const config = { nonDeterministicSignaturesViaNotation: false };

/**
 * Signatures carry the given time, or, where the key is younger than that, the first moment at which the key could sign: clients
 * refuse what seems older than its key.
 * @throws ChantalError E_KEY when the file holds no private key that can be unlocked and may sign now
 */
export async function openSigner({ keyFile, passphrase }: SigningKeyFile, now: Date = new Date()): Promise<MetadataSigner> {
  const key = await readPrivateKey(keyFile, passphrase);
  await assertMaySign(key, keyFile, now);
  const publicKey = key.toPublic();
  const binary = new Uint8Array(publicKey.write());
  return {
    fingerprint: fingerprintOf(key),
    armoredPublicKey: armorKeys(binary),
    binaryPublicKey: binary,

    async signDetached(bytes, at) {
      const message = await createMessage({ binary: new Uint8Array(bytes) });
      return (await sign({ message, signingKeys: key, detached: true, date: await signingTime(key, at), config })) as string;
    },

    async signInline(text, at) {
      // The last line break belongs to the frame, not to what is signed (RFC 9580, 7.1); the library writes CRLF, Release has LF.
      const message = await createCleartextMessage({ text: text.replace(/\n$/, '') });
      const signed = await sign({ message, signingKeys: key, date: await signingTime(key, at), config });
      return signed.replaceAll('\r\n', '\n');
    },
  };
}

/** By a trial: a key may have expired, or be the shell of one whose secret is kept elsewhere. */
async function assertMaySign(key: PrivateKey, keyFile: string, now: Date): Promise<void> {
  try {
    await sign({ message: await createMessage({ binary: new Uint8Array(1) }), signingKeys: key, detached: true, date: now, config });
  } catch (error) {
    throw new ChantalError('E_KEY', `cannot sign with ${keyFile}: no key in it may sign now (${error instanceof Error ? error.message : String(error)})`, {
      hint: 'Extend its expiry with gpg --quick-set-expire and export it again, or make a new key.',
      cause: error,
      context: { path: keyFile },
    });
  }
}

/** `at`, or the earliest later moment of the key's own history at which it could sign. Depends on nothing but the two. */
async function signingTime(key: PrivateKey, at: Date): Promise<Date> {
  const later = datesOf(key).filter((date) => date > at).sort((a, b) => a.getTime() - b.getTime());
  for (const date of [at, ...later]) {
    if (await key.getSigningKey(undefined, date).then(() => true, () => false)) return date;
  }
  throw new Error('a key that may sign now could never sign');
}

/** When the key, its subkeys and the signatures that make them valid came to be. */
function datesOf(key: PrivateKey): readonly Date[] {
  const bindings = [...key.users.flatMap((user) => user.selfCertifications), ...key.subkeys.flatMap((subkey) => subkey.bindingSignatures)];
  return [
    key.getCreationTime(),
    ...key.subkeys.map((subkey) => subkey.getCreationTime()),
    ...bindings.flatMap(({ created }) => (created === null ? [] : [created])),
  ];
}
