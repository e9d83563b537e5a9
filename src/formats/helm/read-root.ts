/** Formats, helm: what a repository offers: its index.yaml, or, of a registry, the tags of the charts that are asked for. */

import { digestOf } from '../../core/digest.js';
import { ChantalError } from '../../core/errors.js';
import type { Reader } from '../../core/format.js';
import { formatOciLocator, locatorAttribute, parseLocator, parseOci, placeOf } from '../../core/locator.js';
import type { Artifact, Manifest, Root, WantedFile } from '../../core/repository.js';
import { chartLayer, isChartVersion, provenanceLayer } from '../kit/chart-archive.js';
import { indexPath } from '../kit/chart-index.js';
import { provenanceOf, publishedPath } from '../kit/chart-place.js';
import type { HelmOptions } from './options.js';
import { chartArch, readIndex } from '../kit/read-chart-index.js';

/** The largest public ones have 20 MB. */
export const indexLimitBytes = 128 * 1024 * 1024;
export const indexKind = 'index';

export async function readRoot(reader: Reader, options: HelmOptions): Promise<Root> {
  if (reader.address?.startsWith('oci://') === true) return readTags(reader, reader.address, options);
  const index = await reader.readRoot(indexPath);
  if (index === undefined) {
    throw new ChantalError('E_UPSTREAM_MISSING', 'upstream has no index.yaml', { hint: 'upstream.url is the directory that holds index.yaml of a Helm repository.', context: { path: indexPath } });
  }
  const { digest, sizeBytes } = index;
  return { fingerprint: digest, stored: [{ path: indexPath, kind: indexKind, digest, sizeBytes, hashNamed: false }], signedBy: [], dates: {}, warnings: [] };
}

export async function readManifest(reader: Reader, root: Root, options: HelmOptions): Promise<Manifest> {
  const [index] = root.stored;
  if (index === undefined) {
    const charts = (root.carried ?? []) as readonly Artifact[];
    return { artifacts: charts, stored: [], wanted: wantedWith(charts, options), warnings: [], mode: 'regenerated' };
  }
  const { charts, isPublishable, warnings } = readIndex(await reader.readAll(index, indexLimitBytes), reader.address);
  return { artifacts: charts, stored: [], wanted: wantedWith(charts, options), warnings, ...(isPublishable ? {} : { mode: 'regenerated' as const }) };
}

/** Tags may be moved: what each of them names is part of what is offered. */
async function readTags(reader: Reader, base: string, { charts }: HelmOptions): Promise<Root> {
  const artifacts: Artifact[] = [];
  for (const chart of charts) {
    const repository = parseLocator(`${base.replace(/\/+$/, '')}/${chart}`);
    const address = parseOci(repository);
    const tags = await reader.listTags(repository, (tag) => isChartVersion(versionOf(tag)));
    if (tags === undefined) {
      throw new ChantalError('E_UPSTREAM_MISSING', `the registry has no ${chart}`, { hint: 'Correct helm.charts: the names are those below upstream.url.', context: { url: repository } });
    }
    const name = chart.slice(chart.lastIndexOf('/') + 1);
    for (const { tag, digest } of tags) {
      const version = versionOf(tag);
      artifacts.push({
        path: publishedPath(name, version), name, version, arch: chartArch,
        attributes: { [locatorAttribute]: formatOciLocator({ ...address, tag, digest, mediaType: chartLayer }) },
      });
    }
  }
  return { fingerprint: digestOf(JSON.stringify(artifacts)), stored: [], signedBy: [], dates: {}, warnings: [], carried: artifacts };
}

/** Tags have no `+`: Helm writes `_` (HIP 6). */
function versionOf(tag: string): string {
  return tag.replaceAll('_', '+');
}

function wantedWith(charts: readonly Artifact[], { hasProvenance }: HelmOptions): readonly WantedFile[] {
  return hasProvenance ? charts.map(provenanceFile) : [];
}

function provenanceFile(chart: Artifact): WantedFile {
  const place = placeOf(chart);
  const source = place.startsWith('oci://') ? formatOciLocator({ ...parseOci(place), mediaType: provenanceLayer })
    : place === chart.path ? provenanceOf(chart.path) : parseLocator(place.replace(/(\?|$)/, '.prov$1'));
  return {
    kind: 'provenance', sources: [source], published: [{ path: provenanceOf(chart.path), hashNamed: false }], presence: 'optional', companionOf: chart.path,
  };
}
