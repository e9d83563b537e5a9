/** Serve: which events a reader wants: `provider:a,b` one of them, repeated filters all of them. Pure. */

import type { WireEvent } from '../../queries/wire-events.js';
import { Problem } from '../problem.js';

export interface EventFilter {
  matches(event: WireEvent): boolean;
  /** Some of `package.*` are asked for by their type; nobody else gets those. */
  readonly hasPackages: boolean;
}

const keys = ['provider', 'category', 'repo', 'kind', 'type', 'name'] as const;
type Key = (typeof keys)[number];

const maxFilters = 20;
const maxLength = 500;

/** @throws Problem BAD_REQUEST */
export function parseEventFilter(filters: readonly string[]): EventFilter {
  if (filters.length > maxFilters) throw new Problem('BAD_REQUEST', `at most ${maxFilters} filters`);
  const conditions = filters.map(parseCondition);
  const types = conditions.filter(({ key }) => key === 'type').flatMap(({ values }) => values);
  const hasPackages = types.some((type) => type.startsWith('package.'));
  return {
    hasPackages,
    matches: (event) => (hasPackages || !event.type.startsWith('package.'))
      && conditions.every(({ key, values }) => values.some((value) => isLike(fieldOf(event, key), value))),
  };
}

function parseCondition(filter: string): { readonly key: Key; readonly values: readonly string[] } {
  const colon = filter.indexOf(':');
  const key = keys.find((known) => known === filter.slice(0, colon));
  const values = filter.slice(colon + 1).split(',').filter((value) => value !== '');
  if (key !== undefined && values.length > 0 && filter.length <= maxLength) return { key, values };
  throw new Problem('BAD_REQUEST', 'a filter is written key:value, or key:value,value', {
    validation_errors: [{ field: 'filter', message: `the key must be one of ${keys.join(', ')}` }],
  });
}

/** `package.*`: all that begin so. */
function isLike(text: string, wanted: string): boolean {
  return wanted.endsWith('*') ? text.startsWith(wanted.slice(0, -1)) : text === wanted;
}

function fieldOf({ metadata, repository, kind, type }: WireEvent, key: Key): string {
  switch (key) {
    case 'provider': return metadata.provider;
    case 'category': return metadata.category ?? '';
    case 'repo': return repository;
    case 'kind': return kind;
    case 'type': return type;
    case 'name': return metadata.name;
  }
}
