/** CLI: the configuration as text. */

import { formatProblem, type ConfigProblem } from '../config/problem.js';
import { formatCount } from './render.js';

/** The shape of `config check --json`. */
export interface ConfigReport {
  readonly configDir: string;
  readonly isValid: boolean;
  /** Every file that was read. */
  readonly files: readonly string[];
  /** Names, in order; empty where there are problems. */
  readonly repositories: readonly string[];
  readonly problems: readonly ConfigProblem[];
}

export function viewConfig({ configDir, files, repositories }: ConfigReport): string {
  return `${configDir} is valid: ${formatCount(files.length, 'file')}, ${formatCount(repositories.length, 'repository')}`;
}

/** `file:line:column: key: message`, as editors and compilers write it. */
export function viewProblems(problems: readonly ConfigProblem[], configDir: string): string {
  return [...problems.map(formatProblem), `${formatCount(problems.length, 'error')} in ${configDir}`].join('\n');
}
