/** Catalog: all artifact files of a package → its metadata.json. Pure; the files are the truth, this only sums them up. */

import type { CatalogArtifact, DebArtifact, DockerArtifact, Leaf, Metadata, RpmArtifact } from './schema.js';
import { formatVersion, type ArtifactType, type Status } from './vocabulary.js';

/** What is wanted of a package, where somebody says so: its `manifest.yaml`. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly category?: string;
  readonly description?: string;
  /** Types that are made; the others are `na`, whatever files there are. */
  readonly enabled: ReadonlySet<ArtifactType>;
}

export interface AggregateInput {
  readonly exporter: string;
  readonly artifacts: readonly CatalogArtifact[];
  readonly manifest?: Manifest;
  readonly inputs?: string;
  compareVersions(a: string, b: string): number;
}

/** A package of which nothing is known: what has no date is as old as time. */
export const beginningOfTime = '1970-01-01T00:00:00Z';
export const unknownCategory = 'Unspecified';

export function aggregate({ exporter, artifacts, manifest, inputs, compareVersions }: AggregateInput): Metadata {
  const rpm = artifacts.filter((artifact): artifact is RpmArtifact => artifact.artifact_type === 'rpm');
  const deb = artifacts.filter((artifact): artifact is DebArtifact => artifact.artifact_type === 'deb');
  const docker = artifacts.find((artifact): artifact is DockerArtifact => artifact.artifact_type === 'docker');
  const statusOf = (type: ArtifactType): Status => {
    if (manifest?.enabled.has(type) === false) return 'na';
    const found = artifacts.filter(({ artifact_type: its }) => its === type).map(({ status }) => status);
    return found.length === 0 && manifest !== undefined ? 'pending' : combine(found);
  };
  const status = { rpm: statusOf('rpm'), deb: statusOf('deb'), docker: statusOf('docker') };
  const newest = newestOf(artifacts, compareVersions);
  const told = describe(artifacts, newest);
  return {
    format_version: formatVersion,
    exporter,
    version: newest ?? manifest?.version ?? 'unknown',
    category: manifest?.category ?? told.category,
    description: manifest?.description ?? told.description,
    last_updated: artifacts.map(({ build_date: date }) => date).reduce(later, beginningOfTime),
    artifacts: {
      rpm: status.rpm === 'na' ? {} : leavesOf(rpm),
      deb: status.deb === 'na' ? {} : leavesOf(deb),
      docker: docker === undefined || status.docker === 'na' ? { status: status.docker } : dockerLeaf(docker),
    },
    status,
    ...(inputs === undefined ? {} : { inputs }),
  };
}

/** One success is a success; else what is still to come; failed only where all that was tried failed. */
export function combine(found: readonly Status[]): Status {
  return (['success', 'pending', 'failed'] as const).find((status) => found.includes(status)) ?? 'na';
}

/** Times may have different zones and fractions. */
export function later(a: string, b: string): string {
  const difference = Date.parse(a) - Date.parse(b);
  return difference > 0 || (difference === 0 && a >= b) ? a : b;
}

/** Of what can be had, or else of what cannot. */
function newestOf(artifacts: readonly CatalogArtifact[], compareVersions: AggregateInput['compareVersions']): string | undefined {
  const had = artifacts.filter(({ status }) => status === 'success');
  const versions = (had.length > 0 ? had : artifacts).map(({ version }) => version);
  return versions.reduce<string | undefined>((newest, version) => (newest === undefined || compareVersions(version, newest) > 0 ? version : newest), undefined);
}

/** In the order of the files, as one of the newest version says it. */
function describe(artifacts: readonly CatalogArtifact[], newest: string | undefined): { readonly category: string; readonly description: string } {
  const ordered = [...artifacts.filter(({ version }) => version === newest), ...artifacts];
  const first = (pick: (artifact: CatalogArtifact) => string | undefined): string | undefined => {
    for (const artifact of ordered) {
      const value = pick(artifact);
      if (value !== undefined && value !== '') return value;
    }
    return undefined;
  };
  return {
    category: first((one) => (one.artifact_type === 'rpm' ? one.rpm_metadata?.group : one.artifact_type === 'deb' ? one.deb_metadata?.section : undefined)) ?? unknownCategory,
    description: first((one) => (one.artifact_type === 'rpm' ? one.rpm_metadata?.summary : one.artifact_type === 'deb' ? one.deb_metadata?.description : undefined)) ?? '',
  };
}

function leavesOf(artifacts: readonly (RpmArtifact | DebArtifact)[]): Record<string, Record<string, Leaf>> {
  const byDist: Record<string, Record<string, Leaf>> = {};
  const sorted = [...artifacts].sort((a, b) => order(a.dist, b.dist) || order(a.arch, b.arch));
  for (const { dist, arch, status, package: file, build_date: date, version } of sorted) {
    (byDist[dist] ??= {})[arch] = { status, url: file.url, size_bytes: file.size_bytes, sha256: file.sha256, build_date: date, version };
  }
  return byDist;
}

function dockerLeaf({ status, image, images, build_date: date, version }: DockerArtifact): Record<string, unknown> & { status: Status } {
  const first = image ?? images?.[0];
  return { status, ...first, ...(images === undefined ? {} : { images }), build_date: date, version };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
