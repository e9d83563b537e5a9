/** Formats, apt: the kept stanzas of Packages and Sources, as upstream wrote them but for where their files lie. */

import type { RelativePath } from '../../../core/relative-path.js';
import { createFieldPicker } from '../../kit/deb822.js';
import { parseStanzaPath, required, type StanzaPlace } from '../packages.js';
import { parseSource } from '../sources.js';
import type { Index } from './index-files.js';
import type { Member } from './members.js';
import type { Selected } from './unite-records.js';

const pick = createFieldPicker(['Package', 'Version', 'Architecture', 'Filename', 'Description-md5']);

/**
 * A stanza of Packages is kept when its file is. Remembers which it is, and that its file is described.
 * @throws ChantalError E_METADATA, E_METADATA_PATH naming package and index
 */
export function selectPackage(stanza: Buffer, index: Index, path: string, { state, packages }: Member): Selected | undefined {
  const [name, version, architecture, filename, description] = pick(stanza);
  const at: StanzaPlace = { index: { path }, package: [name, version].filter(Boolean).join(' ') || 'a package without a name' };
  const from = parseStanzaPath(required(filename, 'Filename', at), at);
  const to = state.source.kept.get(from);
  const known = { name: required(name, 'Package', at), version: required(version, 'Version', at), description };
  if (to === undefined) {
    packages.leaveOut(known);
    return undefined;
  }
  packages.add(index.component, index.part, required(architecture, 'Architecture', at), known);
  state.described.add(from);
  return { key: to, bytes: asStanza(to === from ? stanza : replaceField(stanza, 'Filename', to)) };
}

/**
 * A stanza of Sources is kept when all of its files are, and stay beside each other: one without its tarball cannot be unpacked.
 * Of a version that was left out a tarball may stay that another one shares; its .dsc is its own, and a warning is due where that stayed.
 * @throws ChantalError E_METADATA, E_METADATA_PATH naming package and index
 */
export function selectSource(
  stanza: Buffer, index: Index, path: string, { state, packages }: Member, warn: (message: string) => void,
): Selected | undefined {
  const files = parseSource(stanza, { path });
  const [{ name, version }] = files as readonly [typeof files[number], ...typeof files];
  const kept = files.filter((file) => state.source.kept.has(file.path));
  if (kept.length === 0) return undefined;
  for (const file of kept) state.described.add(file.path);
  const moved = files.map((file) => ({ from: file.path, to: state.source.kept.get(file.path) }));
  const directory = commonDirectory(moved);
  if (directory === undefined) {
    const absent = files.find((file) => !state.source.kept.has(file.path))?.path;
    const isMeant = absent !== undefined && !kept.some((file) => file.path.endsWith('.dsc'));
    const reason = absent === undefined ? 'its files do not stay together' : `for ${absent} is not kept`;
    if (!isMeant) warn(`${state.source.origin}: the source of ${name} ${version} is left out of ${path}, ${reason}`);
    return undefined;
  }
  packages.add(index.component, 'source', 'source', { name, version });
  const isUnmoved = moved.every(({ from, to }) => from === to);
  return { key: moved.map(({ to }) => to).sort().join('\n'), bytes: asStanza(isUnmoved ? stanza : replaceField(stanza, 'Directory', directory || '.')) };
}

/** Ends in one newline and the empty line that separates it from the next. */
export function asStanza(stanza: Buffer): Buffer {
  return Buffer.concat([stanza, stanza.at(-1) === 0x0a ? separator : endAndSeparator]);
}

const separator = Buffer.from('\n');
const endAndSeparator = Buffer.from('\n\n');

/** The first field of that name with its folded lines, which deb822.ts reads too; every other byte stays. */
function replaceField(stanza: Buffer, name: string, value: string): Buffer {
  const field = new RegExp(`^(${name}[ \\t]*:)[^\\r\\n]*(?:\\r?\\n[ \\t][^\\r\\n]*)*`, 'im');
  const encoded = Buffer.from(value, 'utf8').toString('latin1');
  return Buffer.from(stanza.toString('latin1').replace(field, (_, head: string) => `${head} ${encoded}`), 'latin1');
}

/** Where all of them lie under their own names; undefined where there is no such place. */
function commonDirectory(moved: readonly { readonly from: RelativePath; readonly to: RelativePath | undefined }[]): string | undefined {
  const directories = new Set<string | undefined>();
  for (const { from, to } of moved) directories.add(to !== undefined && baseName(to) === baseName(from) ? to.slice(0, -baseName(to).length - 1) : undefined);
  return directories.size === 1 ? [...directories][0] : undefined;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
