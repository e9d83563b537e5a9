/** Operations: the keys that a published tree is verified with, as files of that tree. */

import type { Format, PublishedKeys } from '../core/format.js';
import type { Blob } from '../core/ports.js';
import type { MetadataSigner } from '../core/render.js';
import type { StoredFile } from '../core/repository.js';

/** None where there are no keys. */
export async function putKeyFiles(
  format: Format, name: string, keys: readonly PublishedKeys[], put: (bytes: Uint8Array) => Promise<Blob>,
): Promise<readonly StoredFile[]> {
  if (keys.length === 0) return [];
  const all = { armored: keys.map(({ armored }) => armored).join(''), binary: Buffer.concat(keys.map(({ binary }) => binary)) };
  return Promise.all(format.keyFiles(name, all).map(async ({ path, bytes }) => {
    const { digest, sizeBytes } = await put(bytes);
    return { path, kind: 'key', digest, sizeBytes, hashNamed: false };
  }));
}

export function ownKeys(signer: MetadataSigner | undefined): readonly PublishedKeys[] {
  return signer === undefined ? [] : [{ armored: signer.armoredPublicKey, binary: signer.binaryPublicKey }];
}
