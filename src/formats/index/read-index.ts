/** Formats, index: from an index to what is mirrored of it: its add-ons, and on request its charts. */

import { ChantalError } from '../../core/errors.js';
import type { Reader } from '../../core/format.js';
import { formatOciLocator, locatorAttribute, parseLocator, parseOci } from '../../core/locator.js';
import { parseRelativePath } from '../../core/relative-path.js';
import { madeAttribute, type Artifact, type Manifest, type Root } from '../../core/repository.js';
import { chartLayer } from '../kit/chart-archive.js';
import { indexPath as chartIndexName } from '../kit/chart-index.js';
import { readIndex } from '../kit/read-chart-index.js';
import { addonArch, addonPath, chartArch, chartIndexPath, chartPath } from './paths.js';
import { normalizeAddon } from './normalize-addon.js';
import type { IndexOptions } from './options.js';
import { maxIndexBytes, parseIndex, type Addon, type CatalogIndex } from './parse-index.js';

/** One conditional request. The same bytes: nothing has changed, whatever the index says of its making. */
export async function readRoot(reader: Reader, { document }: IndexOptions): Promise<Root> {
  const path = parseRelativePath(document);
  const file = await reader.readRoot(path);
  if (file === undefined) {
    throw new ChantalError('E_UPSTREAM_MISSING', `fetch catalog index: upstream has no ${document}`, { hint: 'upstream.url must be the address of the index, or of its directory.', context: { path } });
  }
  return {
    fingerprint: file.digest,
    stored: [{ path, kind: 'index', digest: file.digest, sizeBytes: file.sizeBytes, hashNamed: false }],
    signedBy: [],
    dates: {},
    warnings: [],
  };
}

/** Metadata of our own making goes with it, so that the tree is `regenerated`; the index itself is published byte for byte. */
export async function readManifest(reader: Reader, { stored }: Root, options: IndexOptions): Promise<Manifest> {
  const file = stored.find(({ kind }) => kind === 'index');
  if (file === undefined) throw new Error('a root without an index');
  const index = parseIndex(await reader.readAll(file, maxIndexBytes), file.path);
  const warnings: string[] = [];
  const artifacts: Artifact[] = [];
  for (const addon of index.addons) artifacts.push(await makeAddon(reader, addon, options));
  if (options.hasCharts) artifacts.push(...await listCharts(reader, index, options, warnings));
  return { artifacts, stored: [], wanted: [], warnings, mode: 'regenerated' };
}

/** An add-on as a package: its bytes are what the index says of it, so that it changes only when that does. */
async function makeAddon(reader: Reader, addon: Addon, { document }: IndexOptions): Promise<Artifact> {
  const { digest, sizeBytes } = await reader.put(normalizeAddon(addon));
  return {
    path: addonPath(addon.name),
    name: addon.name,
    version: addon.charts[0]?.versions[0] ?? '0',
    arch: addonArch,
    checksum: { algorithm: 'sha256', hex: digest },
    sizeBytes,
    attributes: {
      [madeAttribute]: document,
      summary: addon.description,
      section: addon.supportType,
      tags: addon.metadata.tags.join(', '),
      ...(addon.deprecated ? { deprecated: 'true' } : {}),
    },
  };
}

interface WantedChart {
  readonly addon: string;
  readonly chart: string;
  readonly version: string;
  readonly appVersion: string;
}

/** Several add-ons may list one chart; it is mirrored once. Requests: for each chart its tags, and for each version its manifest's digest. */
async function listCharts(reader: Reader, index: CatalogIndex, { chartRepository }: IndexOptions, warnings: string[]): Promise<readonly Artifact[]> {
  if (reader.address === undefined) return readPublishedCharts(reader);
  const byRepository = new Map<string, Map<string, WantedChart[]>>();
  for (const addon of index.addons) {
    for (const { name, versions, appVersions, repository = chartRepository } of addon.charts) {
      const charts = byRepository.get(repository) ?? new Map<string, WantedChart[]>();
      byRepository.set(repository, charts);
      const wanted = charts.get(name) ?? [];
      charts.set(name, wanted);
      for (const [position, version] of versions.entries()) {
        if (!wanted.some((known) => known.version === version)) wanted.push({ addon: addon.name, chart: name, version, appVersion: appVersions[position] ?? '' });
      }
    }
  }
  const found: Artifact[] = [];
  for (const [repository, charts] of byRepository) {
    for (const [chart, wanted] of charts) found.push(...await findVersions(reader, repository, chart, wanted, warnings));
  }
  return assertOncePerPath(found);
}

