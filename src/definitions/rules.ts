/** Definitions: the rules of the house for what a well-formed one says. Pure. */

import type { DefinitionFinding } from '../core/resources.js';
import type { Match } from './match.js';
import { isPattern } from './match.js';
import type { InputDefinition, StrictDefinition } from './schema.js';

type Matches = (pattern: string, text: string) => Match;

export function checkRules({ metadata, spec }: StrictDefinition, matches: Matches): readonly DefinitionFinding[] {
  const inputs = [...numbered('spec.required_inputs', spec.required_inputs), ...numbered('spec.optional_inputs', spec.optional_inputs)];
  return [
    ...inputs.flatMap(([field, input]) => checkInput(field, input, matches)),
    ...numbered('spec.outputs', spec.outputs).flatMap(([field, { name }]) => checkName(field, name)),
    ...repeated([...inputs], 'an input'),
    ...repeated([...numbered('spec.outputs', spec.outputs)], 'an output'),
    ...metadata.maintainers.flatMap((maintainer, index) => (isAddress(maintainer) ? [] : [
      { field: `metadata.maintainers[${index}]`, message: 'must be an e-mail address', rule: 'maintainer_email' },
    ])),
    ...Object.keys(spec.engine_configs).filter((engine) => !spec.supported_engines.includes(engine)).map((engine) => (
      { field: `spec.engine_configs.${engine}`, message: 'is for an engine that is not among spec.supported_engines', rule: 'known_engine' })),
  ];
}

function checkInput(field: string, input: InputDefinition, matches: Matches): readonly DefinitionFinding[] {
  const { pattern, min, max } = input.validation ?? {};
  const findings: DefinitionFinding[] = [...checkName(field, input.name)];
  const tell = (place: string, message: string, rule: string): void => void findings.push({ field: `${field}.${place}`, message, rule });
  if (pattern !== undefined && !isPattern(pattern)) tell('validation.pattern', 'must be a valid regular expression', 'pattern_compiles');
  if (pattern !== undefined && input.type !== 'string') tell('validation.pattern', `is for texts, and the type is ${input.type}`, 'pattern_compiles');
  if (min !== undefined && max !== undefined && min > max) tell('validation.min', 'must not be greater than max', 'min_max');
  if ((min !== undefined || max !== undefined) && input.type === 'boolean') tell('validation', 'a boolean has neither min nor max', 'min_max');
  if (input.default !== undefined && input.default !== null) {
    const why = misfit(input, matches);
    if (why !== undefined) tell('default', why, 'default_valid');
  }
  return findings;
}

function checkName(field: string, name: string): readonly DefinitionFinding[] {
  return /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) ? [] : [{ field: `${field}.name`, message: 'field name must be snake_case', rule: 'snake_case' }];
}

/** Why the default is not what the input itself would accept. */
function misfit({ type, default: value, validation = {} }: InputDefinition, matches: Matches): string | undefined {
  if (!isOfType(value, type)) return `must be of type ${type}`;
  const size = typeof value === 'number' ? value : typeof value === 'string' || Array.isArray(value) ? value.length : undefined;
  if (size !== undefined && validation.min !== undefined && size < validation.min) return `must not be below validation.min (${validation.min})`;
  if (size !== undefined && validation.max !== undefined && size > validation.max) return `must not be above validation.max (${validation.max})`;
  if (typeof value !== 'string' || validation.pattern === undefined) return undefined;
  const match = matches(validation.pattern, value);
  if (match === 'too-slow') return 'cannot be held against validation.pattern: the expression takes too long';
  return match === false ? 'must match validation.pattern' : undefined;
}

function isOfType(value: unknown, type: InputDefinition['type']): boolean {
  switch (type) {
    case 'integer': return Number.isInteger(value);
    case 'array': case 'list': return Array.isArray(value);
    case 'object': case 'map': return typeof value === 'object' && value !== null && !Array.isArray(value);
    default: return typeof value === type;
  }
}

/** As far as a name, an @ and a host: whether mail arrives is not for us. */
function isAddress(text: string): boolean {
  return /^[^\s@<>()[\]\\,;:"]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) && !text.includes('..');
}

function repeated(items: readonly (readonly [string, { readonly name: string }])[], what: string): readonly DefinitionFinding[] {
  const seen = new Set<string>();
  return items.flatMap(([field, { name }]) => {
    const isSecond = seen.has(name);
    seen.add(name);
    return isSecond ? [{ field: `${field}.name`, message: `is the name of ${what} before it too`, rule: 'unique_names' }] : [];
  });
}

function numbered<T>(field: string, items: readonly T[]): readonly (readonly [string, T])[] {
  return items.map((item, index) => [`${field}[${index}]`, item]);
}
