/** Formats, index: what is published of one catalog, or of several: the index, the same with addresses of this mirror, templates, a Helm repository of the charts. */

import type { RenderIo, RenderRequest, RenderResult, RenderSource } from '../../core/render.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';
import type { StoredArtifact, StoredFile } from '../../core/repository.js';
import { readChart } from '../kit/chart-archive.js';
import { describeChart, renderChartIndex, type ChartRecord } from '../kit/chart-index.js';
import { collect } from '../kit/decompress.js';
import { makeServiceTemplate, renderManifest, templateName } from './manifests.js';
import type { IndexOptions } from './options.js';
import { maxIndexBytes, parseIndex, type Addon, type CatalogIndex } from './parse-index.js';
import { addonPath, chartArch, chartIndexPath, chartPath, mirrorIndexPath, templatePath } from './paths.js';

/** See `Format.render`. Of one catalog that is kept whole the index is upstream's, byte for byte. */
export async function render(request: RenderRequest<IndexOptions>, io: RenderIo): Promise<RenderResult> {
  const { sources, options } = request;
  const read = await Promise.all(sources.map(async (source) => readSource(source, io)));
  const index = mergeIndexes(read);
  const charts = [...new Map(read.flatMap(({ charts: some }) => some).map((chart) => [chart.path, chart])).values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  const files: StoredFile[] = [];
  const put = async (path: RelativePath, kind: string, bytes: Buffer): Promise<void> => {
    const { digest, sizeBytes } = await io.put(bytes);
    files.push({ path, kind, digest, sizeBytes, hashNamed: false });
  };
  const [only] = read;
  if (only !== undefined && read.length === 1 && only.isWhole) files.push(only.file);
  else await put(parseRelativePath(options.document), 'index', toJson(index));
  const mirrored = new Set<string>(charts.map(({ path }) => path));
  await put(mirrorIndexPath, 'mirror-index', toJson(rewriteAddresses(index, mirrored, options)));
  if (charts.length > 0) await put(chartIndexPath, 'chart-index', await renderCharts(charts, io));
  for (const [name, bytes] of templatesOf(index, options)) await put(templatePath(name), 'template', bytes);
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), warnings: [] };
}

/** What charts say of themselves; addresses are relative to their index. */
async function renderCharts(charts: readonly StoredArtifact[], io: RenderIo): Promise<Buffer> {
  const records: ChartRecord[] = [];
  for (const { name, version, digest, path } of charts) {
    const chart = await readChart(io.open({ digest }) as AsyncIterable<Uint8Array>);
    records.push({ name, version, digest, path: parseRelativePath(path.slice(path.indexOf('/') + 1)), text: describeChart(chart.facts) });
  }
  return Buffer.concat([...renderChartIndex(records, undefined)]);
}

interface ReadSource {
  readonly file: StoredFile;
  readonly index: CatalogIndex;
  /** Every add-on is kept. */
  readonly isWhole: boolean;
  readonly charts: readonly StoredArtifact[];
}

async function readSource({ files, kept, artifacts, origin }: RenderSource, io: RenderIo): Promise<ReadSource> {
  const file = files.find(({ kind }) => kind === 'index');
  if (file === undefined) throw new Error(`${origin} has no index`);
  const index = parseIndex(await collect(io.open(file), maxIndexBytes), file.path);
  const addons = index.addons.filter(({ name }) => kept.has(addonPath(name)));
  return { file, index: { ...index, addons }, isWhole: addons.length === index.addons.length, charts: artifacts.filter(({ arch }) => arch === chartArch) };
}

/** Add-ons of one name are the later catalog's; so are the fields of the index itself. */
function mergeIndexes(read: readonly ReadSource[]): CatalogIndex {
  const addons = new Map<string, Addon>();
  for (const { index } of read) for (const addon of index.addons) addons.set(addon.name, addon);
  return { ...read.at(-1)?.index, addons: [...addons.values()] } as CatalogIndex;
}

/** Relative to where this index is published: a mirror does not know under which names it is reached. */
function rewriteAddresses(index: CatalogIndex, mirrored: ReadonlySet<string>, { chartRepository }: IndexOptions): object {
  const rewriteChart = (chart: Addon['charts'][number]): object => {
    const isHere = chart.versions.length > 0 && chart.versions.every((version) => mirrored.has(chartPath(chart.name, version)));
    const { repository = chartRepository } = chart;
    return {
      ...chart,
      repository: isHere ? 'charts' : repository,
      ...(isHere ? { urls: chart.versions.map((version) => chartPath(chart.name, version)) } : {}),
      templates: chart.versions.map((version) => templatePath(templateName({ chart: chart.name, version }))),
    };
  };
  return { ...index, addons: index.addons.map((addon) => ({ ...addon, charts: addon.charts.map(rewriteChart) })) };
}

/** By name; several add-ons may list one chart. */
function templatesOf({ addons }: CatalogIndex, { chartRepository }: IndexOptions): ReadonlyMap<string, Buffer> {
  const templates = new Map<string, Buffer>();
  for (const { name: chart, versions, repository = chartRepository } of addons.flatMap(({ charts }) => charts)) {
    for (const version of versions) {
      templates.set(templateName({ chart, version }), renderManifest(makeServiceTemplate({ chart, version, repository })));
    }
  }
  return templates;
}

function toJson(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}