/** A version that the registry lacks is left out and told of: the catalog lists it all the same. */
async function findVersions(reader: Reader, repository: string, chart: string, wanted: readonly WantedChart[], warnings: string[]): Promise<readonly Artifact[]> {
  if (!repository.startsWith('oci://')) return findPlainVersions(reader, repository, chart, wanted, warnings);
  const { registry, repository: path } = parseOci(`${repository.replace(/\/+$/, '')}/${chart}`);
  const byTag = new Map(wanted.map((version) => [tagOf(version.version), version]));
  const tags = await reader.listTags(formatOciLocator({ registry, repository: path }), (tag) => byTag.has(tag)) ?? [];
  const missing = wanted.filter(({ version }) => !tags.some(({ tag }) => tag === tagOf(version)));
  if (missing.length > 0) warnings.push(`${registry}/${path} lacks what the catalog lists: ${missing.map(({ version }) => version).join(', ')}`);
  return tags.flatMap(({ tag, digest }): Artifact[] => {
    const version = byTag.get(tag);
    if (version === undefined) return [];
    return [toArtifact(version, { [locatorAttribute]: formatOciLocator({ registry, repository: path, tag, digest, mediaType: chartLayer }) })];
  });
}

/** Tags know no plus. Source: Helm, as it pushes charts. */
function tagOf(version: string): string {
  return version.replaceAll('+', '_');
}

function toArtifact({ addon, chart, version, appVersion }: WantedChart, attributes: Readonly<Record<string, string>>): Artifact {
  return { path: chartPath(chart, version), name: chart, version, arch: chartArch, attributes: { ...attributes, addon, ...(appVersion === '' ? {} : { app_version: appVersion }) } };
}

/** A plain Helm repository says where its charts are, and vouches for them by sha256. One conditional request for each chart's repository. */
async function findPlainVersions(reader: Reader, repository: string, chart: string, wanted: readonly WantedChart[], warnings: string[]): Promise<readonly Artifact[]> {
  const base = repository.replace(/\/+$/, '');
  const file = await reader.readRoot(parseLocator(`${base}/${chartIndexName}`));
  const listed = file === undefined ? [] : readIndex(file.bytes, base).charts.filter(({ name }) => name === chart);
  const missing = wanted.filter(({ version }) => !listed.some((entry) => entry.version === version));
  if (missing.length > 0) warnings.push(`${base}/${chart} lacks what the catalog lists: ${missing.map(({ version }) => version).join(', ')}`);
  return wanted.flatMap((version): Artifact[] => {
    const entry = listed.find((each) => each.version === version.version);
    if (entry === undefined) return [];
    const { checksum, attributes } = entry;
    const locator = attributes[locatorAttribute] ?? parseLocator(`${base}/${entry.path.split('/').map(encodeURIComponent).join('/')}`);
    return [{ ...toArtifact(version, { [locatorAttribute]: locator }), ...(checksum === undefined ? {} : { checksum }) }];
  });
}

/** Of a published tree of ours. */
async function readPublishedCharts(reader: Reader): Promise<readonly Artifact[]> {
  const file = await reader.readRoot(chartIndexPath);
  if (file === undefined) return [];
  return readIndex(file.bytes, undefined).charts.map(({ name, version, checksum }) => ({
    path: chartPath(name, version), name, version, arch: chartArch, ...(checksum === undefined ? {} : { checksum }), attributes: {},
  }));
}

/** Two repositories may each have a chart of one name and version: the catalog would offer either under it. */
function assertOncePerPath(artifacts: readonly Artifact[]): readonly Artifact[] {
  const seen = new Map<string, Artifact>();
  for (const artifact of artifacts) {
    const other = seen.get(artifact.path);
    if (other !== undefined && other.attributes[locatorAttribute] !== artifact.attributes[locatorAttribute]) {
      throw new ChantalError('E_METADATA_PATH', `the catalog names two charts ${artifact.name} ${artifact.version}`, {
        context: { path: artifact.path, expected: other.attributes[locatorAttribute] ?? '', found: artifact.attributes[locatorAttribute] ?? '' },
      });
    }
    seen.set(artifact.path, artifact);
  }
  return [...seen.values()];
}
