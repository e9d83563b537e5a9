/** Operations: a package's directory in a catalog, read: what is whole is used, what is not is named. */

import { posix } from 'node:path';
import { metadataName, parseFileName } from '../../catalog/file-names.js';
import type { LintInput } from '../../catalog/lint.js';
import { parseArtifact, parseMetadata, type CatalogProblem } from '../../catalog/parse.js';
import type { CatalogArtifact, Metadata } from '../../catalog/schema.js';
import { digestOf } from '../../core/digest.js';
import type { SmallFiles } from '../../core/small-files.js';

export interface ExporterDirectory extends LintInput {
  /** Of the artifact files, names and bytes. */
  readonly inputs: string;
}

export async function readExporter(files: SmallFiles, catalogDir: string, exporter: string): Promise<ExporterDirectory> {
  const directory = posix.join(catalogDir, exporter);
  const artifacts = new Map<string, CatalogArtifact>();
  const problems: CatalogProblem[] = [];
  const strays: string[] = [];
  const inputs: string[] = [];
  let metadata: Metadata | undefined;
  for (const name of (await files.list(directory)).files) {
    const path = `${exporter}/${name}`;
    const key = parseFileName(name);
    if (key === undefined && name !== metadataName) {
      strays.push(path);
      continue;
    }
    const bytes = await files.read(posix.join(directory, name));
    // Removed since it was listed.
    if (bytes === undefined) continue;
    const parsed = key === undefined ? parseMetadata(bytes, path) : parseArtifact(bytes, path, key);
    if (key !== undefined) inputs.push(`${name} ${digestOf(bytes)}`);
    if ('problem' in parsed) problems.push(parsed.problem);
    else if (isArtifact(parsed.value)) artifacts.set(path, parsed.value);
    else metadata = parsed.value;
  }
  return { exporter, artifacts, ...(metadata === undefined ? {} : { metadata }), problems, strays, inputs: digestOf(inputs.join('\n')) };
}

function isArtifact(value: CatalogArtifact | Metadata): value is CatalogArtifact {
  return 'artifact_type' in value;
}
