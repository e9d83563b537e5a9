/** Definitions: the JSON Schema of a definition, for editors and other people's programs: made of the schema that checks ours. */

import { z } from 'zod';
import { strictSchema } from './schema.js';

export function definitionJsonSchemas(): { readonly 'resource-definition': z.core.JSONSchema.BaseSchema } {
  return { 'resource-definition': { title: 'Chantal: a definition of a resource', ...z.toJSONSchema(strictSchema, { io: 'input', target: 'draft-7' }) } };
}
