/** CLI: dependencies that neither a repository nor those beside it have, as text. */

import type { SyncResult } from '../operations/results.js';
import { shorten } from './render.js';

/** The whole list is in `--json`. */
const shownUnresolved = 10;

export function viewUnresolved(unresolved: NonNullable<SyncResult['unresolved']>): readonly string[] {
  if (unresolved.length === 0) return [];
  const lines = unresolved.map(({ package: needing, requires, architecture, reason }) => {
    const where = needing.endsWith(` ${architecture}`) ? '' : ` (on ${architecture})`;
    return `${needing} requires ${requires}${where}: ${reason === 'excluded' ? 'excluded by the filters' : 'not there'}`;
  });
  return [`unresolved dependencies: ${unresolved.length}`, ...shorten(lines, shownUnresolved).map((line) => `  ${line}`)];
}
