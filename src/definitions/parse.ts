/** Definitions: the bytes of a file → the definitions in it, and what is wrong with each. Pure. */

import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { z } from 'zod';
import type { ValidationSettings } from '../core/git-settings.js';
import { formatKey, type KeyPath } from '../core/key-path.js';
import type { Deprecation, DefinitionFinding, ResourceDefinition } from '../core/resources.js';
import { digestDefinition } from './digest.js';
import { createMatcher, type Match } from './match.js';
import { checkPolicies } from './policies.js';
import { checkRules } from './rules.js';
import { apiVersion, identitySchema, kind, looseSchema, namePattern, strictSchema, versionPattern } from './schema.js';

/** Nobody writes more by hand. */
export const fileLimitBytes = 256 * 1024;
const maxDocuments = 100;
const maxNodes = 50_000;
const maxDepth = 64;
const maxFindings = 50;

export interface ParsedDefinition {
  readonly document: number;
  readonly definition: ResourceDefinition;
  readonly digest: string;
  readonly deprecation?: Omit<Deprecation, 'at'>;
  /** Of the house's rules: refusals, or warnings where policies are not enforced. */
  readonly faults: readonly DefinitionFinding[];
  /** Of the operator's. */
  readonly violations: readonly DefinitionFinding[];
}

export interface InvalidDocument {
  readonly document: number;
  /** Where it says one that could be one. */
  readonly name?: string;
  readonly version?: string;
  readonly findings: readonly DefinitionFinding[];
}

export type ParsedDocument = ParsedDefinition | InvalidDocument;

export function isValid(parsed: ParsedDocument): parsed is ParsedDefinition {
  return 'definition' in parsed;
}

/** One for many files: what it holds costs more to make than a file to read. */
export type ParseFile = (bytes: Uint8Array) => readonly ParsedDocument[];

/** Never throws, whatever the bytes are. Documents of other kinds are none of ours, and left out. */
export function createParser(rules: ValidationSettings): ParseFile {
  const matches = createMatcher();
  return (bytes) => {
    if (bytes.length > fileLimitBytes) return [refuseFile(`is larger than ${fileLimitBytes / 1024} KiB`)];
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      return [refuseFile('is not valid UTF-8')];
    }
    return parseText(text, rules, matches);
  };
}

/** A file as a whole. */
export function refuseFile(message: string): InvalidDocument {
  return { document: 0, findings: [{ field: '', message }] };
}

