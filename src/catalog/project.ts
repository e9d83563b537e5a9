/** Catalog: the packages of a version under one name → its artifact files. Pure: the same packages give the same bytes. */

import type { CatalogFacts, CatalogLanguage, DescribedPackage } from '../core/catalog.js';
import { fileNameOf, normalizeArch, toWord } from './file-names.js';
import { formatMoment } from './render.js';
import type { CatalogArtifact } from './schema.js';
import { formatVersion } from './vocabulary.js';

/** `digest`: its bytes are in the pool. Without: upstream lists it, and it could not be had. */
export type CatalogPackage = DescribedPackage & { readonly sizeBytes: number; readonly digest?: string };

export interface Projection {
  readonly language: CatalogLanguage;
  /** What the repository's section of the configuration says; undefined where it is not configured. */
  readonly options: unknown;
  /** Instead of what packages and repository say. */
  readonly dist?: string;
  compareVersions(a: string, b: string): number;
  /** When it came, where the package itself does not say when it was made. */
  firstSeen(item: CatalogPackage): string;
}

/** Rules of the projection: raised when the same packages give other files. */
export const projectionRules = 1;

/** By file name, sorted: of each type, architecture and distribution the newest that can be had. Nothing installable: none. */
export function projectPackages(name: string, packages: readonly CatalogPackage[], projection: Projection): ReadonlyMap<string, CatalogArtifact> {
  const newest = new Map<string, { readonly item: CatalogPackage; readonly dist: string; readonly facts: CatalogFacts }>();
  for (const item of packages) {
    const facts = projection.language.facts(item, projection.options);
    if (facts === undefined || facts.version === '') continue;
    for (const dist of distsOf(facts, projection)) {
      const key = fileNameOf({ type: projection.language.artifactType, arch: toWord(normalizeArch(item.arch)), dist });
      const known = newest.get(key);
      if (known === undefined || isBetter(item, known.item, projection)) newest.set(key, { item, dist, facts });
    }
  }
  const files = [...newest].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(files.map(([fileName, { item, dist, facts }]) => [fileName, describe(name, item, dist, facts, projection)]));
}

function distsOf({ dists }: CatalogFacts, { dist }: Projection): readonly string[] {
  if (dist !== undefined) return [dist];
  return dists.length === 0 ? ['any'] : [...new Set(dists.map(toWord))];
}

/** What can be had, then the newest, then the one whose path sorts first: no order of arrival decides. */
function isBetter(a: CatalogPackage, b: CatalogPackage, { compareVersions }: Projection): boolean {
  if ((a.digest === undefined) !== (b.digest === undefined)) return a.digest !== undefined;
  return (compareVersions(a.version, b.version) || (a.path < b.path ? 1 : -1)) > 0;
}

function describe(name: string, item: CatalogPackage, dist: string, facts: CatalogFacts, projection: Projection): CatalogArtifact {
  const { path, arch, digest, sizeBytes } = item;
  const { artifactType } = projection.language;
  const shared = {
    format_version: formatVersion,
    exporter: name,
    version: facts.version.replace(/^v(?=\d)/, ''),
    arch: toWord(normalizeArch(arch)),
    dist,
    build_date: formatMoment(new Date(facts.builtAt ?? projection.firstSeen(item))),
    status: digest === undefined ? 'failed' : 'success',
    package: { filename: path.slice(path.lastIndexOf('/') + 1), url: `../../${encodePath(path)}`, sha256: digest ?? '', size_bytes: digest === undefined ? 0 : sizeBytes },
  } as const;
  return artifactType === 'rpm'
    ? { ...inOrder('rpm', shared), rpm_metadata: facts.metadata }
    : { ...inOrder('deb', shared), deb_metadata: facts.metadata };
}

/** As the files are read: what it is before what it says. */
function inOrder<T extends string, S extends { readonly format_version: typeof formatVersion }>(type: T, { format_version: format, ...rest }: S) {
  return { format_version: format, artifact_type: type, ...rest } as { format_version: typeof formatVersion; artifact_type: T } & Omit<S, 'format_version'>;
}

/** Relative to `catalog/<name>/`: right wherever the tree is served. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
