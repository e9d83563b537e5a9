/** CLI: what syncs came to, as text, as JSON, and as one exit code. */

import { ChantalError, ExitCode, isChantalError } from '../core/errors.js';
import type { QuarantinedPackage } from '../core/quarantine.js';
import type { Outcome, SyncResult } from '../operations/results.js';
import { describeFailure, type Failure } from './failure.js';
import { formatBytes, formatCount, formatDuration } from './render.js';
import { viewCheck } from './view-check.js';
import { viewUnresolved } from './view-unresolved.js';

/** The shape of `repo sync --json` and `repo check --json`. */
export interface OutcomesDocument<Result> {
  readonly repositories: readonly (
    | { readonly repository: string; readonly result: Result }
    | { readonly repository: string; readonly error: Failure }
  )[];
}

export function describeOutcomes<Result>(outcomes: readonly Outcome<Result>[]): OutcomesDocument<Result> {
  return {
    repositories: outcomes.map((outcome) => ('error' in outcome
      ? { repository: outcome.repository, error: describeFailure(outcome.error) }
      : outcome)),
  };
}

/**
 * How a run over repositories ended: undefined when all is well, the first error where none succeeded or the user stopped it,
 * E_PARTIAL otherwise, and where packages are quarantined.
 */
export function summarizeFailures(outcomes: readonly Outcome<MayLack>[]): unknown {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  const cancelled = errors.find((error) => isChantalError(error, 'E_CANCELLED'));
  if (errors.length === 0) return summarizeQuarantined(outcomes);
  if (cancelled !== undefined || errors.length === outcomes.length) return cancelled ?? errors[0];
  return new ChantalError('E_PARTIAL', `${errors.length} of ${formatCount(outcomes.length, 'repository')} failed`, {
    hint: 'Each error is told of above; the other repositories are up to date.',
  });
}

/** What a result may say of packages that it goes on without. */
export interface MayLack {
  readonly repository: string;
  readonly quarantined?: readonly unknown[];
}

function summarizeQuarantined(outcomes: readonly Outcome<MayLack>[]): ChantalError | undefined {
  const affected = outcomes.flatMap((outcome) => ('result' in outcome ? [outcome.result] : [])).filter(({ quarantined = [] }) => quarantined.length > 0);
  const packages = affected.reduce((sum, { quarantined = [] }) => sum + quarantined.length, 0);
  if (packages === 0) return undefined;
  const names = affected.map(({ repository }) => repository);
  return new ChantalError('E_PARTIAL', `${formatCount(packages, 'package')} ${packages === 1 ? 'is' : 'are'} quarantined in ${names.join(', ')}`, {
    hint: 'Everything else is up to date. Each sync tries them again; chantal repo show lists them.',
  });
}

/** Each once, what ended the run last: a stop by the user is one, however many repositories it met. */
export function failuresToTell(outcomes: readonly Outcome<unknown>[], failure: unknown): readonly unknown[] {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome && !isChantalError(outcome.error, 'E_CANCELLED') ? [outcome.error] : []));
  return failure === undefined || errors.includes(failure) ? errors : [...errors, failure];
}

export function exitCodeOf(failure: unknown): number {
  return failure === undefined ? ExitCode.done : describeFailure(failure).exitCode;
}

export function viewSync(result: SyncResult): string {
  if (result.plan !== undefined) return viewCheck({ ...result, ...result.plan });
  return [
    `${result.repository}: ${describeOutcome(result)} (${formatDuration(result.durationMs)})`,
    ...(result.snapshot === undefined ? [] : [`  snapshot ${result.snapshot.name}: ${result.snapshot.path}`]),
    ...result.quarantined.map((left) => `  quarantined: ${viewQuarantined(left)}`),
    ...result.warnings.map((warning) => `  warning: ${warning}`),
    ...viewUnresolved(result.unresolved ?? []).map((line) => `  ${line}`),
  ].join('\n');
}

/** `bash 5.1-2 x86_64 (E_CHECKSUM): …`. */
export function viewQuarantined({ name, version, arch, code, message }: QuarantinedPackage): string {
  return `${name} ${version} ${arch} (${code}): ${message}`;
}

function describeOutcome(result: SyncResult): string {
  const { outcome, version, total } = result;
  const holding = `${formatCount(total.packages, 'package')}, ${formatBytes(total.bytes)}`;
  if (outcome === 'unchanged') return `unchanged, version ${version}, ${holding}`;
  if (outcome === 'repaired') return `upstream unchanged, version ${version} repaired, ${holding}; ${describeTransfer(result)}`;
  return `version ${version}, ${holding}; ${describeChange(result)}; ${describeTransfer(result)}`;
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
