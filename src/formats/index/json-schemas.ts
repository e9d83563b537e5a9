/** Formats, index: the JSON Schema of an index, for other people's programs: made of the schema that checks ours. */

import { z } from 'zod';
import { indexSchema } from './parse-index.js';

export function indexJsonSchemas(): Readonly<Record<'k0rdent-index', z.core.JSONSchema.BaseSchema>> {
  return { 'k0rdent-index': { title: 'Chantal: index.json of a catalog', ...z.toJSONSchema(indexSchema, { io: 'input', target: 'draft-7' }) } };
}
