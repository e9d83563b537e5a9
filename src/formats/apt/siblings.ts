/** Formats, apt: Release and Release.gpg beside an InRelease, carried along for the clients that read them when they say the same. */

import { isChantalError, isMaybeMissing } from '../../core/errors.js';
import type { FetchedFile, Reader } from '../../core/format.js';
import type { Place } from '../../core/locator.js';
import type { RelativePath } from '../../core/relative-path.js';
import type { StoredFile } from '../../core/repository.js';
import { pathIn, type Distribution } from './distribution.js';
import { releaseTrust } from './read-root.js';
import { maxReleaseBytes } from './release.js';

export interface Siblings {
  readonly stored: readonly StoredFile[];
  readonly warnings: readonly string[];
}

/**
 * Fetches them where upstream has them. They are left out, with a warning, when the text is not InRelease's or the signature does not
 * verify: a client that read them would ask for indexes that this version does not hold.
 * @param content the text that InRelease signs
 */
export async function readSiblings(reader: Reader, distribution: Distribution, content: Buffer): Promise<Siblings> {
  const path = pathIn(distribution, 'Release');
  const release = await fetchIfThere(reader, [path]);
  if (release === undefined) return { stored: [], warnings: [] };
  const bytes = await reader.readAll(release, maxReleaseBytes);
  if (comparableText(bytes) !== comparableText(content)) {
    return { stored: [], warnings: [`stale ${path} beside a new InRelease: left out`] };
  }
  const stored = [storedSibling(path, 'release', release)];
  const signaturePath = pathIn(distribution, 'Release.gpg');
  const signature = await fetchIfThere(reader, [signaturePath]);
  if (signature === undefined) return { stored, warnings: [] };
  if (!await isSignedBy(reader, bytes, signature)) {
    return { stored: [], warnings: [`${signaturePath} does not sign the Release beside it: both left out`] };
  }
  return { stored: [...stored, storedSibling(signaturePath, 'release.gpg', signature)], warnings: [] };
}

/** A file that upstream may not have. */
export async function fetchIfThere(
  reader: Reader, places: readonly Place[], expected: Parameters<Reader['fetch']>[1] = {},
): Promise<FetchedFile | undefined> {
  try {
    return await reader.fetch(places, expected);
  } catch (error) {
    if (isMaybeMissing(error)) return undefined;
    // The last one is its own name, which says more than one by its hash.
    throw isChantalError(error) ? error.within({ path: places.at(-1) ?? '' }) : error;
  }
}

async function isSignedBy(reader: Reader, bytes: Buffer, signature: FetchedFile): Promise<boolean> {
  const trust = releaseTrust(reader);
  if (trust === undefined) return true;
  try {
    await trust.verifyDetached(bytes, await reader.readAll(signature, maxReleaseBytes));
    return true;
  } catch (error) {
    if (isChantalError(error, 'E_SIGNATURE', 'E_UNSIGNED')) return false;
    throw error;
  }
}

/** Clear-signing neither covers white space at the ends of lines nor the last newline (RFC 9580, section 7.2). */
function comparableText(bytes: Buffer): string {
  return bytes.toString('latin1').split('\n').map((line) => line.trimEnd()).join('\n').trimEnd();
}

function storedSibling(path: RelativePath, kind: string, file: FetchedFile): StoredFile {
  return { path, kind, digest: file.digest, sizeBytes: file.sizeBytes, hashNamed: false };
}
