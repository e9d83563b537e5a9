/** Definitions: what a `ResourceDefinition` may say. Pure. */

import { z } from 'zod';

export const apiVersion = 'catalog.nestor.io/v1';
export const kind = 'ResourceDefinition';

const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, { error: 'must be a word: letters, digits, ., _ and -, at most 63' });
const prose = z.string().min(1, { error: 'must not be empty' }).max(4000, { error: 'must be at most 4000 characters long' });
const inputType = z.enum(['string', 'integer', 'number', 'boolean', 'array', 'list', 'object', 'map'], { error: 'must be one of string, integer, number, boolean, array, list, object, map' });
const inputName = z.string().min(1, { error: 'must not be empty' }).max(100, { error: 'must be at most 100 characters long' });

/** SemVer 2.0.0, without a `v`: what the site's own grammar accepts. */
export const versionPattern = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$/;
/** DNS-1123. */
export const namePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const identity = {
  name: z.string().regex(namePattern, { error: 'must be lower-case letters, digits and -, at most 63, beginning and ending with a letter or digit' }).describe('DNS-1123.'),
  version: z.string().max(100, { error: 'must be at most 100 characters long' }).regex(versionPattern, { error: 'must be a semantic version such as 1.2.0, without a v' }).describe('Semantic version. Once published, its content never changes.'),
};

const date = z.string().refine((text) => /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text) && !Number.isNaN(Date.parse(text)), { error: 'must be a date such as 2026-12-31, or a time such as 2026-12-31T00:00:00Z' });

const validation = {
  pattern: z.string().max(1000, { error: 'must be at most 1000 characters long' }).optional().describe('A regular expression, for texts.'),
  min: z.number().optional().describe('The least value; of a text or a list, its least length.'),
  max: z.number().optional().describe('The greatest value, or length.'),
};

const texts = z.record(z.string().max(253), z.string().max(4000));
const names = z.array(z.string().min(1, { error: 'must not be empty' }).max(200)).max(200);

/** @param block makes a block of keys: one that refuses others, or one that keeps them */
function shapeOf(block: <S extends z.ZodRawShape>(shape: S) => z.ZodObject<S>) {
  const input = { name: inputName, type: inputType, description: prose, validation: block(validation).optional() };
  return block({
    apiVersion: z.literal(apiVersion, { error: `must be ${apiVersion}` }),
    kind: z.literal(kind),
    metadata: block({
      ...identity,
      provider: word.describe('Who provides it: `aws`.'),
      category: word.describe('`database`.'),
      resource_type: word.describe('`mysql`.'),
      description: prose,
      maintainers: z.array(z.string().min(1, { error: 'must not be empty' }).max(254)).min(1, { error: 'must name at least one' }).max(100).describe('E-mail addresses.'),
      labels: texts.optional(),
      annotations: texts.optional(),
      dependencies: names.optional().describe('Names of other resources.'),
      conflicts_with: names.optional().describe('Names of other resources.'),
      deprecation: block({
        since: date.optional(),
        sunset: date.optional().describe('From then on the version is retired.'),
        replaced_by: z.string().min(1).max(200).optional().describe('Another name, or version.'),
        message: prose.optional(),
      }).optional().describe('Does not belong to what never changes: it comes and goes.'),
    }),
    spec: block({
      supported_engines: z.array(word).min(1, { error: 'must name at least one' }).max(50),
      required_inputs: z.array(block(input)).max(500).default([]),
      optional_inputs: z.array(block({ ...input, default: z.unknown().optional() })).max(500).default([]),
      outputs: z.array(block({ name: inputName, type: inputType, description: prose })).max(500).default([]),
      engine_configs: z.record(word, z.record(z.string(), z.unknown())).default({}).describe('By engine.'),
      dependencies: names.optional(),
      conflicts_with: names.optional(),
    }),
  });
}

/** `strict_mode: true`. */
export const strictSchema = shapeOf((shape) => z.strictObject(shape));
export const looseSchema = shapeOf((shape) => z.looseObject(shape));

/** Without which nothing can be registered, whatever else is checked. */
export const identitySchema = z.looseObject({ apiVersion: z.literal(apiVersion, { error: `must be ${apiVersion}` }), kind: z.literal(kind), metadata: z.looseObject(identity) });

export type StrictDefinition = z.output<typeof strictSchema>;
export type InputDefinition = StrictDefinition['spec']['optional_inputs'][number];
