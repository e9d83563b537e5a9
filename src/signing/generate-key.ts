/** Signing: makes a key for signing metadata, as two files: the private one for this machine only, the public one for everybody. */

import { generateKey } from 'openpgp';
import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { asDiskError, ChantalError, systemCode } from '../core/errors.js';
import type { KeyRequest, NewKey } from '../core/keys.js';
import { makeDirectories } from '../disk/make-directories.js';
import { describeKey } from './describe-keys.js';
import { armorKeys } from './public-keys.js';

/**
 * A primary key that signs, without an encryption subkey. Of version 4, and Ed25519 in its older notation: rpm and gpg 2.2 know
 * no other. Both files are on disk when it returns; it never overwrites one. A directory that it makes is its owner's alone.
 * @throws ChantalError E_PATH_OCCUPIED, E_PERMISSION, E_DISK_FULL
 */
export async function writeNewKey({ path, name, email, type, passphrase, at }: KeyRequest): Promise<NewKey> {
  const { privateKey, publicKey } = await generateKey({
    ...(type === 'rsa4096' ? { type: 'rsa', rsaBits: 4096 } : { type: 'ecc', curve: 'ed25519Legacy' }),
    userIDs: [{ name, email }],
    subkeys: [],
    date: at,
    format: 'object',
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const publicKeyPath = publicPathOf(path);
  makeDirectory(dirname(path));
  await writeNewFile(path, privateKey.armor(), 0o600);
  try {
    await writeNewFile(publicKeyPath, armorKeys(publicKey.write()), 0o644);
  } catch (error) {
    // A private key whose public half nobody has is of no use, and in the way of the next try.
    await rm(path, { force: true });
    throw error;
  }
  return { description: await describeKey(privateKey, at), privateKeyPath: path, publicKeyPath };
}

function makeDirectory(path: string): void {
  try {
    makeDirectories(path, 0o700);
  } catch (error) {
    throw asDiskError(error, path);
  }
}

function publicPathOf(path: string): string {
  return `${path.replace(/\.(asc|gpg|pgp|key)$/, '')}.public.asc`;
}

/** The mode is set besides: a umask may only have taken from it, and a public key is for everybody. */
async function writeNewFile(path: string, content: string, mode: number): Promise<void> {
  try {
    const file = await open(path, 'wx', mode);
    try {
      await file.chmod(mode);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCode(error) === 'EEXIST') {
      throw new ChantalError('E_PATH_OCCUPIED', `there is a file already: ${path}`, {
        hint: 'Choose another name, or move that file away if nothing is signed with it any more.',
        cause: error,
        context: { path },
      });
    }
    throw asDiskError(error, path);
  }
}
