/** Formats' kit: a Helm chart as a file: what its Chart.yaml says of it, and whether that is what it is listed as. */

import semver from 'semver';
import { parseDocument } from 'yaml';
import { ChantalError } from '../../core/errors.js';
import { findInTarGz } from './tar-gz.js';

/** The layers of a chart in a registry (Helm's HIP 6). */
export const chartLayer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
export const provenanceLayer = 'application/vnd.cncf.helm.chart.provenance.v1.prov';

/** Helm itself reads no larger one. */
const limits = { fileBytes: 5 * 1024 * 1024, archiveBytes: 256 * 1024 * 1024 } as const;

export interface ChartFile {
  /** Chart.yaml's keys. All scalars are texts, as they are written: `1.10` is no number. */
  readonly facts: Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string };
}

/** Reads no further than its Chart.yaml, which comes first in what `helm package` makes. @throws ChantalError E_METADATA when it is no chart */
export async function readChart(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<ChartFile> {
  const found = await findInTarGz(source, (path) => /^[^/]+\/Chart\.yaml$/.test(path), limits);
  if (found === 'cut') throw noChart('ends before its Chart.yaml');
  if (found === 'damaged') throw noChart('is no gzipped tar archive');
  if (found === 'absent') throw noChart('holds no Chart.yaml');
  if (found === 'too-large') throw noChart('unpacks to more than a chart can sensibly be');
  return parseChart(found.bytes);
}

/** Is it one that a chart may have, and a tag be taken for? */
export function isChartVersion(text: string): boolean {
  return parseVersion(text) !== undefined;
}

/** A chart under another name or version is an old one passed off as a new one, or a mix-up. @throws ChantalError E_METADATA */
export function assertListed({ facts }: ChartFile, listed: { readonly name: string; readonly version: string }): void {
  if (facts.name === listed.name && isSameVersion(facts.version, listed.version)) return;
  throw new ChantalError('E_METADATA', 'the chart is another one than it is listed as', {
    context: { expected: `${listed.name} ${listed.version}`, found: `${facts.name} ${facts.version}` },
  });
}

/**
 * As Helm sorts: semantic versions, `v1.2` is `1.2.0`. What is none comes before all of those, in the order of its letters. Versions
 * that differ in their build only are told apart.
 */
export function compareChartVersions(a: string, b: string): number {
  const [first, second] = [parseVersion(a), parseVersion(b)];
  if (first !== undefined && second !== undefined) return comparePrecise(first, second) || byText(a, b);
  if (first === undefined && second === undefined) return byText(a, b);
  return first === undefined ? -1 : 1;
}

function isSameVersion(a: string, b: string): boolean {
  const [first, second] = [parseVersion(a), parseVersion(b)];
  return a === b || (first !== undefined && second !== undefined && comparePrecise(first, second) === 0);
}

/** The library's own function of this kind forgets builds of what was parsed loosely. */
function comparePrecise(a: semver.SemVer, b: semver.SemVer): number {
  return a.compare(b) || a.compareBuild(b);
}

function parseVersion(text: string): semver.SemVer | undefined {
  const exact = semver.parse(text, { loose: true });
  if (exact !== null) return exact;
  const short = /^v?(\d{1,15})(?:\.(\d{1,15}))?((?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)$/.exec(text);
  if (short === null) return undefined;
  return semver.parse(`${Number(short[1])}.${Number(short[2] ?? 0)}.0${short[3] ?? ''}`, { loose: true }) ?? undefined;
}

function parseChart(bytes: Buffer): ChartFile {
  const document = parseDocument(bytes.toString(), { schema: 'failsafe', logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) throw noChart(`has a Chart.yaml that is no YAML (${error.message.split('\n')[0]})`);
  let facts: unknown;
  try {
    facts = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw noChart('has a Chart.yaml with more aliases than can be meant', cause);
  }
  const { name, version } = (typeof facts === 'object' && facts !== null ? facts : {}) as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || typeof version !== 'string') throw noChart('has a Chart.yaml without name or version');
  return { facts: facts as ChartFile['facts'] };
}

function noChart(why: string, cause?: unknown): ChantalError {
  return new ChantalError('E_METADATA', `the file ${why}`, cause === undefined ? {} : { cause });
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
