/** Formats, apt: every published path once. Distributions and lists may name a file twice, but not with two contents. */

import { formatChecksum, type Checksum } from '../../core/digest.js';
import { ChantalError } from '../../core/errors.js';
import type { RelativePath } from '../../core/relative-path.js';
import type { StoredFile, WantedFile } from '../../core/repository.js';
import type { ArtifactCollection } from './artifacts.js';

/**
 * Drops the names that the root, an artifact or an earlier file has already, and files that have no name left.
 * @throws ChantalError E_METADATA when a name is given to two contents
 */
export function withoutRepeats(
  stored: readonly StoredFile[], wanted: readonly WantedFile[], root: readonly StoredFile[], artifacts: ArtifactCollection,
): { readonly stored: readonly StoredFile[]; readonly wanted: readonly WantedFile[] } {
  const taken = new Map<RelativePath, Checksum | undefined>();
  const isNew = (path: RelativePath, checksum: Checksum | undefined): boolean => {
    const artifact = artifacts.find(path);
    if (!taken.has(path) && artifact === undefined) {
      taken.set(path, checksum);
      return true;
    }
    assertSame(path, artifact?.checksum ?? taken.get(path), checksum);
    return false;
  };
  for (const file of root) isNew(file.path, undefined);
  return {
    stored: stored.filter((file) => isNew(file.path, { algorithm: 'sha256', hex: file.digest })),
    wanted: wanted.flatMap((file) => {
      const published = file.published.filter(({ path }) => isNew(path, file.checksum));
      return published.length === 0 ? [] : [{ ...file, published }];
    }),
  };
}

function assertSame(path: RelativePath, known: Checksum | undefined, checksum: Checksum | undefined): void {
  if (known === undefined || checksum === undefined || known.algorithm !== checksum.algorithm || known.hex === checksum.hex) return;
  throw new ChantalError('E_METADATA', `${path} is listed with two contents`, {
    hint: 'Upstream contradicts itself; tell the repository\'s owner.',
    context: { path, expected: formatChecksum(known), found: formatChecksum(checksum) },
  });
}
