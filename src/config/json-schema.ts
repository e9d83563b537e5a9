/** Config: the JSON Schemas of the files, for editors and for the reference: made of the schemas that check them. */

import { z } from 'zod';
import { policiesSchema } from './policies.js';
import { globalSchema, repositorySchema, type ConfigFormat } from './schema.js';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

export interface ConfigJsonSchemas {
  readonly 'conf.d': JsonSchema;
  readonly 'repos.d': JsonSchema;
  readonly 'policies.d': JsonSchema;
}

/** Draft 7, which YAML language servers know best. What goes across keys (either this or that) is checked by `config check` only. */
export function configJsonSchema(formats: readonly ConfigFormat[]): ConfigJsonSchemas {
  const [first, ...others] = formats.map(repositorySchema);
  if (first === undefined) throw new Error('no format is registered');
  return {
    'conf.d': toJsonSchema(globalSchema, 'A file of conf.d'),
    'repos.d': toJsonSchema(z.discriminatedUnion('type', [first, ...others]), 'A file of repos.d'),
    'policies.d': toJsonSchema(policiesSchema, 'A file of policies.d'),
  };
}

function toJsonSchema(schema: z.ZodType, title: string): JsonSchema {
  return { title: `Chantal: ${title}`, ...z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) };
}
