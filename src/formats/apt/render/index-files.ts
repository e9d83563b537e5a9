/** Formats, apt: the indexes that are written anew, told by kind and path; everything else is carried over or dropped. Pure. */

export type IndexKind = 'packages' | 'sources' | 'contents' | 'translation' | 'dep11' | 'commands';

/** Which packages an index speaks of: ordinary ones, those of the installer, or sources. */
export type Part = 'deb' | 'udeb' | 'source';

export interface Index {
  /** Relative to Release, without a compression's suffix: `main/binary-amd64/Packages`. */
  readonly base: string;
  readonly kind: IndexKind;
  /** The directory of its component; empty at the top of a distribution, and in a flat repository. */
  readonly component: string;
  readonly part: Part;
  /** undefined: all of them. */
  readonly architecture?: string;
}

/** The index that a file is a compressed form of; undefined for what is none. `path` is relative to Release. */
export function indexOf(path: string, kind: string): Index | undefined {
  const base = indexNameOf({ path });
  switch (kind) {
    case 'packages': return packagesIndex(base);
    case 'sources': return { base, kind, component: /^(.+)\/source\/Sources$/.exec(base)?.[1] ?? '', part: 'source' };
    case 'contents': return contentsIndex(base);
    case 'translation': return namedIndex(base, kind, /^(?:(.+)\/)?i18n\/Translation-[^/]+$/);
    case 'dep11': return namedIndex(base, kind, /^(?:(.+)\/)?dep11\/Components-([^/.]+)\.yml$/);
    case 'commands': return namedIndex(base, kind, /^(?:(.+)\/)?cnf\/Commands-([^/.]+)$/);
    default: return undefined;
  }
}

/** What a file's name says of its compression; empty for a plain one. */
export function suffixOf({ path }: { readonly path: string }): string {
  return compressionSuffix.exec(path)?.[0] ?? '';
}

/** The name without that. */
export function indexNameOf({ path }: { readonly path: string }): string {
  return path.replace(compressionSuffix, '');
}

const compressionSuffix = /\.(?:gz|zst|xz|bz2|lzma|lz4)$/;

function packagesIndex(base: string): Index {
  const match = /^(.+?)\/(debian-installer\/)?binary-([^/]+)\/Packages$/.exec(base);
  if (match === null) return { base, kind: 'packages', component: '', part: 'deb' };
  return { base, kind: 'packages', component: match[1]!, part: match[2] === undefined ? 'deb' : 'udeb', architecture: match[3]! };
}

function contentsIndex(base: string): Index | undefined {
  const match = /^(?:(.+)\/)?Contents-(udeb-(?:nf-)?)?([^/]+)$/.exec(base);
  if (match === null) return undefined;
  const [, component = '', installer, architecture] = match;
  if (architecture === 'source') return { base, kind: 'contents', component, part: 'source' };
  return { base, kind: 'contents', component, part: installer === undefined ? 'deb' : 'udeb', architecture: architecture! };
}

function namedIndex(base: string, kind: IndexKind, pattern: RegExp): Index | undefined {
  const match = pattern.exec(base);
  if (match === null) return undefined;
  return { base, kind, component: match[1] ?? '', part: 'deb', ...(match[2] === undefined ? {} : { architecture: match[2] }) };
}
