/** Upstream: which mirror to ask for a file, and whom next when that one fails. Knows their health for as long as a run lasts. */

import { ChantalError, isChantalError, type ErrorCode } from '../core/errors.js';
import { redactUrl } from '../core/redact.js';
import type { RelativePath } from '../core/relative-path.js';
import type { MirrorDirectory } from './mirror-directory.js';
import { explainFailure, TransientFailure } from './retry.js';
import { joinUrl, type BaseUrl } from '../core/urls.js';

export interface Mirrors {
  /**
   * One round: asks one mirror after the other, the healthiest first, until one has the file, or `timeoutsLeft` of them kept silent.
   * undefined: it is not there.
   * @throws TransientFailure, or ChantalError, naming every mirror that was tried
   */
  askForFile<T>(path: RelativePath, ask: (url: string) => Promise<T | undefined>, timeoutsLeft: number, signal?: AbortSignal): Promise<T | undefined>;
  /** The same for a root document. All of them come from one mirror, as long as it answers: the first that had one. */
  askForRoot<T>(path: RelativePath, ask: (url: string) => Promise<T | undefined>, timeoutsLeft: number, signal?: AbortSignal): Promise<T | undefined>;
  /** Where the root documents came from. */
  readonly chosen: BaseUrl | undefined;
  /** What the chosen mirror offered did not hold together: the next root may come from another one. */
  distrustChosen(): void;
  /** The chosen mirror lags behind: the next root comes from another one. false: there is none that was not passed over. */
  passOverChosen(): Promise<boolean>;
  /** Redacted addresses at which a file was looked for that none of the mirrors has; none where it was found, or not asked for. */
  missingAt(path: RelativePath): readonly string[];
}

/** So many mirrors are asked in one round, and so many that do not have a file are believed. */
const mirrorsPerRound = 6;
const missingAreBelieved = 3;
/** What is missing is often missing for a moment; what fails goes on failing. */
const penaltyOfFailure = 4;
const penaltyOfMissing = 1;

export function createMirrors(directory: MirrorDirectory): Mirrors {
  const penalties = new Map<string, number>();
  const missing = new Map<RelativePath, readonly string[]>();
  const passedOver = new Set<string>();
  const silent = new Set<string>();
  let chosen: BaseUrl | undefined;
  const penaltyOf = ({ prefix }: BaseUrl): number => penalties.get(prefix) ?? 0;
  const punish = (mirror: BaseUrl, by: number): void => {
    penalties.set(mirror.prefix, penaltyOf(mirror) + by);
  };

  const distrustChosen = (): void => {
    if (chosen !== undefined) punish(chosen, penaltyOfFailure);
    chosen = undefined;
  };

  /** The one that answered last comes before the list is even fetched. */
  async function* inOrder(isRoot: boolean): AsyncGenerator<BaseUrl> {
    const first = chosen ?? (await directory.remembered());
    const isFirst = first !== undefined && (penaltyOf(first) === 0 || (isRoot && first === chosen));
    if (isFirst) yield first;
    const others = (await directory.list()).filter((mirror) => !isFirst || mirror.prefix !== first.prefix);
    yield* others.sort((a, b) => penaltyOf(a) - penaltyOf(b));
  }

  const askEach = async <T>(
    path: RelativePath, ask: (url: string) => Promise<T | undefined>, isRoot: boolean, timeoutsLeft: number, signal?: AbortSignal,
  ): Promise<T | undefined> => {
    const failures: (TransientFailure | ChantalError)[] = [];
    const without: BaseUrl[] = [];
    for await (const mirror of inOrder(isRoot)) {
      // The metadata's own mirror does not have it: that is not worth waiting for those who keep silent, once for each such file.
      if (silent.has(mirror.prefix) && without.some((other) => other === chosen)) continue;
      const url = joinUrl(mirror, path);
      try {
        const found = await ask(url);
        if (found !== undefined) {
          for (const other of without) punish(other, penaltyOfMissing);
          if (isRoot) chosen = mirror;
          return found;
        }
        if (isRoot && mirror === chosen) return undefined;
        without.push(mirror);
      } catch (error) {
        const failure = blame(error, url, signal);
        failures.push(failure);
        if (timeoutsIn([failure]) > 0) silent.add(mirror.prefix);
        punish(mirror, penaltyOfFailure);
      }
      if (without.length === missingAreBelieved || without.length + failures.length === mirrorsPerRound || timeoutsIn(failures) >= timeoutsLeft) break;
    }
    // What the metadata's own mirror does not have is not there; what others failed to say does not change that.
    const isBelieved = failures.length === 0 || without.length === missingAreBelieved || without.some((mirror) => mirror === chosen);
    if (isBelieved) {
      missing.set(path, [...without.map((mirror) => redactUrl(joinUrl(mirror, path))), ...failures.map((failure) => unwrap(failure).context.url ?? '')]);
      return undefined;
    }
    throw summarize(failures, without.map((mirror) => joinUrl(mirror, path)));
  };

  return {
    askForFile: async (path, ask, timeoutsLeft, signal) => askEach(path, ask, false, timeoutsLeft, signal),
    askForRoot: async (path, ask, timeoutsLeft, signal) => askEach(path, ask, true, timeoutsLeft, signal),
    get chosen() {
      return chosen;
    },
    distrustChosen,
    async passOverChosen() {
      const lagging = chosen;
      distrustChosen();
      if (lagging === undefined || passedOver.has(lagging.prefix) || passedOver.size === mirrorsPerRound) return false;
      passedOver.add(lagging.prefix);
      return (await directory.list()).some(({ prefix }) => !passedOver.has(prefix));
    },
    missingAt: (path) => missing.get(path) ?? [],
  };
}

