/** Config: one repository file: its type chooses the schema, the schema says what is wrong. */

import type { ConfigFile } from './config-file.js';
import { nearest } from './known-keys.js';
import { isRecord } from './merge.js';
import type { ConfigProblem } from './problem.js';
import { commonSchema, repositorySchema, type ConfigFormat, type RepositoryConfig } from './schema.js';
import { findProblems, validate } from './validate.js';

/** A format with the schema of its repository files: made once, it checks hundreds of them. */
export interface RepositoryType {
  readonly format: ConfigFormat;
  readonly schema: ReturnType<typeof repositorySchema>;
}

export function toRepositoryTypes(formats: readonly ConfigFormat[]): readonly RepositoryType[] {
  return formats.map((format) => ({ format, schema: repositorySchema(format) }));
}

export type FoundRepository =
  | { readonly config: RepositoryConfig; readonly format: ConfigFormat; readonly problems: readonly ConfigProblem[] }
  | { readonly config?: never; readonly problems: readonly ConfigProblem[] };

/** @param value the file's value, without its empty blocks */
export function findRepository(file: ConfigFile, value: unknown, types: readonly RepositoryType[]): FoundRepository {
  if (value === undefined && file.problems.length > 0) return { problems: [] };
  if (value === undefined) return { problems: [file.problem([], 'is empty: a repository needs at least name, type and upstream.url')] };
  if (!isRecord(value)) return { problems: [file.problem([], 'must be a block of keys: name, type, upstream …')] };
  const { type } = value;
  const known = types.find(({ format }) => format.name === type);
  if (known === undefined) {
    const { findings } = validate(commonSchema, value, 'repository', file.shown);
    return { problems: [file.problem(['type'], explainType(type, types.map(({ format }) => format.name))), ...findProblems(file, findings)] };
  }
  const { value: config, findings } = validate(known.schema, value, 'repository', file.shown);
  if (findings !== undefined) return { problems: findProblems(file, findings) };
  return { config, format: known.format, problems: [] };
}

function explainType(type: unknown, known: readonly string[]): string {
  if (type === undefined) return `is missing: one of ${known.join(', ')}`;
  const near = typeof type === 'string' ? nearest(type, known) : undefined;
  return `must be one of ${known.join(', ')}, found ${JSON.stringify(type)}${near === undefined ? '' : ` (nearest: ${near})`}`;
}
