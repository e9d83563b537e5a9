/** Formats, apt: gathers the artifacts of all indexes; one path is one artifact, however many indexes list it. */

import { formatChecksum } from '../../core/digest.js';
import { ChantalError } from '../../core/errors.js';
import type { RelativePath } from '../../core/relative-path.js';
import type { ListedArtifact } from '../../core/repository.js';

export interface ArtifactCollection {
  /** @throws ChantalError E_METADATA when the path is known with other content */
  add(artifact: ListedArtifact, index: string): void;
  find(path: RelativePath): ListedArtifact | undefined;
  /** In the order of their first appearance. */
  list(): readonly ListedArtifact[];
}

/**
 * `Architecture: all` is listed by every architecture's index: the first listing counts, the others must agree. Of several
 * distributions all that list it are named.
 */
export function createArtifactCollection(): ArtifactCollection {
  const artifacts = new Map<RelativePath, ListedArtifact>();
  return {
    add(artifact, index) {
      const known = artifacts.get(artifact.path);
      if (known === undefined) {
        artifacts.set(artifact.path, artifact);
        return;
      }
      assertSameFile(known, artifact, index);
      const { distribution } = artifact.attributes;
      const distributions = known.attributes['distribution']?.split(' ') ?? [];
      if (distribution === undefined || distributions.includes(distribution)) return;
      artifacts.set(artifact.path, { ...known, attributes: { ...known.attributes, distribution: [...distributions, distribution].join(' ') } });
    },
    find: (path) => artifacts.get(path),
    list: () => [...artifacts.values()],
  };
}

function assertSameFile(known: ListedArtifact, artifact: ListedArtifact, index: string): void {
  const isComparable = known.checksum.algorithm === artifact.checksum.algorithm;
  const isSame = known.sizeBytes === artifact.sizeBytes && (!isComparable || known.checksum.hex === artifact.checksum.hex);
  if (isSame) return;
  throw new ChantalError('E_METADATA', `${artifact.path} is listed with two contents, again in ${index}`, {
    hint: 'Upstream contradicts itself; tell the repository\'s owner.',
    context: {
      path: artifact.path,
      package: `${artifact.name} ${artifact.version}`,
      expected: `${formatChecksum(known.checksum)}, ${known.sizeBytes} bytes`,
      found: `${formatChecksum(artifact.checksum)}, ${artifact.sizeBytes} bytes`,
    },
  });
}
