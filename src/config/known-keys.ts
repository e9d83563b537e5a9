/** Config: which keys a schema knows at a place, for the nearest one to a misspelt key. */

import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { KeyPath } from '../core/key-path.js';
import { isRecord } from './merge.js';

interface Definition {
  readonly innerType?: z.ZodType;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly options?: readonly z.ZodType[];
  readonly values?: readonly unknown[];
  /** Of a list. */
  readonly element?: z.ZodType;
  /** Of a map whose keys are names. */
  readonly valueType?: z.ZodType;
}

/** The keys that may stand in the map at `path`; `value` decides between variants by their `type`. */
export function knownKeys(schema: z.ZodType, path: KeyPath, value: unknown): readonly string[] {
  let current: z.ZodType | undefined = schema;
  let here: unknown = value;
  for (const part of path) {
    current = current === undefined ? undefined : typeof part === 'number' ? elementOf(current) : shapeOf(current, here)[part] ?? namedBlock(current);
    here = isRecord(here) || Array.isArray(here) ? (here as Readonly<Record<string | number, unknown>>)[part] : undefined;
  }
  return current === undefined ? [] : Object.keys(shapeOf(current, here));
}

function namedBlock(schema: z.ZodType): z.ZodType | undefined {
  const { innerType, valueType } = schema.def as unknown as Definition;
  return innerType === undefined ? valueType : namedBlock(innerType);
}

/** The block that has a key of this name, where the user wrote it one level too high. */
export function blockWith(schema: z.ZodType, key: string, value: unknown): string | undefined {
  return Object.entries(shapeOf(schema, value)).find(([, inner]) => Object.hasOwn(shapeOf(inner, undefined), key))?.[0];
}

/** The word that was probably meant, undefined when none is near. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined;
  const found = closest(word, [...words]);
  const tolerance = word.length <= 3 ? 1 : Math.max(2, Math.ceil(word.length / 2.5));
  return distance(word.toLowerCase(), found.toLowerCase()) <= tolerance ? found : undefined;
}

function elementOf(schema: z.ZodType): z.ZodType | undefined {
  const { innerType, element } = schema.def as unknown as Definition;
  return innerType === undefined ? element : elementOf(innerType);
}

function shapeOf(schema: z.ZodType, value: unknown): Readonly<Record<string, z.ZodType>> {
  const { innerType, shape, options } = schema.def as unknown as Definition;
  if (innerType !== undefined) return shapeOf(innerType, value);
  if (shape !== undefined) return shape;
  const variant = options?.find((option) => hasType(option, value)) ?? onlyBlock(options);
  return variant === undefined ? {} : shapeOf(variant, value);
}

/** Of a word or a block, the block. */
function onlyBlock(options: readonly z.ZodType[] = []): z.ZodType | undefined {
  const [block, ...others] = options.filter((option) => (option.def as unknown as Definition).shape !== undefined);
  return others.length === 0 ? block : undefined;
}

function hasType(variant: z.ZodType, value: unknown): boolean {
  const type = (variant.def as unknown as Definition).shape?.['type'];
  return isRecord(value) && type !== undefined && ((type.def as unknown as Definition).values ?? []).includes(value['type']);
}
