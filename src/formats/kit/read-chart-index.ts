/** Formats' kit: index.yaml → charts. What Helm itself passes over is left out here, and told; what is hostile is refused. Pure. */

import { parseChecksum } from '../../core/digest.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import { locatorAttribute } from '../../core/locator.js';
import type { Artifact } from '../../core/repository.js';
import { placeChart } from './chart-place.js';
import { readIndexLines, type RawRecord } from './chart-index-lines.js';
import { readEntry, type ChartEntry } from './chart-record.js';

export interface ChartList {
  /** By name and version, each once: the first counts, as for clients. */
  readonly charts: readonly Artifact[];
  /** Nothing had to be left out, each chart lies in the tree under the address that the index says, and has a digest. */
  readonly isPublishable: boolean;
  readonly warnings: readonly string[];
}

/** Charts depend on no machine. */
export const chartArch = 'noarch';

const namePattern = /^[A-Za-z0-9][\w.-]*$/;
const versionPattern = /^[A-Za-z0-9][\w.+~-]*$/;

/** @throws ChantalError E_METADATA, E_METADATA_PATH naming the line */
export function readIndex(bytes: Buffer, address: string | undefined): ChartList {
  const charts = new Map<string, Artifact>();
  const left = { incomplete: 0, repeated: 0, silent: 0 };
  let isPublishable = true;
  for (const record of readIndexLines(bytes).records) {
    const entry = located(record, () => readEntry(record));
    const { name, version, urls: [url] } = entry;
    if (name === undefined || version === undefined || url === undefined) {
      left.incomplete += 1;
      continue;
    }
    const key = `${name} ${version}`;
    if (charts.has(key)) {
      left.repeated += 1;
      continue;
    }
    located(record, () => { assertNames(record, name, version); });
    const { path, locator, isPlain } = located(record, () => placeChart(url, { name, version }, address));
    if (entry.digest === undefined) left.silent += 1;
    if (!isPlain || entry.urls.length !== 1 || entry.digest === undefined) isPublishable = false;
    charts.set(key, {
      path, name, version, arch: chartArch,
      ...(entry.digest === undefined ? {} : { checksum: located(record, () => parseChecksum('sha256', entry.digest!.replace(/^sha256:/, ''))) }),
      attributes: { ...(entry.deprecated ? { deprecated: 'true' } : {}), ...(locator === undefined ? {} : { [locatorAttribute]: locator }) },
    });
  }
  return { charts: [...charts.values()], isPublishable: isPublishable && left.incomplete + left.repeated === 0, warnings: warn(left) };
}

/** The records of charts, by name and version; of several the first. */
export function indexRecords(bytes: Buffer, isWanted: (key: string) => boolean): { readonly records: ReadonlyMap<string, RawRecord>; readonly generated: string | undefined } {
  const lines = readIndexLines(bytes);
  const records = new Map<string, RawRecord>();
  for (const record of lines.records) {
    const { name, version }: ChartEntry = located(record, () => readEntry(record));
    const key = `${name} ${version}`;
    if (isWanted(key) && !records.has(key)) records.set(key, record);
  }
  return { records, generated: lines.topLevel('generated')?.replace(/^(["'])(.*)\1$/, '$2') };
}

function assertNames({ key }: RawRecord, name: string, version: string): void {
  const fault = name !== key ? `stands below ${JSON.stringify(key.slice(0, 100))}` : !namePattern.test(name) ? 'has a name that no chart may have'
    : !versionPattern.test(version) ? 'has a version that no file could be named after' : undefined;
  if (fault !== undefined) throw new ChantalError('E_METADATA', `the chart ${JSON.stringify(`${name} ${version}`.slice(0, 200))} ${fault}`);
}

/** Says which line of the index it is about. */
function located<T>({ lineNumber }: RawRecord, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isChantalError(error) ? error.within({ path: 'index.yaml', line: lineNumber }) : error;
  }
}

function warn({ incomplete, repeated, silent }: Readonly<Record<'incomplete' | 'repeated' | 'silent', number>>): readonly string[] {
  return [
    ...(incomplete === 0 ? [] : [`index.yaml has ${incomplete} records without name, version or address: they are left out, as Helm does`]),
    ...(repeated === 0 ? [] : [`index.yaml has ${repeated} versions more than once: the first counts, as for Helm`]),
    ...(silent === 0 ? [] : [`index.yaml has ${silent} charts without a digest: nobody vouches for them; what comes first is what counts from then on`]),
  ];
}
