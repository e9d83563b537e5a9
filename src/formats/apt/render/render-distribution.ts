/** Formats, apt: one distribution of a regenerated tree: its indexes filtered and united, the rest carried over, a new Release over it all. */

import type { Readable } from 'node:stream';
import { ChantalError } from '../../../core/errors.js';
import { parseRelativePath } from '../../../core/relative-path.js';
import type { RenderIo, RenderRequest } from '../../../core/render.js';
import type { StoredFile } from '../../../core/repository.js';
import { readStanzas } from '../../kit/deb822.js';
import { decompress } from '../../kit/decompress.js';
import { maxIndexBytes, readableSuffixes } from '../read-indexes.js';
import { filterContents } from './contents.js';
import { indexOf, suffixOf, type Index } from './index-files.js';
import type { DistributionPlan, Member } from './members.js';
import { selectCommands, selectComponent, selectTranslation } from './select-records.js';
import { selectPackage, selectSource } from './select-packages.js';
import { uniteRecords, type RecordSource, type Selected } from './unite-records.js';
import { writeIndex } from './write-index.js';
import { publishedFiles, writeRelease, type Listed } from './write-release.js';
import { readYamlDocuments } from './yaml-documents.js';

export interface DistributionRender {
  readonly request: Pick<RenderRequest<unknown>, 'compressions' | 'madeAt'>;
  readonly io: RenderIo;
  warn(message: string): void;
}

/** @throws ChantalError E_METADATA, E_METADATA_LIMIT, E_METADATA_PATH naming source and file */
export async function renderDistribution(plan: DistributionPlan, render: DistributionRender): Promise<readonly StoredFile[]> {
  const { distribution, members } = plan;
  const { indexes, carried } = sortFiles(members);
  const listed: Listed[] = [...carried];
  // Packages and Sources first: the lists beside them go by what those hold.
  const isPrimary = ({ index: { kind } }: IndexSources): boolean => kind === 'packages' || kind === 'sources';
  for (const sources of [...indexes.filter(isPrimary), ...indexes.filter((index) => !isPrimary(index))]) {
    listed.push(...await renderIndex(sources, render));
  }
  const releases = members.flatMap(({ release }) => release ?? []);
  const roots = await writeRelease(distribution, releases, listed, render.request.madeAt, render.io);
  return [...roots, ...publishedFiles(distribution, listed)];
}

/** An index, and who has it in which compressions. */
interface IndexSources {
  readonly index: Index;
  readonly holders: readonly { readonly member: Member; readonly variants: readonly StoredFile[] }[];
}

function sortFiles(members: readonly Member[]): { readonly indexes: readonly IndexSources[]; readonly carried: readonly Listed[] } {
  const indexes = new Map<string, { readonly index: Index; readonly holders: Map<Member, StoredFile[]> }>();
  const carried = new Map<string, Listed>();
  for (const member of members) {
    for (const [path, file] of member.files) {
      const index = indexOf(path, file.kind);
      if (index === undefined) {
        if (!describesOthers.has(file.kind)) carried.set(path, carry(path, file, member));
        continue;
      }
      const known = indexes.get(index.base) ?? { index, holders: new Map<Member, StoredFile[]>() };
      known.holders.set(member, [...known.holders.get(member) ?? [], file]);
      indexes.set(index.base, known);
    }
  }
  return {
    indexes: [...indexes.values()].map(({ index, holders }) => ({ index, holders: [...holders].map(([member, variants]) => ({ member, variants })) })),
    carried: [...carried.values()],
  };
}

/** Files among the translations that are none: i18n/Index holds checksums of those that are no more. */
const describesOthers: ReadonlySet<string> = new Set(['translation']);

/** Of several sources the last has it. Icons and installer images may be more than is needed; they are never wrong. */
function carry(path: string, { kind, digest, sizeBytes }: StoredFile, { release }: Member): Listed {
  const isListed = release === undefined || release.parsed.files.has(parseRelativePath(path));
  return { path, kind, digest, sizeBytes, isListed, isPublished: true };
}

async function renderIndex(sources: IndexSources, render: DistributionRender): Promise<readonly Listed[]> {
  const { index } = sources;
  const readable = sources.holders.flatMap(({ member, variants }) => {
    const file = readableSuffixes.flatMap((suffix) => variants.find((variant) => suffixOf(variant) === suffix) ?? [])[0];
    if (file === undefined) complainOfUnreadable(index, member, variants, render);
    return file === undefined ? [] : [{ member, file }];
  });
  if (readable.length === 0) return [];
  const { compressions } = render.request;
  const { variants, plain } = await writeIndex(filterIndex(index, readable, render), compressions.length === 0 ? ['gz'] : compressions, render.io);
  return [
    { path: index.base, kind: index.kind, ...plain, isListed: true, isPublished: false },
    ...variants.map(({ suffix, digest, sizeBytes }) => ({
      path: `${index.base}${suffix}`, kind: index.kind, digest, sizeBytes, isListed: true, isPublished: true,
    })),
  ];
}

type Holder = { readonly member: Member; readonly file: StoredFile };

function filterIndex(index: Index, holders: readonly Holder[], { io, warn }: DistributionRender): AsyncIterable<readonly Buffer[]> {
  const open = ({ file, member }: Holder): AsyncIterable<Buffer> => readPlain(io.open(file), file.path, member);
  if (index.kind === 'contents') {
    return filterContents(holders.map((holder) => ({ path: holder.file.path, read: () => open(holder), names: holder.member.packages.select(index).names })));
  }
  const read = index.kind === 'dep11' ? readYamlDocuments : readStanzas;
  return uniteRecords(holders.map((holder): RecordSource => ({
    read: () => read(open(holder), holder.file.path),
    select: selectorOf(index, holder, warn),
  })));
}

function selectorOf(index: Index, { member, file }: Holder, warn: (message: string) => void): (record: Buffer) => Selected | undefined {
  if (index.kind === 'packages') return (stanza) => selectPackage(stanza, index, file.path, member);
  if (index.kind === 'sources') return (stanza) => selectSource(stanza, index, file.path, member, warn);
  const selection = member.packages.select(index);
  if (index.kind === 'commands') return (stanza) => selectCommands(stanza, selection);
  if (index.kind === 'dep11') return (document) => selectComponent(document, selection);
  return (stanza) => selectTranslation(stanza, selection);
}

async function* readPlain(source: Readable, path: string, { state }: Member): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* decompress(source, path, { maxBytes: maxIndexBytes });
  } catch (error) {
    throw error instanceof ChantalError ? error.within({ repository: state.source.origin }) : error;
  }
}

/** Without Packages there is nothing to publish; a list beside them can be missed. */
function complainOfUnreadable(index: Index, { state }: Member, variants: readonly StoredFile[], { warn }: DistributionRender): void {
  const message = `${state.source.origin} has ${index.base} only in compressions that cannot be read here`;
  if (index.kind !== 'packages' && index.kind !== 'sources') {
    warn(`${message}: left out`);
    return;
  }
  throw new ChantalError('E_METADATA', message, {
    hint: 'Chantal reads gz, zst, xz, bz2 and uncompressed indexes; ask the repository\'s owner for one of them.',
    context: { path: index.base, found: variants.map(({ path }) => path).join(' ') },
  });
}
