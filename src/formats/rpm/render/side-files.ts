/** Formats, rpm: the metadata besides the packages' own: advisories, modules and groups, as far as the kept packages warrant. */

import { digestOf, type Digest } from '../../../core/digest.js';
import type { Compression, RenderIo, RenderSource } from '../../../core/render.js';
import type { XmlRecord } from '../../kit/xml-records.js';
import { localName } from '../../kit/xml-tags.js';
import { joinComps } from '../comps.js';
import { joinModules, readModules, type ModuleDocument } from '../modules.js';
import { keepPackages } from '../updateinfo.js';
import { oneAfterTheOther } from './primary.js';
import { newEntry, type RepomdEntry } from './repomd.js';
import { declareIn, ownDeclarations, renderRootTag } from './root-tag.js';
import { describe, filesOfKind, withDocuments, type OpenDocument, type SourceFile } from './sources.js';
import { writeRecords } from './write-records.js';

/** What everything in here is made with and for. */
export interface RenderScope {
  readonly sources: readonly RenderSource[];
  /** Full names of the packages that are published. */
  readonly nevras: ReadonlySet<string>;
  readonly compression: Compression;
  readonly madeAt: Date;
  readonly io: RenderIo;
}

/** Nothing where no advisory is left. What a later source repeats byte for byte is given once, repeated ids otherwise stay. */
export async function renderUpdateinfo({ sources, nevras, compression, madeAt, io }: RenderScope): Promise<readonly RepomdEntry[]> {
  const files = filesOfKind(sources, 'updateinfo');
  if (files.length === 0) return [];
  const given = new Map<Digest, RenderSource>();
  const { blob } = await withDocuments(io, files, 'updates', (documents, root) => {
    const take = async function* ({ from, root: own, records }: OpenDocument): AsyncGenerator<Buffer, void, undefined> {
      const declarations = ownDeclarations(own, root);
      for await (const { name, bytes } of records) {
        const kept = localName(name) === 'update' ? keepPackages(bytes, nevras, describe(from)) : bytes;
        if (kept === undefined || isGivenByAnother(kept, from.source, given)) continue;
        yield declareIn(kept, name, declarations);
      }
    };
    return writeRecords(io, compression, {
      head: `<?xml version="1.0" encoding="UTF-8"?>\n${renderRootTag(root)}\n`,
      records: oneAfterTheOther(documents, take),
      tail: `</${root.name}>\n`,
    }, (count) => count > 0);
  });
  return blob === undefined ? [] : [newEntry('updateinfo', 'updateinfo.xml', compression, blob, madeAt)];
}

/** Nothing where no module is left. */
export async function renderModules({ sources, nevras, compression, madeAt, io }: RenderScope): Promise<{ readonly entries: readonly RepomdEntry[]; readonly warnings: readonly string[] }> {
  const all: ModuleDocument[][] = [];
  for (const source of sources) {
    const documents: ModuleDocument[] = [];
    for (const from of filesOfKind([source], 'modules')) documents.push(...await readModules(io.open(from.file), describe(from)));
    all.push(documents);
  }
  const { documents, warnings } = joinModules(all, nevras);
  if (documents.length === 0) return { entries: [], warnings };
  const { blob } = await writeRecords(io, compression, { head: '', records: texts(documents), tail: '' }, () => true);
  return { entries: [newEntry('modules', 'modules.yaml', compression, blob!, madeAt)], warnings };
}

/** Groups of several sources, plain and as gzip like createrepo_c's: old clients take the one, new ones the other. */
export async function renderComps(files: readonly SourceFile[], { madeAt, io }: RenderScope): Promise<readonly RepomdEntry[]> {
  return withDocuments(io, files, 'comps', async (documents, root) => {
    const sources: XmlRecord[][] = [];
    for (const { records } of documents) {
      const elements: XmlRecord[] = [];
      for await (const element of records) elements.push(element);
      sources.push(elements);
    }
    const elements = joinComps(sources, files.map(describe).join(', '));
    const write = async (type: string, compression: 'none' | 'gz'): Promise<RepomdEntry> => {
      const { blob } = await writeRecords(io, compression, {
        head: `<?xml version="1.0" encoding="UTF-8"?>\n${renderRootTag(root)}\n`,
        records: indented(elements),
        tail: `</${root.name}>\n`,
      }, () => true);
      return newEntry(type, 'comps.xml', compression, blob!, madeAt);
    };
    return [await write('group', 'none'), await write('group_gz', 'gz')];
  });
}

/** Remembers who gave it first: what one source says twice stays twice. */
function isGivenByAnother(element: Buffer, source: RenderSource, given: Map<Digest, RenderSource>): boolean {
  const digest = digestOf(element);
  const giver = given.get(digest);
  if (giver === undefined) given.set(digest, source);
  return giver !== undefined && giver !== source;
}

async function* texts(documents: readonly ModuleDocument[]): AsyncGenerator<Buffer, void, undefined> {
  for (const { text } of documents) yield Buffer.from(text);
}

async function* indented(elements: readonly Buffer[]): AsyncGenerator<Buffer, void, undefined> {
  for (const element of elements) yield Buffer.concat([Buffer.from('  '), element]);
}
