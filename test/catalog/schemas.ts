/** Test support: the JSON Schemas as they are shipped, and a validator that is not ours. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { CatalogSchemaName } from '../../src/catalog/json-schemas.js';

const ajv: Ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false });
void formats.default(ajv);
const validators = new Map<string, ValidateFunction>();

/** What is wrong with a document, by the schema file of that name; empty: nothing. */
export function faultsOf(name: CatalogSchemaName, document: unknown): readonly string[] {
  const validate = validators.get(name) ?? ajv.compile(JSON.parse(readFileSync(join(import.meta.dirname, `../../schemas/${name}.schema.json`), 'utf8')) as object);
  validators.set(name, validate);
  void validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** By its path below the root of a tree: `catalog.json`, `catalog/bash/rpm_amd64_el9.json`. */
export function schemaOf(path: string): CatalogSchemaName {
  if (path === 'catalog.json') return 'catalog';
  if (path === 'catalog/index.json') return 'catalog-index';
  const file = /^catalog\/[^/]+\/(?:(rpm|deb|docker)(?:_[^/]*)?|(metadata))\.json$/.exec(path);
  if (file?.[2] !== undefined) return 'metadata';
  if (file?.[1] !== undefined) return `${file[1]}-artifact` as CatalogSchemaName;
  throw new Error(`${path} is no file of a catalog`);
}
