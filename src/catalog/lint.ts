/** Catalog: what is wrong with a catalog, whoever wrote it. Pure. */

import { aggregate } from './aggregate.js';
import type { CatalogProblem } from './parse.js';
import type { CatalogArtifact, Metadata } from './schema.js';
import { artifactTypes } from './vocabulary.js';

export const findingKinds = [
  'unreadable', 'unknown-version', 'legacy', 'empty-url', 'empty-metadata', 'mixed-versions', 'wrong-aggregate', 'missing-aggregate', 'stray-file',
] as const;

export interface LintFinding {
  readonly kind: (typeof findingKinds)[number];
  readonly path: string;
  readonly message: string;
}

/** One package's directory. */
export interface LintInput {
  readonly exporter: string;
  /** By `<exporter>/<file>`, sorted. */
  readonly artifacts: ReadonlyMap<string, CatalogArtifact>;
  readonly metadata?: Metadata;
  /** Files that cannot be read. */
  readonly problems: readonly CatalogProblem[];
  /** Files that are none of the catalog's. */
  readonly strays: readonly string[];
}

const kindOf = { legacy: 'legacy', version: 'unknown-version', malformed: 'unreadable' } as const;

export function lintExporter({ exporter, artifacts, metadata, problems, strays }: LintInput, compareVersions: (a: string, b: string) => number): readonly LintFinding[] {
  return [
    ...problems.map(({ path, kind, message }) => ({ kind: kindOf[kind], path, message })),
    ...strays.map((path) => ({ kind: 'stray-file' as const, path, message: 'is no file of a catalog' })),
    ...[...artifacts].flatMap(([path, artifact]) => lintArtifact(path, artifact)),
    ...lintVersions(exporter, [...artifacts.values()]),
    ...lintAggregate(exporter, [...artifacts.values()], metadata, compareVersions),
  ];
}

function lintArtifact(path: string, artifact: CatalogArtifact): readonly LintFinding[] {
  if (artifact.artifact_type === 'docker' || artifact.status !== 'success') return [];
  const told = artifact.artifact_type === 'rpm' ? artifact.rpm_metadata : artifact.deb_metadata;
  return [
    ...(artifact.package.url === '' ? [{ kind: 'empty-url' as const, path, message: 'does not say where the package is' }] : []),
    ...(Object.keys(told ?? {}).length === 0 ? [{ kind: 'empty-metadata' as const, path, message: `holds nothing in ${artifact.artifact_type}_metadata` }] : []),
  ];
}

/** What was left behind when the package got a new version. */
function lintVersions(exporter: string, artifacts: readonly CatalogArtifact[]): readonly LintFinding[] {
  const versions = [...new Set(artifacts.map(({ version }) => version))].sort();
  return versions.length < 2 ? [] : [{ kind: 'mixed-versions', path: exporter, message: `has files of ${versions.length} versions: ${versions.join(', ')}` }];
}

function lintAggregate(exporter: string, artifacts: readonly CatalogArtifact[], metadata: Metadata | undefined, compareVersions: (a: string, b: string) => number): readonly LintFinding[] {
  const path = `${exporter}/metadata.json`;
  if (artifacts.length === 0) return [];
  if (metadata === undefined) return [{ kind: 'missing-aggregate', path, message: 'is not there, or cannot be read' }];
  const right = aggregate({ exporter, artifacts, compareVersions });
  return artifactTypes.filter((type) => metadata.status[type] !== right.status[type]).map((type) => ({
    kind: 'wrong-aggregate', path, message: `says ${type}: ${metadata.status[type]}; its files say ${right.status[type]}`,
  }));
}