function parseText(text: string, rules: ValidationSettings, matches: (pattern: string, text: string) => Match): readonly ParsedDocument[] {
  const lines = new LineCounter();
  let documents: readonly Document[];
  try {
    const parsed = parseAllDocuments(text, { prettyErrors: false, lineCounter: lines });
    documents = Array.isArray(parsed) ? parsed : [];
  } catch {
    return [refuseFile('is nested too deeply, or no YAML at all')];
  }
  if (documents.length > maxDocuments) return [refuseFile(`holds more than ${maxDocuments} documents`)];
  return documents.flatMap((document, index): readonly ParsedDocument[] => {
    const [fault] = document.errors;
    if (fault !== undefined) {
      const { line, col } = lines.linePos(fault.pos[0]);
      return [{ document: index, findings: [{ field: '', message: `not valid YAML, line ${line}, column ${col}: ${fault.message.replace(/:?\s*["`][\s\S]*$/, '').slice(0, 200)}` }] }];
    }
    const value = toJson(document);
    if (value === undefined) return [{ document: index, findings: [{ field: '', message: 'aliases and nesting make it too large' }] }];
    return isOurs(value) ? [parseDocument(value, index, rules, matches)] : [];
  });
}

/** undefined: there is more in it than anybody would write. */
function toJson(document: Document): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    let nodes = 0;
    const isSmall = (inner: unknown, depth: number): boolean => {
      nodes += 1;
      if (nodes > maxNodes || depth > maxDepth) return false;
      return typeof inner !== 'object' || inner === null || Object.values(inner).every((each) => isSmall(each, depth + 1));
    };
    return isSmall(value, 0) ? JSON.parse(JSON.stringify(value ?? null)) : undefined;
  } catch {
    return undefined;
  }
}

function isOurs(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { apiVersion: version, kind: found } = value as Readonly<Record<string, unknown>>;
  return found === kind || (typeof version === 'string' && version.startsWith(`${apiVersion.split('/', 1)[0]}/`));
}

function parseDocument(
  value: Readonly<Record<string, unknown>>, document: number, rules: ValidationSettings, matches: (pattern: string, text: string) => Match,
): ParsedDocument {
  const schema = !rules.checksSchema ? identitySchema : rules.isStrict ? strictSchema : looseSchema;
  const result = schema.safeParse(value, { error: explain });
  if (!result.success) return { document, ...claimOf(value), findings: result.error.issues.flatMap(toFindings).slice(0, maxFindings) };
  const whole = looseSchema.safeParse(value);
  const { deprecation, ...metadata } = value['metadata'] as ResourceDefinition['metadata'] & { readonly deprecation?: DeprecationText | null };
  const definition = complete(value, metadata);
  return {
    document,
    definition,
    digest: digestDefinition(definition),
    ...(deprecation === undefined || deprecation === null ? {} : { deprecation: readDeprecation(deprecation) }),
    faults: whole.success ? checkRules(whole.data, matches).slice(0, maxFindings) : [],
    violations: checkPolicies(value, rules.policies, matches).slice(0, maxFindings),
  };
}

interface DeprecationText {
  readonly since?: unknown;
  readonly sunset?: unknown;
  readonly replaced_by?: unknown;
  readonly message?: unknown;
}

/** Without the schema anything may stand there. */
function readDeprecation({ since, sunset, replaced_by: replacedBy, message }: DeprecationText): Omit<Deprecation, 'at'> {
  const isDate = (text: unknown): text is string => typeof text === 'string' && !Number.isNaN(Date.parse(text));
  return {
    ...(isDate(since) ? { since } : {}),
    ...(isDate(sunset) ? { sunset } : {}),
    ...(typeof replacedBy === 'string' ? { replacedBy } : {}),
    ...(typeof message === 'string' ? { message } : {}),
  };
}

/** As it was written; what the schema would have asked for and nobody asked for is empty. */
function complete(value: Readonly<Record<string, unknown>>, metadata: ResourceDefinition['metadata']): ResourceDefinition {
  const text = (each: unknown): string => (typeof each === 'string' ? each : '');
  const { spec } = value;
  const maintainers: unknown = metadata.maintainers;
  return {
    ...value,
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      provider: text(metadata.provider), category: text(metadata.category), resource_type: text(metadata.resource_type), description: text(metadata.description),
      maintainers: Array.isArray(maintainers) ? maintainers.filter((each) => typeof each === 'string') : [],
    },
    spec: typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? spec as ResourceDefinition['spec'] : {},
  };
}

/** Whose file it is, so that a version does not count as withdrawn because its file has a mistake. */
function claimOf(value: Readonly<Record<string, unknown>>): Pick<InvalidDocument, 'name' | 'version'> {
  const { name, version } = (value['metadata'] ?? {}) as { readonly name?: unknown; readonly version?: unknown };
  return {
    ...(typeof name === 'string' && namePattern.test(name) ? { name } : {}),
    ...(typeof version === 'string' && version.length <= 100 && versionPattern.test(version) ? { version } : {}),
  };
}

function toFindings(issue: z.core.$ZodIssue): readonly DefinitionFinding[] {
  const path = issue.path as KeyPath;
  if (issue.code !== 'unrecognized_keys') return [{ field: formatKey(path), message: issue.message }];
  return issue.keys.map((key) => ({ field: formatKey([...path, key.slice(0, 64)]), message: 'unknown field' }));
}

const typeNames: Readonly<Record<string, string>> = { string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'a block of keys', record: 'a block of keys' };

function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  if (issue.input === undefined) return 'is missing';
  const isScalar = ['number', 'boolean'].includes(typeof issue.input);
  return `must be ${typeNames[issue.expected] ?? issue.expected}${isScalar && issue.expected === 'string' ? ': put it in quotes' : ''}`;
}
