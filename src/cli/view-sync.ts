/** CLI: what syncs came to, as text, as JSON, and as one exit code. */

import { ChantalError, ExitCode, isChantalError } from '../core/errors.js';
import type { SyncOutcome, SyncResult } from '../operations/results.js';
import { describeFailure, type Failure } from './failure.js';
import { formatBytes, formatCount, formatDuration } from './render.js';

/** The shape of `repo sync --json`. */
export interface SyncDocument {
  readonly repositories: readonly (
    | { readonly repository: string; readonly result: SyncResult }
    | { readonly repository: string; readonly error: Failure }
  )[];
}

export function describeOutcomes(outcomes: readonly SyncOutcome[]): SyncDocument {
  return {
    repositories: outcomes.map((outcome) => ('error' in outcome
      ? { repository: outcome.repository, error: describeFailure(outcome.error) }
      : outcome)),
  };
}

/**
 * How a run over several repositories ended: undefined when all is well, the first error where none succeeded or the user
 * stopped it, E_PARTIAL otherwise.
 */
export function summarizeFailures(outcomes: readonly SyncOutcome[]): unknown {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  const cancelled = errors.find((error) => isChantalError(error, 'E_CANCELLED'));
  if (errors.length === 0 || cancelled !== undefined || errors.length === outcomes.length) return cancelled ?? errors[0];
  return new ChantalError('E_PARTIAL', `${errors.length} of ${formatCount(outcomes.length, 'repository')} failed`, {
    hint: 'Each error is told of above; the other repositories are up to date.',
  });
}

/** Each once, what ended the run last: a stop by the user is one, however many repositories it met. */
export function failuresToTell(outcomes: readonly SyncOutcome[], failure: unknown): readonly unknown[] {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome && !isChantalError(outcome.error, 'E_CANCELLED') ? [outcome.error] : []));
  return failure === undefined || errors.includes(failure) ? errors : [...errors, failure];
}

export function exitCodeOf(failure: unknown): number {
  return failure === undefined ? ExitCode.done : describeFailure(failure).exitCode;
}

export function viewSync(result: SyncResult): string {
  return [
    `${result.repository}: ${describeOutcome(result)} (${formatDuration(result.durationMs)})`,
    ...(result.snapshot === undefined ? [] : [`  snapshot ${result.snapshot.name}: ${result.snapshot.path}`]),
    ...result.warnings.map((warning) => `  warning: ${warning}`),
    ...viewUnresolved(result.unresolved ?? []),
  ].join('\n');
}

/** The whole list is in `--json`. */
const shownUnresolved = 10;

function viewUnresolved(unresolved: NonNullable<SyncResult['unresolved']>): readonly string[] {
  if (unresolved.length === 0) return [];
  const lines = unresolved.slice(0, shownUnresolved).map(({ package: needing, requires, architecture, reason }) => {
    const where = needing.endsWith(` ${architecture}`) ? '' : ` (on ${architecture})`;
    return `    ${needing} requires ${requires}${where}: ${reason === 'excluded' ? 'excluded by the filters' : 'not there'}`;
  });
  const more = unresolved.length - lines.length;
  return [`  unresolved dependencies: ${unresolved.length}`, ...lines, ...(more === 0 ? [] : [`    and ${more} more: see --json`])];
}

function describeOutcome(result: SyncResult): string {
  const { outcome, version, total } = result;
  const holding = `${formatCount(total.packages, 'package')}, ${formatBytes(total.bytes)}`;
  switch (outcome) {
    case 'unchanged': return `unchanged, version ${version}, ${holding}`;
    case 'repaired': return `upstream unchanged, version ${version} repaired, ${holding}; ${describeTransfer(result)}`;
    case 'synced': return `version ${version}, ${holding}; ${describeChange(result)}; ${describeTransfer(result)}`;
    case 'planned': return `would become ${holding}; ${describeChange(result)}; would fetch ${formatCount(result.download.files, 'file')}, ${formatBytes(result.download.bytes)}`;
  }
}

function describeChange({ added, removed }: SyncResult): string {
  return `${added.packages} added (${formatBytes(added.bytes)}), ${removed.packages} removed (${formatBytes(removed.bytes)})`;
}

function describeTransfer({ download }: SyncResult): string {
  const more = [
    ...(download.resumedBytes === 0 ? [] : [`${formatBytes(download.resumedBytes)} were there from an earlier run`]),
    ...(download.retries === 0 ? [] : [formatCount(download.retries, 'retry')]),
  ];
  return [`fetched ${formatCount(download.files, 'file')}, ${formatBytes(download.bytes)}`, ...more].join(', ');
}
