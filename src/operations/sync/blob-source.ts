/** Operations: where a sync gets bytes from: the pool when it can be trusted, upstream when not. */

import type { App } from '../../core/app.js';
import { formatChecksum, isStrong, type Checksum, type Digest, type Expected } from '../../core/digest.js';
import { ChantalError } from '../../core/errors.js';
import type { Place } from '../../core/locator.js';
import type { Blob, Upstream } from '../../core/ports.js';
import type { RepositorySettings } from '../../core/settings.js';
import { withPoolLock } from '../pool-lock.js';

export interface BlobSource {
  /** Looks up in one go what is here and known of many files: `findHeld` finds only what was prepared. */
  prepare(expected: Iterable<Expected>): Promise<void>;
  /** A blob that is in the pool and right, without a request. @throws E_WEAK_CHECKSUM */
  findHeld(expected: Expected): Promise<Blob | undefined>;
  /**
   * What `findHeld` did not find: from the first of `places` where upstream has it; undefined when it has none. The same bytes
   * wanted at several places are one transfer.
   * @throws what a download may throw
   */
  download(places: readonly Place[], expected: Expected): Promise<Blob | undefined>;
  /** Of the first of `places` about which something can be found out; see `Upstream.describe`. */
  describe(places: readonly Place[]): Promise<Expected | undefined>;
  /** Redacted addresses at which `download` found nothing. */
  missingAt(places: readonly Place[]): readonly string[];
  /** Bytes of our own making, such as a key. */
  put(bytes: Uint8Array): Promise<Blob>;
  remember(blob: Blob): void;
  /** Everything handed out so far: what a version may name once the pool's barrier has passed. */
  readonly blobs: ReadonlyMap<Digest, Blob>;
}

export function createBlobSource(app: App, repository: RepositorySettings, upstream: Upstream, signal?: AbortSignal): BlobSource {
  const known = new Map<Digest, Blob>();
  const aliases = new Map<string, Digest>();
  const blobs = new Map<Digest, Blob>();
  /** On disk when `prepare` looked; not yet compared with anything. */
  const present = new Set<Digest>();
  const underWay = new Map<string, Promise<Blob | undefined>>();

  const digestOf = (checksum: Checksum): Digest | undefined =>
    checksum.algorithm === 'sha256' ? (checksum.hex as Digest) : aliases.get(formatChecksum(checksum));

  const remember = (blob: Blob): Blob => {
    blobs.set(blob.digest, blob);
    return blob;
  };

  /** What lies in the pool is ours from here on, whether or not a version names it: clean-up sees that. */
  const markHeld = async (digests: readonly Digest[]): Promise<readonly Digest[]> => {
    const held: Digest[] = [];
    for (const digest of digests) if (!blobs.has(digest) && (await app.pool.stat(digest)) !== undefined) held.push(digest);
    if (held.length > 0) await withPoolLock(app, `repo sync ${repository.name}`, async () => app.pool.use(held), signal);
    return held;
  };

  const findHeld = async (expected: Expected): Promise<Blob | undefined> => {
    assertStrong(repository, expected);
    const digest = expected.checksum === undefined ? undefined : digestOf(expected.checksum);
    if (digest === undefined) return undefined;
    const seen = blobs.get(digest);
    if (seen !== undefined) return isOfSize(seen, expected) ? seen : undefined;
    const onDisk = present.has(digest) ? await app.pool.stat(digest) : undefined;
    if (onDisk === undefined || !isOfSize(onDisk, expected)) return undefined;
    const remembered = known.get(digest);
    const isTrusted = remembered?.sizeBytes === onDisk.sizeBytes && remembered.mtimeMs === onDisk.mtimeMs;
    // A file that no version names may stem from a run that was killed, or lost its bytes in a power cut.
    const blob = isTrusted ? onDisk : await app.pool.verify(digest);
    if (blob === undefined) return undefined;
    // From here on `blobs` has it.
    known.delete(digest);
    present.delete(digest);
    return remember(blob);
  };

  const download = async (places: readonly Place[], expected: Expected): Promise<Blob | undefined> => {
    const blob = await upstream.download(places, expected, signal);
    return blob === undefined ? undefined : remember(blob);
  };

  return {
    blobs,
    findHeld,
    remember,
    async describe(places) {
      for (const place of places) {
        const found = await upstream.describe(place, signal);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    missingAt: (places) => places.flatMap((place) => upstream.missingAt(place)),
    async prepare(expected) {
      const checksums = [...expected].flatMap(({ checksum }) => (checksum === undefined ? [] : [checksum]));
      const others = checksums.filter((checksum) => checksum.algorithm !== 'sha256');
      if (others.length > 0) for (const [key, digest] of await app.store.findDigests(others)) aliases.set(key, digest);
      const digests = checksums.flatMap((checksum) => digestOf(checksum) ?? []);
      const held = await markHeld(digests);
      for (const digest of held) present.add(digest);
      for (const [digest, blob] of await app.store.findBlobs(held)) known.set(digest, blob);
    },
    async download(places, expected) {
      if (expected.checksum === undefined) return download(places, expected);
      const digest = digestOf(expected.checksum);
      const fetched = digest === undefined ? undefined : blobs.get(digest);
      if (fetched !== undefined && isOfSize(fetched, expected)) return fetched;
      const key = formatChecksum(expected.checksum);
      const running = underWay.get(key) ?? download(places, expected).finally(() => underWay.delete(key));
      underWay.set(key, running);
      return running;
    },
    async put(bytes) {
      return remember(await app.pool.put(bytes));
    },
  };
}

/** The right checksum with a wrong size is a statement that no client would accept: upstream is asked, and its answer judged by both. */
function isOfSize(blob: Blob, { sizeBytes }: Expected): boolean {
  return sizeBytes === undefined || sizeBytes === blob.sizeBytes;
}

function assertStrong(repository: RepositorySettings, expected: Expected): void {
  if (expected.checksum === undefined || isStrong(expected.checksum) || repository.allowWeakChecksums) return;
  throw new ChantalError('E_WEAK_CHECKSUM', `upstream vouches for its files with ${expected.checksum.algorithm} only, which can be forged`, {
    hint: 'Set allow_weak_checksums: true in the repository\'s file to accept that.',
    context: { expected: 'sha256 or sha512', found: formatChecksum(expected.checksum) },
  });
}
