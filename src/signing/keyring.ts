/** Signing: the trust of one repository: its keys, and what they vouch for. */

import type { Trust } from '../core/ports.js';
import { splitClearSigned } from './clear-signed.js';
import { readKeyring, type KeySource } from './public-keys.js';
import { findSigner } from './verify.js';

/**
 * `verifyInline` returns the signed text in its canonical form: blanks at line ends are not covered by the signature, and
 * are not in it either.
 * @throws ChantalError E_KEY naming the origin of what is no public key
 */
export async function readTrust(sources: readonly KeySource[], now: () => Date = () => new Date()): Promise<Trust> {
  const keyring = await readKeyring(sources);
  return {
    fingerprints: keyring.fingerprints,
    armored: keyring.armored,
    binary: keyring.binary,

    async verifyInline(bytes) {
      const { content, hashed, signature } = splitClearSigned(bytes);
      return { content, signer: await findSigner(keyring, hashed, Buffer.from(signature, 'latin1'), now()) };
    },

    async verifyDetached(bytes, signature) {
      return findSigner(keyring, bytes, signature, now());
    },
  };
}
