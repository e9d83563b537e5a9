/** Catalog: the JSON Schemas of its files, for other people's programs: made of the schemas that check ours. */

import { z } from 'zod';
import { catalogIndexSchema, catalogSchema, debArtifactSchema, dockerArtifactSchema, metadataSchema, rpmArtifactSchema } from './schema.js';

const shipped = {
  'rpm-artifact': [rpmArtifactSchema, 'catalog/<name>/rpm_<arch>_<dist>.json'],
  'deb-artifact': [debArtifactSchema, 'catalog/<name>/deb_<arch>_<dist>.json'],
  'docker-artifact': [dockerArtifactSchema, 'catalog/<name>/docker.json'],
  'metadata': [metadataSchema, 'catalog/<name>/metadata.json'],
  'catalog': [catalogSchema, 'catalog.json'],
  'catalog-index': [catalogIndexSchema, 'catalog/index.json'],
} as const;

export type CatalogSchemaName = keyof typeof shipped;

export function catalogJsonSchemas(): Readonly<Record<CatalogSchemaName, z.core.JSONSchema.BaseSchema>> {
  const schemas = Object.entries(shipped).map(([name, [schema, title]]) => [
    name, { title: `Chantal: ${title}`, ...z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) },
  ]);
  return Object.fromEntries(schemas) as Record<CatalogSchemaName, z.core.JSONSchema.BaseSchema>;
}
