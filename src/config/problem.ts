/** Config: one thing that is wrong in one place of one file, and the error that tells of all of them. */

import { ChantalError } from '../core/errors.js';

export interface ConfigProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Dotted path of the key, '' where the file as a whole is meant. */
  readonly key: string;
  readonly message: string;
}

export function formatProblem(problem: ConfigProblem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.key === '' ? '' : `${problem.key}: `}${problem.message}`;
}

/** By file, then by place; the same said twice is said once. */
export function sortProblems(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const distinct = new Map(problems.map((problem) => [formatProblem(problem), problem]));
  return [...distinct.values()].sort((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1));
}

/** @param problems at least one */
export function configError(problems: readonly ConfigProblem[]): ChantalError {
  const [first] = problems;
  const count = problems.length === 1 ? 'one error' : `${problems.length} errors`;
  return new ChantalError('E_CONFIG', `the configuration has ${count}:\n${problems.map((problem) => `  ${formatProblem(problem)}`).join('\n')}`, {
    hint: 'Correct the files, then see `chantal config check`. docs/configuration.md lists every key.',
    ...(first === undefined ? {} : { context: { path: first.file, line: first.line, column: first.column } }),
  });
}
