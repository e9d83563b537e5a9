/** Definitions: what lies between two versions, and which step of the version number that asks for. Pure. */

import semver from 'semver';
import type { DefinitionFinding, ResourceDefinition } from '../core/resources.js';
import { canonicalJson } from './digest.js';
import { looseSchema, type InputDefinition, type StrictDefinition } from './schema.js';
import { compareVersions } from './versions.js';

/** `spec.optional_inputs`, `metadata.description`: what differs, two keys deep; the version itself is told apart. */
export function listChanges(before: ResourceDefinition, after: ResourceDefinition): readonly string[] {
  return [...changedKeys('metadata', before.metadata, after.metadata).filter((key) => key !== 'metadata.version'), ...changedKeys('spec', before.spec, after.spec)];
}

function changedKeys(block: string, before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): readonly string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.filter((key) => canonicalJson(before[key]) !== canonicalJson(after[key])).map((key) => `${block}.${key}`);
}

type Step = 'major' | 'minor';

interface Demand {
  readonly step: Step;
  readonly field: string;
  readonly rule: string;
  readonly what: string;
}

/** The version to be compared with: the greatest release before it; pre-releases promise nothing. */
export function findPredecessor(version: string, others: readonly string[]): string | undefined {
  return others.filter((other) => semver.prerelease(other) === null && compareVersions(other, version) < 0).sort(compareVersions).at(-1);
}

/**
 * Where the step from `before` to `after` is smaller than what changed asks for. Below 1.0.0 nothing is promised: there the
 * minor number is the one that breaks.
 */
export function checkStep(before: ResourceDefinition, after: ResourceDefinition): readonly DefinitionFinding[] {
  const [older, newer] = [looseSchema.safeParse(withSpec(before)), looseSchema.safeParse(withSpec(after))];
  // Without the schema's shape there is nothing to compare.
  if (!older.success || !newer.success) return [];
  const [from, to] = [before.metadata.version, after.metadata.version];
  const done = stepBetween(from, to);
  return demandsOf(older.data.spec, newer.data.spec).filter(({ step }) => rank[step] > rank[done]).map(({ step, field, rule, what }) => ({
    field, rule: `semver.${rule}`, message: `${what}: from ${from} on that needs ${describeStep(from, step)}, not ${to}`,
  }));
}

const rank = { none: 0, minor: 1, major: 2 } as const;

function stepBetween(from: string, to: string): keyof typeof rank {
  const [a, b] = [semver.parse(from), semver.parse(to)];
  if (a === null || b === null || a.major !== b.major) return 'major';
  if (a.major === 0) return a.minor !== b.minor ? 'major' : 'minor';
  if (a.minor !== b.minor) return 'minor';
  return 'none';
}

function describeStep(from: string, step: Step): string {
  const version = semver.parse(from);
  if (version === null) return step;
  if (step === 'minor') return `a minor version (${version.major}.${version.minor + 1}.0)`;
  return version.major === 0 ? `the next minor version (0.${version.minor + 1}.0)` : `a major version (${version.major + 1}.0.0)`;
}

type Spec = StrictDefinition['spec'];

function demandsOf(before: Spec, after: Spec): readonly Demand[] {
  const demands: Demand[] = [];
  const ask = (step: Step, field: string, rule: string, what: string): void => void demands.push({ step, field, rule, what });
  const [oldInputs, newInputs] = [inputsOf(before), inputsOf(after)];
  for (const [name, { input, isRequired, list }] of oldInputs) {
    const now = newInputs.get(name);
    if (now === undefined) ask('major', list, 'removed_input', `the ${isRequired ? 'required' : 'optional'} input ${name} is gone`);
    else {
      if (now.input.type !== input.type) ask('major', now.field, 'retyped_input', `the input ${name} was of type ${input.type}, and is ${now.input.type}`);
      if (now.isRequired && !isRequired) ask('major', now.field, 'new_required_input', `the input ${name} was optional, and is required`);
      const tightened = tightening(input, now.input);
      if (tightened !== undefined) ask('major', `${now.field}.validation`, 'tightened_validation', `${tightened} of the input ${name}`);
    }
  }
  for (const [name, { field, isRequired }] of newInputs) {
    if (oldInputs.has(name)) continue;
    if (isRequired) ask('major', field, 'new_required_input', `the required input ${name} is new`);
    else ask('minor', field, 'new_optional_input', `the optional input ${name} is new`);
  }
  compareOutputs(before, after, ask);
  const gone = before.supported_engines.filter((engine) => !after.supported_engines.includes(engine));
  if (gone.length > 0) ask('major', 'spec.supported_engines', 'removed_engine', `${gone.join(', ')} is no longer supported`);
  return demands;
}

function compareOutputs(before: Spec, after: Spec, ask: (step: Step, field: string, rule: string, what: string) => void): void {
  const now = new Map(after.outputs.map(({ name, type }, index) => [name, { type, field: `spec.outputs[${index}]` }]));
  const old = new Set(before.outputs.map(({ name }) => name));
  for (const { name, type } of before.outputs) {
    const found = now.get(name);
    if (found === undefined) ask('major', 'spec.outputs', 'removed_output', `the output ${name} is gone`);
    else if (found.type !== type) ask('major', found.field, 'retyped_output', `the output ${name} was of type ${type}, and is ${found.type}`);
  }
  for (const [name, { field }] of now) if (!old.has(name)) ask('minor', field, 'new_output', `the output ${name} is new`);
}

interface PlacedInput {
  readonly input: InputDefinition;
  readonly isRequired: boolean;
  readonly list: string;
  readonly field: string;
}

function inputsOf({ required_inputs: required, optional_inputs: optional }: Spec): ReadonlyMap<string, PlacedInput> {
  const place = (list: string, isRequired: boolean) => (input: InputDefinition, index: number): [string, PlacedInput] => [input.name, { input, isRequired, list, field: `${list}[${index}]` }];
  return new Map([...required.map(place('spec.required_inputs', true)), ...optional.map(place('spec.optional_inputs', false))]);
}

/** What was accepted before and may not be now. Of two expressions nobody can tell which one is the wider. */
function tightening({ validation: before = {} }: InputDefinition, { validation: after = {} }: InputDefinition): string | undefined {
  if (after.pattern !== undefined && after.pattern !== before.pattern) return 'another pattern';
  if (after.min !== undefined && after.min > (before.min ?? -Infinity)) return 'a greater min';
  if (after.max !== undefined && after.max < (before.max ?? Infinity)) return 'a smaller max';
  return undefined;
}

function withSpec({ apiVersion, kind, metadata, spec }: ResourceDefinition): unknown {
  return { apiVersion, kind, metadata, spec };
}
