/** Config: `policies.d`: an operator's own rules for definitions, each a path, an operator, a value and what to say. */

import { z } from 'zod';
import { ChantalError } from '../core/errors.js';
import { policyOperators, type Policy } from '../core/git-settings.js';
import { listFiles, readConfigFile, type ConfigFile } from './config-file.js';
import type { Environment } from './interpolate.js';
import { isRecord } from './merge.js';
import { configError, sortProblems, type ConfigProblem } from './problem.js';
import { findProblems, validate } from './validate.js';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const policy = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, { error: 'must be lower-case letters, digits, ., _ and -' }).describe('Told with each refusal.'),
  path: z.string().regex(/^[a-z_]+(\[\*\])?(\.[A-Za-z0-9_-]+(\[\*\])?)*$/, { error: 'must be keys with dots between, [*] after a list: spec.required_inputs[*].description' })
    .describe('What is looked at: keys with dots between; `[*]` after a list means each of its items.'),
  op: z.enum(policyOperators).describe('`exists`, `absent`; `equals`, `not_equals`; `one_of`, `none_of` with a list; `matches`, `not_matches` with a regular expression; `at_least`, `at_most` with a number: of a text or a list its length.'),
  value: z.union([scalar, z.array(scalar)]).optional().describe('What it is compared with.'),
  message: z.string().min(1, { error: 'must not be empty' }).describe('What whoever wrote the definition is told.'),
}).refine(({ op, value }) => fits(op, value), { path: ['value'], error: 'does not fit op: a list for one_of and none_of, a number for at_least and at_most, a valid regular expression for matches and not_matches, nothing for exists and absent' });

export const policiesSchema = z.strictObject({
  policies: z.array(policy).describe('Rules; a definition must keep all of them.'),
});

/** Those in a directory, without a configuration. @throws ChantalError E_USAGE when it holds none, E_CONFIG that lists all errors */
export function loadPolicies(directory: string, env: Environment): readonly Policy[] {
  const files = listFiles(directory).map((path) => readConfigFile(path, env));
  if (files.length === 0) throw new ChantalError('E_USAGE', `there are no policies in ${directory}`, { hint: 'They are files that end in .yaml.', context: { path: directory } });
  const problems = files.flatMap((file) => file.problems);
  const policies = readPolicies(files, problems);
  if (problems.length > 0) throw configError(sortProblems(problems));
  return policies;
}

function fits(op: Policy['op'], value: unknown): boolean {
  switch (op) {
    case 'exists': case 'absent': return value === undefined;
    case 'equals': case 'not_equals': return value !== undefined && !Array.isArray(value);
    case 'one_of': case 'none_of': return Array.isArray(value);
    case 'matches': case 'not_matches': return typeof value === 'string' && isPattern(value);
    case 'at_least': case 'at_most': return typeof value === 'number';
  }
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

/** In the order of the files. What is wrong is added to `problems`. */
export function readPolicies(files: readonly ConfigFile[], problems: ConfigProblem[]): readonly Policy[] {
  const policies = files.flatMap((file) => {
    if (!isRecord(file.value)) {
      if (file.problems.length === 0) problems.push(file.problem([], 'must hold policies: a list of rules'));
      return [];
    }
    const { value, findings } = validate(policiesSchema, file.value, 'global', file.shown);
    problems.push(...findProblems(file, findings));
    return (value?.policies ?? []).map(({ value: compared, ...rest }, index) => ({ ...rest, ...(compared === undefined ? {} : { value: compared }), file, index }));
  });
  return policies.map(({ file, index, ...each }, position) => {
    if (policies.findIndex(({ name }) => name === each.name) < position) problems.push(file.problem(['policies', index, 'name'], `${each.name} is the name of another policy too`));
    return each;
  });
}
