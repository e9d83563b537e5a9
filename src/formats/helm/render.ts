/** Formats, helm: an index.yaml over the kept charts: upstream's records with our addresses, or what charts say of themselves. */

import type { RenderIo, RenderRequest, RenderResult, RenderSource } from '../../core/render.js';
import type { StoredArtifact, StoredFile } from '../../core/repository.js';
import { readChart } from '../kit/chart-archive.js';
import { describeChart, indexPath, renderChartIndex, type ChartRecord } from '../kit/chart-index.js';
import { collect } from '../kit/decompress.js';
import { provenanceOf } from '../kit/chart-place.js';
import type { HelmOptions } from './options.js';
import { indexRecords } from '../kit/read-chart-index.js';
import { indexKind, indexLimitBytes } from './read-root.js';
import { carryRecord } from '../kit/chart-record.js';

export async function render({ sources }: RenderRequest<HelmOptions>, io: RenderIo): Promise<RenderResult> {
  const records: ChartRecord[] = [];
  const companions: StoredFile[] = [];
  let generated: string | undefined;
  for (const source of sources) {
    const index = source.files.find(({ kind }) => kind === indexKind);
    const keys = new Set(source.artifacts.map(keyOf));
    const known = index === undefined ? undefined : indexRecords(await collect(io.open(index), indexLimitBytes), (key) => keys.has(key));
    generated = [generated, known?.generated].filter((date) => date !== undefined).sort().at(-1);
    for (const chart of source.artifacts) {
      const record = known?.records.get(keyOf(chart));
      const text = record === undefined ? await describe(chart, io) : carryRecord(record);
      records.push({ name: chart.name, version: chart.version, path: source.kept.get(chart.path)!, digest: chart.digest, text });
    }
    companions.push(...moveCompanions(source));
  }
  const sink = await io.sink();
  try {
    for (const chunk of renderChartIndex(unique(records), generated)) await sink.write(chunk);
    const files = new Map([[indexPath, { path: indexPath, kind: indexKind, ...await sink.finish(), hashNamed: false }], ...companions.map((file) => [file.path, file] as const)]);
    return { files: [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)), warnings: [] };
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

function keyOf({ name, version }: StoredArtifact): string {
  return `${name} ${version}`;
}

async function describe({ digest }: StoredArtifact, io: RenderIo): Promise<string> {
  const chart = await readChart(io.open({ digest }) as AsyncIterable<Uint8Array>);
  return describeChart(chart.facts);
}

/** Signatures go where their charts go. */
function moveCompanions({ files, kept }: RenderSource): readonly StoredFile[] {
  const signatures = new Map<string, StoredFile>(files.filter(({ kind }) => kind === 'provenance').map((file) => [file.path, file]));
  return [...kept].flatMap(([from, to]) => {
    const file = signatures.get(provenanceOf(from));
    return file === undefined ? [] : [{ ...file, path: provenanceOf(to) }];
  });
}

/** Sources of a merge may share a file: it is listed once. */
function unique(records: readonly ChartRecord[]): readonly ChartRecord[] {
  return [...new Map(records.map((record) => [record.path, record])).values()];
}
