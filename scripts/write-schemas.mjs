#!/usr/bin/env node
/** Scripts: writes schemas/*.schema.json and docs/configuration.md from the built schemas (`npm run build` first). */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogJsonSchemas } from '../dist/src/catalog/json-schemas.js';
import { configJsonSchema } from '../dist/src/config/json-schema.js';
import { renderReference } from '../dist/src/config/reference.js';
import { definitionJsonSchemas } from '../dist/src/definitions/json-schemas.js';
import { formats } from '../dist/src/formats/all.js';
import { indexJsonSchemas } from '../dist/src/formats/index/json-schemas.js';
import { projectRoot } from './lib/steps.mjs';

const schemas = configJsonSchema(formats);
mkdirSync(join(projectRoot, 'schemas'), { recursive: true });
for (const [name, schema] of Object.entries({ ...schemas, ...catalogJsonSchemas(), ...definitionJsonSchemas(), ...indexJsonSchemas() })) {
  writeFileSync(join(projectRoot, 'schemas', `${name}.schema.json`), `${JSON.stringify(schema, undefined, 2)}\n`);
}
writeFileSync(join(projectRoot, 'docs', 'configuration.md'), renderReference(schemas));
console.log('schemas/*.schema.json, docs/configuration.md');
