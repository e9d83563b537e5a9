/** Formats, rpm: metadata that is taken over as it is, with the words its source's repomd.xml has for it. */

import type { RenderIo, RenderSource } from '../../../core/render.js';
import type { StoredFile } from '../../../core/repository.js';
import { collect } from '../../kit/decompress.js';
import { repomdLimitBytes } from '../repomd.js';
import { readSourceRepomd, type RepomdEntry, type SourceRepomd } from './repomd.js';
import { describe, filesOfKind, type SourceFile } from './sources.js';

export interface ReadSource {
  readonly source: RenderSource;
  readonly repomd: SourceRepomd;
}

/** With nothing where a source has no repomd.xml. */
export async function readSource(source: RenderSource, io: RenderIo): Promise<ReadSource> {
  const [from] = filesOfKind([source], 'repomd');
  if (from === undefined) return { source, repomd: { data: [], tags: undefined } };
  return { source, repomd: await readSourceRepomd(await collect(io.open(from.file), repomdLimitBytes), describe(from)) };
}

/** Of each type the records of the last source that has it. A file that is missing, or whose place is taken, is told. */
export function carryRecords(sources: readonly ReadSource[]): { readonly entries: readonly RepomdEntry[]; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const last = new Map<string, ReadSource>();
  for (const read of sources) {
    for (const { type } of read.repomd.data) if (isCarried(type)) last.set(type, read);
    if (read.repomd.data.some(({ type }) => isDelta(type))) {
      warnings.push(`${read.source.origin}: delta packages (prestodelta) are left out, for they lead to packages that may not be there`);
    }
  }
  const entries: RepomdEntry[] = [];
  for (const [type, read] of last) entries.push(...entriesOfType(type, read));
  return { entries: withoutClashes(entries, warnings), warnings };
}

/**
 * Where there is only one opinion about groups, in one source or the same in all, it is carried as it is.
 * @returns files to join, where there are several
 */
export function carryComps(sources: readonly ReadSource[]): { readonly entries: readonly RepomdEntry[]; readonly toJoin: readonly SourceFile[] } {
  const having = sources.map((read) => ({ read, entries: compsTypes.flatMap((type) => entriesOfType(type, read)) })).filter(({ entries }) => entries.length > 0);
  const opinions = new Set(having.map(({ entries }) => entries.map(({ file }) => file.digest).join()));
  if (opinions.size < 2) return { entries: having.at(-1)?.entries ?? [], toJoin: [] };
  return { entries: [], toJoin: having.map(({ read, entries }) => ({ source: read.source, file: entries[0]!.file })) };
}

/** `.treeinfo` and the images it names, of the last source that is a tree to install from. */
export function carryTree(sources: readonly RenderSource[]): readonly StoredFile[] {
  const last = sources.findLast(({ files }) => files.some(({ kind }) => kind === 'treeinfo'));
  return last?.files.filter(({ kind }) => kind === 'treeinfo' || kind === 'image') ?? [];
}

/** One file may be there under two types, and is found by its path. */
function entriesOfType(type: string, { source, repomd }: ReadSource): readonly RepomdEntry[] {
  return repomd.data.filter((data) => data.type === type).flatMap(({ path, element }) => {
    const file = source.files.find((known) => known.path === path);
    return file === undefined ? [] : [{ type, element, file }];
  });
}

const compsTypes = ['group', 'group_gz', 'group_xz', 'group_zst', 'group_bz2'] as const;
const renderedTypes = new Set<string>(['primary', 'filelists', 'other', 'updateinfo', 'modules', ...compsTypes]);

/** Databases and zchunk repeat what is rendered, for all of upstream's packages. */
function isCarried(type: string): boolean {
  return !renderedTypes.has(type) && !/_(?:db|zck)$/.test(type) && !isDelta(type);
}

function isDelta(type: string): boolean {
  return /^(?:prestodelta|deltainfo)(?:_zck)?$/.test(type);
}

/** Types of two sources may be kept in files of one name, unless those are called by their checksums. */
function withoutClashes(entries: readonly RepomdEntry[], warnings: string[]): readonly RepomdEntry[] {
  const byPath = new Map<string, RepomdEntry>();
  return entries.filter((entry) => {
    const before = byPath.get(entry.file.path);
    if (before === undefined) byPath.set(entry.file.path, entry);
    if (before === undefined || before.file.digest === entry.file.digest) return true;
    warnings.push(`${entry.type} is left out: another source's ${before.type} is at ${entry.file.path}`);
    return false;
  });
}
