/** Bundle: which file of a bundle lies where, and the form of its list of checksums (that of `sha256sum`). Pure. */

import type { Digest } from '../core/digest.js';
import { ChantalError } from '../core/errors.js';

/** Written first: tells an interrupted export from a directory that is somebody else's. */
export const manifestName = 'manifest.json';
export const contentName = 'content.jsonl';
/** Written last: a bundle without it is not complete. */
export const checksumsName = 'SHA256SUMS';
/** What a file is called until it is whole. */
export const partialSuffix = '.partial';

/** Relative to the bundle: `blobs/ab/<64 hex>`. */
export function blobName(digest: Digest): string {
  return `blobs/${digest.slice(0, 2)}/${digest}`;
}

export function renderChecksum(digest: Digest, name: string): string {
  return `${digest}  ${name}\n`;
}

/** @throws E_METADATA for a line that a bundle cannot have */
export function parseChecksumLine(line: string, path: string): { readonly digest: Digest; readonly name: string } {
  const found = /^([0-9a-f]{64}) {2}(.+)$/.exec(line);
  const digest = found?.[1] as Digest | undefined;
  const name = found?.[2];
  if (digest === undefined || name === undefined || ![manifestName, contentName, blobName(digest)].includes(name)) {
    throw new ChantalError('E_METADATA', `${checksumsName} is cut off or damaged: ${JSON.stringify(line.slice(0, 120))} is no line of it`, { context: { path } });
  }
  return { digest, name };
}
