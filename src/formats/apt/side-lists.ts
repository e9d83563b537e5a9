/** Formats, apt: files that name further files: the Index of incremental updates (pdiff), and the installer's SHA256SUMS. */

import { parseChecksum } from '../../core/digest.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';
import type { WantedFile } from '../../core/repository.js';
import { parseFields, splitStanzas } from '../kit/deb822.js';

/** Both are short: the longest Index holds a few hundred lines. */
export const maxSideListBytes = 16 * 1024 * 1024;

/** Does the file name others that clients fetch? */
export function isSideList(path: string): boolean {
  return path.endsWith('.diff/Index') || /(?:^|\/)installer-[^/]+\/(?:.*\/)?SHA256SUMS$/.test(path);
}

/**
 * What the list at `path` (below the repository's root) names, as optional files: archives drop old patches, and mirrors leave
 * installer images out. Patches of an Index without compressed checksums are passed over: nothing would prove them.
 * @throws ChantalError E_METADATA, E_METADATA_PATH
 */
export function parseSideList(content: Buffer, path: RelativePath): readonly WantedFile[] {
  const directory = path.slice(0, path.lastIndexOf('/') + 1);
  return path.endsWith('.diff/Index') ? parsePdiffIndex(content, directory) : parseChecksumList(content, directory);
}

/** `SHA256-Download` holds the patches as they are fetched, compressed: "hash size name". */
function parsePdiffIndex(content: Buffer, directory: string): readonly WantedFile[] {
  const [stanza] = splitStanzas(content);
  const lines = stanza === undefined ? '' : parseFields(stanza).get('sha256-download')?.[0] ?? '';
  return lines.split('\n').flatMap((line) => {
    const match = /^(\S+)\s+(\d+)\s+(\S+)$/.exec(line);
    if (match === null) return [];
    const [, hex, size, name] = match as unknown as [string, string, string, string];
    // No file can have such a size: nothing would be fetched.
    return Number.isSafeInteger(Number(size)) ? [wantedFile('pdiff', `${directory}${name}`, hex, Number(size))] : [];
  });
}

/** The output of sha256sum(1): "hash  ./name", an asterisk before the name for binary mode. */
function parseChecksumList(content: Buffer, directory: string): readonly WantedFile[] {
  return content.toString('utf8').split('\n').flatMap((line) => {
    const match = /^([0-9a-fA-F]{64})\s+\*?(\S.*?)\s*$/.exec(line);
    return match === null ? [] : [wantedFile('installer', `${directory}${match[2]!}`, match[1]!)];
  });
}

function wantedFile(kind: string, rawPath: string, hex: string, sizeBytes?: number): WantedFile {
  const path = parseRelativePath(rawPath);
  return {
    kind,
    sources: [path],
    published: [{ path, hashNamed: false }],
    checksum: parseChecksum('sha256', hex),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
    presence: 'optional',
  };
}
