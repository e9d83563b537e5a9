/** Formats, apt: a stanza of Packages as an artifact. Source: wiki.debian.org/DebianRepository/Format, "Packages indices". */

import { parseChecksum, type Checksum } from '../../core/digest.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';
import type { ListedArtifact } from '../../core/repository.js';
import { createFieldPicker } from '../kit/deb822.js';
import { presentAttributes } from '../kit/present-attributes.js';

const maxSummaryLength = 200;

/** Where a stanza stands, for messages and for its artifact's attributes. */
export interface IndexPlace {
  /** Path of the index. */
  readonly path: string;
  readonly component?: string;
  /** The distribution, where the repository has several of them. */
  readonly distribution?: string;
}

const pick = createFieldPicker([
  'Package', 'Version', 'Architecture', 'Filename', 'Size', 'SHA256', 'SHA512', 'SHA1', 'MD5sum', 'Source', 'Section', 'Priority', 'Description', 'Maintainer',
]);

/**
 * Reads what the mirror needs of one stanza. A weak checksum is taken where there is no other; who fetches refuses it or not.
 * @throws ChantalError E_METADATA, E_METADATA_PATH naming package and index
 */
export function parsePackage(stanza: Buffer, index: IndexPlace): ListedArtifact {
  const [name, version, arch, filename, size, sha256, sha512, sha1, md5, source, section, priority, description, maintainer] = pick(stanza);
  const at: StanzaPlace = { index, package: [name, version].filter(Boolean).join(' ') || 'a package without a name' };
  const checksum = parseStrongest([['sha256', sha256], ['sha512', sha512], ['sha1', sha1], ['md5', md5]], at);
  return {
    path: parseStanzaPath(required(filename, 'Filename', at), at),
    name: required(name, 'Package', at),
    version: required(version, 'Version', at),
    arch: required(arch, 'Architecture', at),
    checksum: required(checksum, 'checksum', at),
    sizeBytes: parseSize(required(size, 'Size', at), at),
    attributes: presentAttributes({
      component: index.component,
      distribution: index.distribution,
      source,
      section,
      priority,
      summary: description?.split('\n', 1)[0]?.slice(0, maxSummaryLength),
      maintainer: maintainer?.split('\n', 1)[0]?.slice(0, maxSummaryLength),
    }),
  };
}

/** Which stanza of which index. */
export interface StanzaPlace {
  readonly index: IndexPlace;
  readonly package: string;
}

/** @throws ChantalError E_METADATA when the field is missing or empty */
export function required<T>(value: T | undefined, field: string, at: StanzaPlace): T {
  if (value === undefined || value === '') throw malformedStanza(`has no ${field}`, at);
  return value;
}

/** @throws ChantalError E_METADATA_PATH naming the package */
export function parseStanzaPath(raw: string, at: StanzaPlace): RelativePath {
  return locate(at, () => parseRelativePath(raw));
}

/** @throws ChantalError E_METADATA when it is no whole number of bytes */
export function parseSize(size: string, at: StanzaPlace): number {
  const bytes = /^\d{1,16}$/.test(size) ? Number(size) : Number.NaN;
  if (!Number.isSafeInteger(bytes)) throw malformedStanza(`has a Size that is no number of bytes: ${JSON.stringify(size.slice(0, 40))}`, at);
  return bytes;
}

/** @throws ChantalError E_METADATA when it is not hex of its length */
export function parseStanzaChecksum(algorithm: string, hex: string, at: StanzaPlace): Checksum {
  return locate(at, () => parseChecksum(algorithm, hex));
}

export function malformedStanza(what: string, at: StanzaPlace): ChantalError {
  return new ChantalError('E_METADATA', `${at.package} in ${at.index.path} ${what}`, {
    hint: 'Tell the repository\'s owner; a client could not install it either.',
    context: { path: at.index.path, package: at.package },
  });
}

function parseStrongest(candidates: readonly (readonly [string, string | undefined])[], at: StanzaPlace): Checksum | undefined {
  for (const [algorithm, hex] of candidates) {
    if (hex !== undefined && hex !== '') return parseStanzaChecksum(algorithm, hex, at);
  }
  return undefined;
}

function locate<T>(at: StanzaPlace, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!isChantalError(error)) throw error;
    throw new ChantalError(error.code, `${at.package} in ${at.index.path}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
      context: { ...error.context, path: error.context.path ?? at.index.path, package: at.package },
    });
  }
}
