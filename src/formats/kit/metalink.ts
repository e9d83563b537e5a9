/** Formats' kit: a metalink of a repository: its mirrors, and what repomd.xml must be. Pure. */

import { isStrong, parseChecksum, type Checksum } from '../../core/digest.js';
import { ChantalError } from '../../core/errors.js';
import type { FileVersion, MirrorList } from '../../core/mirrors.js';
import { parseRelativePath } from '../../core/relative-path.js';
import { isUsable, withoutMirrors } from './mirror-list.js';
import { childrenOf, childOf, parseXmlDocument, textOf, type XmlElement } from './xml-document.js';

/** Fedora's, with some 150 mirrors, have 50 KB. */
const limitBytes = 4 * 1024 * 1024;

/** Whatever a repository's metalink is about is found below each mirror under this path. */
const rootPath = parseRelativePath('repodata/repomd.xml');

/**
 * Metalink 3 with MirrorManager's `alternates` (earlier versions that are still good), and RFC 5854.
 * @throws ChantalError E_METADATA, E_METADATA_LIMIT; E_UPSTREAM when no mirror in it can be used
 */
export function parseMetalink(bytes: Uint8Array, name: string): MirrorList {
  const document = parseXmlDocument(bytes, name, limitBytes);
  const files = childrenOf(childOf(document, 'files') ?? document, 'file');
  const file = files.find(({ attributes }) => attributes['name'] === 'repomd.xml');
  if (document.name !== 'metalink' || file === undefined) throw malformed(name, 'is no metalink of a repository: it does not describe repomd.xml');
  const alternates = childOf(file, 'alternates');
  const versions = [file, ...(alternates === undefined ? [] : childrenOf(alternates, 'alternate'))].flatMap((element) => versionOf(element) ?? []);
  if (versions.length === 0) throw malformed(name, 'gives no SHA-256 or stronger checksum of repomd.xml');
  const mirrors = mirrorsOf(file);
  if (mirrors.length === 0) throw withoutMirrors(name, false);
  return { mirrors, root: { path: rootPath, versions } };
}

/** undefined: nothing but weak checksums, which prove nothing. */
function versionOf(file: XmlElement): FileVersion | undefined {
  const checksums = childrenOf(childOf(file, 'verification') ?? file, 'hash').flatMap((hash) => readChecksum(hash) ?? []);
  const [strongest] = checksums.sort((a, b) => b.hex.length - a.hex.length);
  const size = textOf(file, 'size');
  if (strongest === undefined) return undefined;
  return { checksum: strongest, ...(size !== undefined && /^\d+$/.test(size) ? { sizeBytes: Number(size) } : {}) };
}

/** Of a kind that is not known here: as if it were not there. */
function readChecksum({ attributes, text }: XmlElement): Checksum | undefined {
  const type = attributes['type'] ?? '';
  if (!/^sha-?(224|256|384|512)$/i.test(type)) return undefined;
  const checksum = parseChecksum(type, text);
  return isStrong(checksum) ? checksum : undefined;
}

/** `preference` counts down from 100, `priority` (RFC 5854) up from 1. */
function mirrorsOf(file: XmlElement): readonly string[] {
  const ending = `/${rootPath}`;
  const found = childrenOf(childOf(file, 'resources') ?? file, 'url').flatMap(({ text, attributes }) => {
    if (!text.endsWith(ending) || !isUsable(text)) return [];
    const { preference, priority } = attributes;
    return [{ mirror: text.slice(0, -ending.length), rank: priority === undefined ? 100 - Number(preference ?? 0) : Number(priority) }];
  });
  return [...new Set(found.sort((a, b) => a.rank - b.rank).map(({ mirror }) => mirror))];
}

function malformed(name: string, what: string): ChantalError {
  return new ChantalError('E_METADATA', `${name} ${what}`, { context: { url: name } });
}
