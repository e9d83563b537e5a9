/** Formats, rpm: regenerated metadata, the whole story: the kept packages' records, what belongs to them, a new repomd.xml over it all. */

import { ChantalError } from '../../../core/errors.js';
import { parseRelativePath } from '../../../core/relative-path.js';
import type { RenderedBlob, RenderIo, RenderRequest, RenderResult, RenderSource } from '../../../core/render.js';
import type { StoredFile } from '../../../core/repository.js';
import type { CompressedBlob } from '../../kit/compress.js';
import { collect } from '../../kit/decompress.js';
import { repomdPath } from '../repomd.js';
import { carryComps, carryRecords, carryTree, readSource } from './carry-over.js';
import { renderPackageList } from './package-lists.js';
import { renderPrimary } from './primary.js';
import { newEntry, renderRepomd, type RepomdEntry } from './repomd.js';
import { renderComps, renderModules, renderUpdateinfo, type RenderScope } from './side-files.js';

/**
 * See `Format.render`. Memory grows with the number of packages, not with what is said about them; primary, filelists and
 * other are read one after the other.
 * @throws ChantalError E_METADATA, E_METADATA_LIMIT, E_METADATA_PATH naming source and file
 */
export async function render({ sources, compressions, madeAt }: RenderRequest<unknown>, io: RenderIo): Promise<RenderResult> {
  assertPrimaries(sources);
  const compression = compressions[0] ?? 'gz';
  const entry = (kind: string, blob: CompressedBlob | undefined): readonly RepomdEntry[] =>
    blob === undefined ? [] : [newEntry(kind, `${kind}.xml`, compression, blob, madeAt)];

  const { blob, taken, nevras } = await renderPrimary(sources, compression, io);
  const filelists = await renderPackageList('filelists', sources, taken, compression, io);
  const other = await renderPackageList('other', sources, taken, compression, io);

  const scope: RenderScope = { sources, nevras, compression, madeAt, io };
  const updateinfo = await renderUpdateinfo(scope);
  const modules = await renderModules(scope);
  const read = await Promise.all(sources.map((source) => readSource(source, io)));
  const comps = carryComps(read);
  const joinedComps = comps.toJoin.length === 0 ? [] : await renderComps(comps.toJoin, scope);
  const carried = carryRecords(read);

  const entries = [
    ...entry('primary', blob), ...entry('filelists', filelists), ...entry('other', other),
    ...updateinfo, ...modules.entries, ...comps.entries, ...joinedComps, ...carried.entries,
  ];
  const tags = read.findLast(({ repomd }) => repomd.tags !== undefined)?.repomd.tags;
  const roots = await putRoots(Buffer.from(renderRepomd(entries, tags, madeAt)), madeAt, io);
  const tree = await Promise.all(carryTree(sources).map((file) => withRepomd(file, roots[0]!, io)));
  return {
    files: sortedByPath([...entries.map(({ file }) => file), ...roots, ...tree]),
    warnings: [...modules.warnings, ...carried.warnings],
  };
}

function assertPrimaries(sources: readonly RenderSource[]): void {
  const without = sources.find(({ files }) => !files.some(({ kind }) => kind === 'primary'));
  if (without === undefined && sources.length > 0) return;
  throw new ChantalError('E_METADATA', `${without?.origin ?? 'nothing'} has no primary metadata to draw from`);
}

/** repomd.xml first. */
async function putRoots(repomd: Buffer, madeAt: Date, io: RenderIo): Promise<readonly StoredFile[]> {
  const root = (path: string, kind: string, { digest, sizeBytes }: RenderedBlob): StoredFile =>
    ({ path: parseRelativePath(path), kind, digest, sizeBytes, hashNamed: false });
  const roots = [root(repomdPath, 'repomd', await io.put(repomd))];
  if (io.signer !== undefined) {
    roots.push(root(`${repomdPath}.asc`, 'repomd.asc', await io.put(Buffer.from(await io.signer.signDetached(repomd, madeAt)))));
  }
  return roots;
}

const treeinfoLimitBytes = 4 * 1024 * 1024;

/** A `.treeinfo` states the checksum of repomd.xml, and would be wrong about ours; the rest of it is upstream's. */
async function withRepomd(file: StoredFile, repomd: StoredFile, io: RenderIo): Promise<StoredFile> {
  if (file.kind !== 'treeinfo') return file;
  const text = (await collect(io.open(file), treeinfoLimitBytes)).toString('latin1');
  const changed = text.replaceAll(/^(\s*repodata\/repomd\.xml\s*[=:]\s*)\w+:[0-9a-f]+/gim, (_, before: string) => `${before}sha256:${repomd.digest}`);
  if (changed === text) return file;
  const { digest, sizeBytes } = await io.put(Buffer.from(changed, 'latin1'));
  return { ...file, digest, sizeBytes };
}

/** Each path once: a file may have been named under two types. */
function sortedByPath(files: readonly StoredFile[]): readonly StoredFile[] {
  return [...new Map(files.map((file) => [file.path as string, file])).values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
