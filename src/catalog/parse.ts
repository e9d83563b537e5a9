/** Catalog: bytes → checked values. A file that cannot be read is named, with the reason; it never keeps others from being read. */

import type { z } from 'zod';
import { fileNameOf, type ArtifactKey } from './file-names.js';
import { catalogSchema, debArtifactSchema, dockerArtifactSchema, metadataSchema, rpmArtifactSchema, type Catalog, type CatalogArtifact, type Metadata } from './schema.js';
import { formatVersion } from './vocabulary.js';

export interface CatalogProblem {
  readonly path: string;
  /** `legacy`: of before there were format versions. `version`: of a later one. `malformed`: anything else that is wrong with it. */
  readonly kind: 'legacy' | 'version' | 'malformed';
  readonly message: string;
}

export type Parsed<T> = { readonly value: T } | { readonly problem: CatalogProblem };

const schemas = { rpm: rpmArtifactSchema, deb: debArtifactSchema, docker: dockerArtifactSchema } as const;

/** @param path `<exporter>/<file>`, as the key says it should be */
export function parseArtifact(bytes: Uint8Array, path: string, key: ArtifactKey): Parsed<CatalogArtifact> {
  const parsed = parse<CatalogArtifact>(bytes, path, schemas[key.type]);
  if ('problem' in parsed) return parsed;
  const { value } = parsed;
  const isAt = value.artifact_type === 'docker' ? 'docker.json' : fileNameOf({ type: value.artifact_type, arch: value.arch, dist: value.dist });
  const expected = `${value.exporter}/${isAt}`;
  return path === expected ? parsed : problem(path, 'malformed', `says that it is ${expected}`);
}

export function parseMetadata(bytes: Uint8Array, path: string): Parsed<Metadata> {
  return parse(bytes, path, metadataSchema);
}

export function parseCatalog(bytes: Uint8Array, path: string): Parsed<Catalog> {
  return parse(bytes, path, catalogSchema);
}

function parse<T>(bytes: Uint8Array, path: string, schema: z.ZodType<T>): Parsed<T> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (error) {
    return problem(path, 'malformed', `is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return problem(path, 'malformed', 'is not a JSON object');
  const stated: unknown = (json as Record<string, unknown>)['format_version'];
  if (stated === undefined) return problem(path, 'legacy', 'has no format_version: it was written before format 3.0');
  if (stated !== formatVersion) return problem(path, 'version', `has format_version ${JSON.stringify(stated)}; ${formatVersion} is what is understood here`);
  const checked = schema.safeParse(json);
  if (checked.success) return { value: checked.data };
  const [first] = checked.error.issues;
  return problem(path, 'malformed', `${first?.path.join('.') ?? ''}: ${first?.message ?? 'is wrong'}`);
}

function problem(path: string, kind: CatalogProblem['kind'], message: string): { readonly problem: CatalogProblem } {
  return { problem: { path, kind, message: message.slice(0, 300) } };
}
