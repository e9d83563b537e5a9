/** Signing: private keys, read from the operator's file and unlocked. */

import { decryptKey, type Key, type PrivateKey } from 'openpgp';
import { readFile } from 'node:fs/promises';
import { ChantalError, systemCode } from '../core/errors.js';
import { unpackKeys } from './public-keys.js';

/**
 * The one private key in that file, armored or binary, ready to sign.
 * @throws ChantalError E_KEY: no such file, a public key, several keys, no or a wrong passphrase
 */
export async function readPrivateKey(path: string, passphrase: string | undefined): Promise<PrivateKey> {
  const [key, ...others] = await findPrivateKeys(path, await readKeyFile(path));
  if (key === undefined || others.length > 0) {
    throw unusable(path, `it holds ${others.length + 1} private keys`, 'Export only the key that is to sign: gpg --export-secret-keys --armor FINGERPRINT.');
  }
  return unlock(path, key, passphrase);
}

async function readKeyFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unusable(path, `it cannot be read (${systemCode(error) ?? 'unknown error'})`, 'Correct the path, or make the file readable for the user who runs chantal.', error);
  }
}

async function findPrivateKeys(path: string, bytes: Uint8Array): Promise<readonly PrivateKey[]> {
  let keys: readonly Key[];
  try {
    keys = await unpackKeys({ bytes, origin: path });
  } catch (error) {
    throw unusable(path, 'it is neither an armored nor a binary OpenPGP key', 'Export one with gpg --export-secret-keys --armor, or make one with chantal key generate.', error);
  }
  const found = keys.filter((key) => key.isPrivate());
  if (found.length > 0) return found;
  throw unusable(path, 'it holds a public key, and only the private one can sign', 'Export the private key with gpg --export-secret-keys --armor.');
}

async function unlock(path: string, key: PrivateKey, passphrase: string | undefined): Promise<PrivateKey> {
  if (key.isDecrypted()) return key;
  if (passphrase === undefined) throw unusable(path, 'it is protected by a passphrase, and none is given', 'Name a file that holds the passphrase.');
  try {
    return await decryptKey({ privateKey: key, passphrase });
  } catch (error) {
    throw unusable(path, 'the passphrase is wrong', 'Compare the passphrase with the one the key was made with; a line break at its end is not part of it.', error);
  }
}

function unusable(path: string, why: string, hint: string, cause?: unknown): ChantalError {
  return new ChantalError('E_KEY', `cannot sign with ${path}: ${why}`, { hint, ...(cause === undefined ? {} : { cause }), context: { path } });
}
