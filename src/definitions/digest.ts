/** Definitions: what of one never changes once it is published, as a digest. Pure. */

import { digestOf } from '../core/digest.js';
import type { ResourceDefinition } from '../core/resources.js';

/**
 * Of what identifies it and of its spec: blanks, comments, the order of keys, descriptions of the whole and maintainers may change.
 * An empty part of the spec is the same as none, so that defaults which come later change no digest.
 */
export function digestDefinition({ apiVersion, kind, metadata, spec }: ResourceDefinition): string {
  const { name, version, provider, category, resource_type: type } = metadata;
  return digestOf(canonicalJson({ apiVersion, kind, metadata: { name, version, provider, category, resource_type: type }, spec: Object.fromEntries(Object.entries(spec).filter(([, part]) => !isEmpty(part))) }));
}

function isEmpty(part: unknown): boolean {
  return part === null || (typeof part === 'object' && Object.keys(part).length === 0);
}

/** Keys in order, no blanks: equal values are equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value === undefined) return 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}
