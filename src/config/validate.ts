/** Config: holds a value against a schema and says, in the user's words, what is wrong and where. */

import type { z } from 'zod';
import { formatKey, type KeyPath } from '../core/key-path.js';
import { isSecretKey, redactText } from '../core/redact.js';
import type { ConfigFile } from './config-file.js';
import { blockWith, knownKeys, nearest } from './known-keys.js';
import { isRecord } from './merge.js';
import { comesLater } from './not-yet.js';
import type { ConfigProblem } from './problem.js';

export interface Finding {
  readonly path: KeyPath;
  readonly message: string;
}

export type Validated<T> = { readonly value: T; readonly findings?: never } | { readonly value?: never; readonly findings: readonly Finding[] };

/** Code made for a schema pays where many values are held against it; a configuration is read once. */
const parsedOnce = { jitless: true } as const;

/**
 * @param shown how values from the environment may be shown, by dotted key
 */
export function validate<S extends z.ZodType>(schema: S, value: unknown, scope: 'global' | 'repository', shown: ConfigFile['shown']): Validated<z.output<S>> {
  const first = schema.safeParse(value, { error: explain, ...parsedOnce });
  // A number or a switch from the environment comes as text: it is read as one where one is due.
  const result = first.success ? first : schema.safeParse(readScalars(value, first.error.issues, shown), { error: explain, ...parsedOnce });
  if (result.success) return { value: result.data };
  const toFindings = (issue: z.core.$ZodIssue): readonly Finding[] => findingsOf(issue, { schema, value, scope, shown });
  return { findings: withoutConsequences(result.error.issues).flatMap(toFindings) };
}

/** Places the findings in their file. What a missing variable made wrong has been told already. */
export function findProblems(file: ConfigFile, findings: readonly Finding[] | undefined): readonly ConfigProblem[] {
  const told = new Set(file.problems.map(({ key }) => key));
  return (findings ?? []).filter(({ path }) => !told.has(formatKey(path))).map(({ path, message }) => file.problem(path, message));
}

/** A misspelt key is one error, not also the lack of the key that was meant. */
function withoutConsequences(issues: readonly z.core.$ZodIssue[]): readonly z.core.$ZodIssue[] {
  const misspelt = new Set(issues.filter(({ code }) => code === 'unrecognized_keys').map(({ path }) => formatKey(path as KeyPath)));
  return issues.filter(({ code, path }) => code !== 'custom' || !misspelt.has(formatKey(path as KeyPath)));
}

interface Subject {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly scope: 'global' | 'repository';
  readonly shown: ConfigFile['shown'];
}

function findingsOf(issue: z.core.$ZodIssue, subject: Subject): readonly Finding[] {
  const path = issue.path as KeyPath;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: explainUnknownKey([...path, key], subject) }));
  }
  if (issue.code === 'invalid_union') {
    const inner = meantVariant(issue);
    if (inner !== undefined) return inner.flatMap((each) => findingsOf({ ...each, path: [...issue.path, ...each.path] }, subject));
  }
  const isAboutValue = issue.code !== 'invalid_type' && issue.message.startsWith('must be ');
  return [{ path, message: isAboutValue ? `${issue.message}${describeFound(path, subject)}` : issue.message }];
}

/** Of a string-or-list the branch whose type fits, so that the error names the element. */
function meantVariant(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  return issue.errors.find((issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0));
}

function explainUnknownKey(path: KeyPath, { schema, value, scope }: Subject): string {
  if (comesLater(scope, formatKey(path))) return 'comes with a later release: take it out until then';
  const key = String(path.at(-1));
  if (scope === 'global' && path.length === 1 && ['repositories', 'settings'].includes(key)) {
    return 'belongs to a v1 file: chantal config migrate makes conf.d and repos.d of it';
  }
  const known = knownKeys(schema, path.slice(0, -1), value);
  const near = nearest(key, known);
  if (near !== undefined) return `unknown key (nearest valid key: ${near})`;
  const block = path.length === 1 ? blockWith(schema, key, value) : undefined;
  if (block !== undefined) return `unknown key here: it belongs below ${block}`;
  return `unknown key (valid here: ${known.length === 0 ? 'none' : known.join(', ')})`;
}

/** Short texts are shown as they stand in the file; secrets never are. */
function describeFound(path: KeyPath, { value, shown }: Subject): string {
  const found = path.reduce<unknown>((here, part) => (isRecord(here) || Array.isArray(here) ? (here as Record<string | number, unknown>)[part] : undefined), value);
  if (typeof found !== 'string' || isSecretPath(path)) return '';
  const plain = shown.get(formatKey(path)) ?? found;
  const text = /[@?]/.test(plain) ? redactText(plain) : plain;
  return `, found ${JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)}`;
}

/** Blocks that hold secrets besides what is none. */
const blocksNamedSo: readonly string[] = ['credentials', 'auth'];

/** Is the value at this place never shown? */
export function isSecretPath(path: KeyPath): boolean {
  return path.some((part) => typeof part === 'string' && !blocksNamedSo.includes(part) && isSecretKey(part)) || formatKey(path) === 'credentials.value';
}

function readScalars(value: unknown, issues: readonly z.core.$ZodIssue[], shown: ConfigFile['shown']): unknown {
  const due = issues.filter((issue) => issue.code === 'invalid_type' && shown.has(formatKey(issue.path as KeyPath)));
  return due.reduce((result, issue) => replaceAt(result, issue.path as KeyPath, readScalar), value);
}

function readScalar(text: unknown): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return typeof text === 'string' && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function replaceAt(value: unknown, path: KeyPath, change: (old: unknown) => unknown): unknown {
  const [part, ...rest] = path;
  if (part === undefined) return change(value);
  return isRecord(value) ? { ...value, [part]: replaceAt(value[part], rest, change) } : value;
}

/** Wording for what the schema itself says nothing of. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is missing';
      return `must be ${article(issue.expected)}, not ${issue.expected === 'int' && typeof issue.input === 'number' ? issue.input : typeName(issue.input)}${issue.expected === 'string' && isPlain(issue.input) ? ': put it in quotes' : ''}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      const near = typeof issue.input === 'string' ? nearest(issue.input, values) : undefined;
      return `must be ${values.length === 1 ? '' : 'one of '}${values.join(', ')}${near === undefined ? '' : ` (nearest: ${near})`}`;
    }
    case 'invalid_union':
      if (issue.discriminator !== undefined) return `must be one of ${(issue['options'] as readonly unknown[] | undefined ?? []).join(', ')}`;
      return `cannot be ${typeName(issue.input)}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int' ? `must be at least ${issue.minimum}` : 'must not be empty';
    case 'too_big':
      return issue.origin === 'string' ? `must be at most ${issue.maximum} characters long` : `must be at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

function article(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    int: 'a whole number', number: 'a number', boolean: 'true or false', string: 'a text', array: 'a list', object: 'a block of keys',
  };
  return names[expected] ?? expected;
}

function typeName(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  const names: Readonly<Record<string, string>> = { number: 'a number', boolean: 'true or false', string: 'a text', object: 'a block of keys' };
  return names[typeof value] ?? typeof value;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}
