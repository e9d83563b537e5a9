/** Formats, rpm: `.treeinfo`, the index of an installation tree. Source: productmd's treeinfo-1.x. INI with case-sensitive keys. */

import { parseChecksum, type Checksum } from '../../core/digest.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';

export interface Treeinfo {
  /** What the installer boots from; each path once. */
  readonly files: readonly TreeinfoFile[];
  /** Directories below this one that hold further repositories (variants, addons), as written. */
  readonly repositories: readonly string[];
}

export interface TreeinfoFile {
  readonly path: RelativePath;
  /** Old trees name images without one. */
  readonly checksum?: Checksum;
}

/**
 * @param name the file's path, for messages
 * @throws ChantalError E_METADATA, E_METADATA_PATH naming file and line
 */
export function parseTreeinfo(bytes: Uint8Array, name: string): Treeinfo {
  const entries = parseIni(new TextDecoder().decode(bytes), name);
  if (entries.length === 0) throw malformed(name, 1, 'holds no section with a key');
  const files = new Map<string, TreeinfoFile>();
  const repositories = new Set<string>();
  for (const entry of entries) {
    locate(name, entry.line, () => {
      if (entry.section === 'checksums') {
        const path = parseRelativePath(entry.key);
        files.set(path, { path, checksum: parseNamedChecksum(entry.value) });
      } else if (namesFile(entry)) {
        const path = parseRelativePath(entry.value);
        if (!files.has(path)) files.set(path, { path });
      } else if (namesRepository(entry)) {
        repositories.add(entry.value);
      }
    });
  }
  return { files: [...files.values()], repositories: [...repositories] };
}

interface Entry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

function parseIni(text: string, name: string): readonly Entry[] {
  const entries: Entry[] = [];
  let section: string | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[(.+)\]$/.exec(line);
    const equals = line.indexOf('=');
    if (header !== null) section = header[1]!.trim();
    else if (section === undefined || equals < 1) throw malformed(name, index + 1, 'is neither a section nor a key with a value');
    else entries.push({ section, key: line.slice(0, equals).trim(), value: line.slice(equals + 1).trim(), line: index + 1 });
  }
  return entries;
}

/** `sha256:ab…` */
function parseNamedChecksum(value: string): Checksum {
  const colon = value.indexOf(':');
  return parseChecksum(value.slice(0, Math.max(colon, 0)), value.slice(colon + 1));
}

/** Kernel, initrd and boot images by platform; the installer's own image. */
function namesFile({ section, value }: Entry): boolean {
  return value !== '' && (section.startsWith('images-') || section === 'stage2');
}

/** `repository = .` is the one that `.treeinfo` lies in; those beside it (`../../AppStream/x86_64/os`) are none of this tree's. */
function namesRepository({ section, key, value }: Entry): boolean {
  return key === 'repository' && /^(?:variant|addon)-/.test(section) && !/^(?:|\.\/?|\.\.\/.*)$/.test(value);
}

function locate(name: string, line: number, parse: () => void): void {
  try {
    parse();
  } catch (error) {
    if (!isChantalError(error)) throw error;
    throw new ChantalError(error.code, `${name}, line ${line}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
      context: { ...error.context, path: name, line },
    });
  }
}

function malformed(name: string, line: number, what: string): ChantalError {
  return new ChantalError('E_METADATA', `${name}, line ${line}: ${what}`, { context: { path: name, line } });
}
