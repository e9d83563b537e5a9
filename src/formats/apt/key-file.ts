/** Formats, apt: the keyring that is published for clients. */

import type { PublishedKeys } from '../../core/format.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';

/** At the root of a published tree. */
export function keyFileName(repository: string): RelativePath {
  return parseRelativePath(`${repository}-archive-key.gpg`);
}

/** One binary keyring with all keys, as `signed-by` takes it. */
export function keyFiles(repository: string, keys: PublishedKeys): readonly { readonly path: RelativePath; readonly bytes: Uint8Array }[] {
  return [{ path: keyFileName(repository), bytes: keys.binary }];
}
