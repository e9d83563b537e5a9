/** Operations: looks through a catalog directory for what is wrong with it. Changes nothing. */

import { findingKinds, lintExporter, type LintFinding } from '../../catalog/lint.js';
import { ChantalError } from '../../core/errors.js';
import type { SmallFiles } from '../../core/small-files.js';
import { readExporter } from './read-directory.js';

export interface LintResult {
  readonly catalogDir: string;
  readonly exporters: number;
  /** Files that could be read. */
  readonly artifacts: number;
  /** Each kind of finding, those without any too. */
  readonly counts: Readonly<Record<LintFinding['kind'], number>>;
  readonly findings: readonly LintFinding[];
}

/** @throws E_USAGE when there is no package in it */
export async function lintDirectory(files: SmallFiles, catalogDir: string, compareVersions: (a: string, b: string) => number): Promise<LintResult> {
  const { directories } = await files.list(catalogDir);
  if (directories.length === 0) {
    throw new ChantalError('E_USAGE', `${catalogDir} holds no catalog`, { hint: 'Name the directory with one directory for each package.', context: { path: catalogDir } });
  }
  const findings: LintFinding[] = [];
  let artifacts = 0;
  for (const name of directories) {
    const found = await readExporter(files, catalogDir, name);
    artifacts += found.artifacts.size;
    findings.push(...lintExporter(found, compareVersions));
  }
  const counts = Object.fromEntries(findingKinds.map((kind) => [kind, findings.filter((finding) => finding.kind === kind).length])) as LintResult['counts'];
  return { catalogDir, exporters: directories.length, artifacts, counts, findings };
}
