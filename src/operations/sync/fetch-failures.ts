/** Operations: what fails while packages are fetched: what concerns a single file, and how much of that a sync bears. */

import { ChantalError, isChantalError } from '../../core/errors.js';
import type { QuarantineLimit } from '../../core/quarantine.js';
import type { Artifact } from '../../core/repository.js';
import type { FetchTask } from './fetch-content.js';

/** A package that upstream does not deliver as it lists it. */
export interface FailedPackage {
  readonly artifact: Artifact;
  readonly error: ChantalError;
}

export interface FetchFailures {
  /** Runs it and keeps its failure. @throws when there is no point in going on with other files */
  watch(task: FetchTask, run: () => Promise<void>): Promise<void>;
  /** After all tasks. @returns the packages to go on without. @throws the failures, where it may not go on */
  settle(): readonly FailedPackage[];
}

/** Different packages that may fail before a sync that needs them all gives up: enough to see a pattern, not enough to hammer upstream. */
const failuresReported = 10;
/** So many packages may each have a server error of their own; beyond that it is the server that is ill. */
const serverErrorsBelieved = 10;

/** @param allowed how many packages the sync may go on without; undefined: it needs them all */
export function collectFailures(allowed: number | undefined): FetchFailures {
  const failures: { readonly task: FetchTask; readonly error: ChantalError }[] = [];
  let serverErrors = 0;

  const note = (task: FetchTask, error: ChantalError): void => {
    failures.push({ task, error });
    if (allowed === undefined || task.artifact === undefined) {
      if (!concernsOneFile(error) || failures.length >= failuresReported) throw error;
      return;
    }
    if (!concernsOneFile(error) && !isServerError(error)) throw error;
    serverErrors += isServerError(error) ? 1 : 0;
    if (serverErrors > serverErrorsBelieved) throw tooMany(failures, 'so many server errors are more than single packages\' own');
    if (failures.length > allowed) throw tooMany(failures, `on_package_error allows ${allowed} here`);
  };

  return {
    async watch(task, run) {
      try {
        await run();
      } catch (error) {
        if (!isChantalError(error)) throw error;
        note(task, error.within({ package: task.label }));
      }
    },
    settle() {
      const [first] = failures;
      if (first === undefined) return [];
      const failed = failures.flatMap(({ task: { artifact }, error }) => (artifact === undefined ? [] : [{ artifact, error }]));
      if (allowed !== undefined && failed.length === failures.length) return failed.sort((a, b) => (a.artifact.path < b.artifact.path ? -1 : 1));
      throw failures.length === 1 ? first.error : reword(first.error, `${first.error.message} (and ${failures.length - 1} more: ${namesOf(failures.slice(1))})`);
    },
  };
}

/** Never all of them: a repository that is left with nothing is not a mirror of anything. */
export function countAllowed(limit: QuarantineLimit | undefined, packages: number): number | undefined {
  if (limit === undefined) return undefined;
  return Math.max(0, Math.min('share' in limit ? Math.floor(limit.share * packages) : limit.packages, packages - 1));
}

function concernsOneFile(error: ChantalError): boolean {
  return isChantalError(error, 'E_UPSTREAM_MISSING', 'E_CHECKSUM', 'E_SIGNATURE', 'E_UNSIGNED', 'E_METADATA');
}

function isServerError({ code, context }: ChantalError): boolean {
  return code === 'E_UPSTREAM' && context.status !== undefined && context.status >= 500;
}

type Failures = readonly { readonly error: ChantalError }[];

function tooMany(failures: Failures, why: string): ChantalError {
  const { error } = failures.at(-1)!;
  const others = failures.length > 1 ? ` (and ${namesOf(failures.slice(0, -1))})` : '';
  return reword(error, `upstream does not deliver what it lists, ${failures.length} times, and ${why}; the last one: ${error.message}${others}`);
}

/** No more of them than one reads. */
function namesOf(failures: Failures): string {
  const shown = failures.slice(0, failuresReported).map(({ error }) => error.context.package);
  return [...shown, ...(failures.length > shown.length ? [`${failures.length - shown.length} others`] : [])].join('; ');
}

function reword(error: ChantalError, message: string): ChantalError {
  return new ChantalError(error.code, message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    cause: error.cause,
    context: error.context,
  });
}