const mirrorsFaults: readonly ErrorCode[] = ['E_UPSTREAM', 'E_UPSTREAM_MISSING', 'E_UPSTREAM_DENIED', 'E_UPSTREAM_TIMEOUT', 'E_UPSTREAM_TOO_LARGE', 'E_CHECKSUM'];

/** The failure with its address. Throws on what another mirror would not mend: the disk, a bug, the user's own wish. */
function blame(error: unknown, url: string, signal: AbortSignal | undefined): TransientFailure | ChantalError {
  const failure = signal?.aborted === true ? undefined : explainFailure(error);
  const context = { url: redactUrl(url) };
  if (failure instanceof TransientFailure) return failure.within(context);
  if (!isChantalError(failure, ...mirrorsFaults)) throw error;
  return failure.within(context);
}

/** Worth another round where one of the failures is. */
function summarize(failures: readonly (TransientFailure | ChantalError)[], without: readonly string[]): TransientFailure | ChantalError {
  const [first] = failures;
  if (first === undefined) throw new Error('there is nothing to sum up');
  if (failures.length === 1 && without.length === 0) return first;
  const errors = failures.map(unwrap);
  const told = [...errors.map(({ context, message }) => `${context.url}: ${message}`), ...without.map((url) => `${redactUrl(url)}: not there`)];
  const main = errors.find(({ code }) => code === 'E_CHECKSUM') ?? unwrap(first);
  // A status is the file's own fault only where no mirror is silent.
  const { status, ...place } = main.context;
  const isAnswered = errors.every((error) => error.context.status !== undefined || error.code === 'E_CHECKSUM');
  const summary = new ChantalError(main.code, `none of the ${told.length} mirrors that were tried could serve it: ${told.join('; ')}`, {
    ...(main.hint === undefined ? {} : { hint: main.hint }),
    cause: main.cause,
    context: status === undefined || !isAnswered ? place : { ...place, status },
  });
  const transient = failures.filter((failure) => failure instanceof TransientFailure);
  if (transient.length === 0) return summary;
  const waits = transient.map(({ retryAfterMs }) => retryAfterMs ?? 0);
  return new TransientFailure(summary, {
    retryAfterMs: Math.min(...waits) > 0 ? Math.min(...waits) : undefined,
    isCorrupt: transient.every(({ isCorrupt }) => isCorrupt),
    timeouts: timeoutsIn(failures),
  });
}

function timeoutsIn(failures: readonly (TransientFailure | ChantalError)[]): number {
  return failures.reduce((sum, failure) => sum + (failure instanceof TransientFailure ? failure.timeouts : 0), 0);
}

function unwrap(failure: TransientFailure | ChantalError): ChantalError {
  return failure instanceof TransientFailure ? failure.failure : failure;
}
