/** Operations: sums up a catalog directory: metadata.json of each package, and the two indexes. Artifact files are read, never written. */

import { posix } from 'node:path';
import { aggregate, type Manifest } from '../../catalog/aggregate.js';
import { indexName, isExporterName, metadataName } from '../../catalog/file-names.js';
import { entryOf, makeCatalog, makeIndex } from '../../catalog/indexes.js';
import { parseCatalog, type CatalogProblem } from '../../catalog/parse.js';
import { renderDocument } from '../../catalog/render.js';
import type { CatalogEntry, Metadata } from '../../catalog/schema.js';
import { digestOf } from '../../core/digest.js';
import { forEachConcurrent } from '../../core/for-each-concurrent.js';
import type { SmallFiles } from '../../core/small-files.js';
import { readExporter } from './read-directory.js';

export interface Aggregated {
  /** undefined: there is no artifact file of it, and no manifest. */
  readonly metadata: Metadata | undefined;
  readonly problems: readonly CatalogProblem[];
}

export type CompareVersions = (a: string, b: string) => number;

export interface Aggregator {
  /** From what lies there now; remembered as long as the files are the same bytes. */
  aggregate(exporter: string, manifest?: Manifest): Promise<Aggregated>;
}

/** @param remembered of so many packages the last sum is */
export function openAggregator(files: SmallFiles, catalogDir: string, compareVersions: CompareVersions, remembered = Number.POSITIVE_INFINITY): Aggregator {
  const known = new Map<string, { readonly inputs: string; readonly result: Aggregated }>();
  return {
    async aggregate(exporter, manifest) {
      const { artifacts, problems, inputs: fileInputs } = await readExporter(files, catalogDir, exporter);
      const inputs = digestOf(JSON.stringify([fileInputs, manifest === undefined ? null : { ...manifest, enabled: [...manifest.enabled].sort() }]));
      const before = known.get(exporter);
      if (before?.inputs === inputs) return before.result;
      const isEmpty = artifacts.size === 0 && manifest === undefined;
      const metadata = isEmpty ? undefined : aggregate({
        exporter, artifacts: [...artifacts.values()], inputs: `sha256:${inputs}`, compareVersions, ...(manifest === undefined ? {} : { manifest }),
      });
      // Its own aggregate is no input: that it was broken is mended by writing it.
      const result = { metadata, problems: problems.filter(({ path }) => path !== `${exporter}/${metadataName}`) };
      known.delete(exporter);
      known.set(exporter, { inputs, result });
      const oldest = known.keys().next();
      if (known.size > remembered && oldest.done !== true) known.delete(oldest.value);
      return result;
    },
  };
}

export interface AggregateOptions {
  readonly catalogDir: string;
  /** Where catalog.json goes; index.json lies in the directory itself. */
  readonly indexPath: string;
  /** Only these have changed since the indexes were written; undefined: all are looked at. */
  readonly exporters?: ReadonlySet<string>;
  readonly manifests?: ReadonlyMap<string, Manifest>;
  readonly compareVersions: CompareVersions;
  /** Whether each file is on disk when this returns; otherwise the caller flushes. */
  readonly isDurable: boolean;
}

export interface AggregateResult {
  readonly exporters: number;
  /** Files that were not as they should be. */
  readonly written: readonly string[];
  readonly problems: readonly CatalogProblem[];
}

const atOnce = 8;

/** What cannot be read is told of, and the rest goes on. */
export async function aggregateDirectory(files: SmallFiles, options: AggregateOptions): Promise<AggregateResult> {
  const { catalogDir, indexPath, isDurable } = options;
  const written: string[] = [];
  const problems: CatalogProblem[] = [];
  const write = async (path: string, value: object): Promise<void> => {
    if (await files.write(path, renderDocument(value), isDurable)) written.push(path);
  };
  await files.sweep(catalogDir);
  const prefix = `${posix.relative(posix.dirname(indexPath), catalogDir)}/`.replace(/^\/$/, '');
  const before = options.exporters === undefined ? undefined : await readEntries(files, indexPath);
  const entries = new Map<string, CatalogEntry>(before);
  const names = before === undefined
    ? new Set([...(await files.list(catalogDir)).directories, ...options.manifests?.keys() ?? []])
    : options.exporters ?? new Set();
  const aggregator = openAggregator(files, catalogDir, options.compareVersions);
  await forEachConcurrent([...names], atOnce, async (exporter) => {
    if (!isExporterName(exporter)) {
      problems.push({ path: exporter, kind: 'malformed', message: 'is no name for a directory of a catalog' });
      return;
    }
    const { metadata, problems: found } = await aggregator.aggregate(exporter, options.manifests?.get(exporter));
    problems.push(...found);
    const path = posix.join(catalogDir, exporter, metadataName);
    if (metadata !== undefined) {
      await write(path, metadata);
      entries.set(exporter, entryOf(metadata, prefix));
    } else {
      entries.delete(exporter);
      if (found.length === 0 && await files.remove(path)) written.push(path);
    }
  });
  const catalog = makeCatalog(entries.values());
  await write(indexPath, catalog);
  await write(posix.join(catalogDir, indexName), makeIndex(catalog));
  problems.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { exporters: entries.size, written: written.sort(), problems };
}

/** undefined: there is none that can be gone on from. */
async function readEntries(files: SmallFiles, path: string): Promise<ReadonlyMap<string, CatalogEntry> | undefined> {
  const bytes = await files.read(path);
  const parsed = bytes === undefined ? undefined : parseCatalog(bytes, path);
  if (parsed === undefined || 'problem' in parsed) return undefined;
  return new Map(parsed.value.exporters.map((entry) => [entry.name, entry]));
}
