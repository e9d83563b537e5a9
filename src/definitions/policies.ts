/** Definitions: an operator's own rules, held against one. Pure. */

import type { Policy } from '../core/git-settings.js';
import { formatKey, type KeyPath } from '../core/key-path.js';
import type { DefinitionFinding } from '../core/resources.js';
import type { Match } from './match.js';

export function checkPolicies(document: unknown, policies: readonly Policy[], matches: (pattern: string, text: string) => Match): readonly DefinitionFinding[] {
  return policies.flatMap((policy) => find(document, policy.path).filter(({ value }) => !holds(policy, value, matches))
    .map(({ path }) => ({ field: formatKey(path), message: policy.message, rule: policy.name })));
}

interface Found {
  readonly path: KeyPath;
  /** undefined: there is none. */
  readonly value: unknown;
}

/** Each place that the path means; `a[*].b` is none where `a` is empty. */
function find(document: unknown, path: string): readonly Found[] {
  return path.split('.').reduce<readonly Found[]>((places, part) => {
    const key = part.replace(/\[\*\]$/, '');
    const inner = places.map(({ path: at, value }) => ({ path: [...at, key], value: memberOf(value, key) }));
    if (key === part) return inner;
    return inner.flatMap(({ path: at, value }) => (Array.isArray(value) ? value.map((item: unknown, index) => ({ path: [...at, index], value: item })) : []));
  }, [{ path: [], value: document }]);
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

/** What is not there breaks no rule but those that ask for it. */
function holds({ op, value: wanted }: Policy, value: unknown, matches: (pattern: string, text: string) => Match): boolean {
  if (op === 'exists') return value !== undefined && value !== null && value !== '';
  if (op === 'absent') return value === undefined;
  if (value === undefined) return true;
  switch (op) {
    case 'equals': return value === wanted;
    case 'not_equals': return value !== wanted;
    case 'one_of': return Array.isArray(wanted) && wanted.includes(value);
    case 'none_of': return Array.isArray(wanted) && !wanted.includes(value);
    // A text that cannot be decided in time is not known to be right.
    case 'matches': return typeof value === 'string' && matches(String(wanted), value) === true;
    case 'not_matches': return typeof value !== 'string' || matches(String(wanted), value) === false;
    case 'at_least': return sizeOf(value) >= Number(wanted);
    case 'at_most': return sizeOf(value) <= Number(wanted);
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' || Array.isArray(value) ? value.length : Number.NaN;
}
