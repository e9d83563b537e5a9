/** Operations: the catalog of a version: only what changed is described anew, the rest is carried over from the version before. */

import { aggregate } from '../../catalog/aggregate.js';
import { indexName, isExporterName } from '../../catalog/file-names.js';
import { entryOf, makeCatalog, makeIndex } from '../../catalog/indexes.js';
import { projectPackages, type CatalogPackage } from '../../catalog/project.js';
import { renderDocument } from '../../catalog/render.js';
import type { CatalogEntry } from '../../catalog/schema.js';
import type { App } from '../../core/app.js';
import { catalogDirectory, catalogIndexPath, catalogKind, isCatalogPath } from '../../core/catalog.js';
import { forEachConcurrent } from '../../core/for-each-concurrent.js';
import type { Format } from '../../core/format.js';
import type { Blob } from '../../core/ports.js';
import type { RelativePath } from '../../core/relative-path.js';
import type { StoredArtifact, StoredFile } from '../../core/repository.js';
import type { CatalogSettings } from '../../core/settings.js';
import { openHistory } from './first-seen.js';

export interface ProjectionRequest {
  /** undefined: there shall be none. */
  readonly settings: CatalogSettings | undefined;
  readonly format: Format;
  /** The format's, of the repository. */
  readonly options: unknown;
  readonly artifacts: readonly StoredArtifact[];
  /** Listed by upstream, and not to be had. */
  readonly failed: readonly Omit<CatalogPackage, 'sizeBytes' | 'attributes'>[];
  /** Everything else in the tree. */
  readonly files: readonly StoredFile[];
  /** Of the version before; empty: there is none, or it was made by other rules. */
  readonly before: readonly StoredFile[];
  /** Names under which something differs from it; undefined: everything is described anew. */
  readonly changedNames: ReadonlySet<string> | undefined;
  /** The moment of what came now, where packages themselves do not say: ISO. */
  readonly now: string;
  put(bytes: Uint8Array): Promise<Blob>;
}

export interface ProjectedCatalog {
  readonly files: readonly StoredFile[];
  readonly warnings: readonly string[];
}

const none: ProjectedCatalog = { files: [], warnings: [] };

const noDates: ReadonlyMap<string, string> = new Map();

/** More at once only waits for the disk. */
const writesAtOnce = 8;

export async function projectVersion(app: App, request: ProjectionRequest): Promise<ProjectedCatalog> {
  const { settings, format, artifacts, files } = request;
  const language = format.catalog;
  if (settings === undefined || language === undefined) return none;
  const taken = [...artifacts, ...files].find(({ path }) => isCatalogPath(path) || path === catalogDirectory);
  if (taken !== undefined) return { files: [], warnings: [`no catalog is published: upstream has files of its own in its place (${taken.path})`] };

  const before = await readBefore(app, request);
  const entries = new Map(before?.entries);
  const kept = before === undefined ? [] : keptFiles(request, before.names);
  const made: StoredFile[] = [];
  const put = async (path: string, value: object): Promise<void> => {
    const { digest, sizeBytes } = await request.put(renderDocument(value));
    made.push({ path: path as RelativePath, kind: catalogKind, digest, sizeBytes, hashNamed: false });
  };
  const packages = groupByName(request, before?.names);
  const unnamable: string[] = [];
  const history = openHistory(app, request.before);
  const compareVersions = (a: string, b: string): number => format.compareVersions(a, b);
  for (const name of before?.names ?? []) entries.delete(name);
  await forEachConcurrent([...packages], writesAtOnce, async ([name, some]) => {
    if (!isExporterName(name)) {
      unnamable.push(name);
      return;
    }
    const isDated = some.every((item) => language.facts(item, request.options)?.builtAt !== undefined);
    const seen = isDated ? noDates : await history.read(name);
    const projected = projectPackages(name, some, {
      language,
      options: request.options,
      compareVersions,
      firstSeen: ({ digest = '' }) => seen.get(digest) ?? request.now,
      ...(settings.dist === undefined ? {} : { dist: settings.dist }),
    });
    if (projected.size === 0) return;
    for (const [fileName, artifact] of projected) await put(`${catalogDirectory}/${name}/${fileName}`, artifact);
    entries.set(name, entryOf(aggregate({ exporter: name, artifacts: [...projected.values()], compareVersions }), `${catalogDirectory}/`));
  });
  const catalog = makeCatalog(entries.values());
  await put(catalogIndexPath, catalog);
  await put(`${catalogDirectory}/${indexName}`, makeIndex(catalog));
  return { files: [...kept, ...made], warnings: unnamable.sort().map((name) => `no catalog file is made for ${JSON.stringify(name)}: it cannot be the name of a directory there`) };
}

interface Before {
  readonly names: ReadonlySet<string>;
  readonly entries: readonly (readonly [string, CatalogEntry])[];
}

/** undefined: there is nothing to carry over. */
async function readBefore(app: App, { changedNames, before }: ProjectionRequest): Promise<Before | undefined> {
  const index = before.find(({ path }) => path === catalogIndexPath);
  if (changedNames === undefined || index === undefined) return undefined;
  const { parseCatalog } = await import('../../catalog/parse.js');
  const parsed = parseCatalog(await app.pool.read(index.digest), index.path);
  return 'problem' in parsed ? undefined : { names: changedNames, entries: parsed.value.exporters.map((entry) => [entry.name, entry] as const) };
}

function keptFiles({ before }: ProjectionRequest, changed: ReadonlySet<string>): readonly StoredFile[] {
  return before.filter(({ path }) => {
    const [top, name = '', file] = path.split('/');
    return top === catalogDirectory && file !== undefined && !changed.has(name);
  });
}

function groupByName({ artifacts, failed }: ProjectionRequest, wanted: ReadonlySet<string> | undefined): ReadonlyMap<string, readonly CatalogPackage[]> {
  const byName = new Map<string, CatalogPackage[]>();
  const add = (item: CatalogPackage): void => {
    if (wanted?.has(item.name) === false) return;
    const known = byName.get(item.name);
    if (known === undefined) byName.set(item.name, [item]);
    else known.push(item);
  };
  for (const artifact of artifacts) add(artifact);
  for (const item of failed) add({ ...item, sizeBytes: 0, attributes: {} });
  return byName;
}
