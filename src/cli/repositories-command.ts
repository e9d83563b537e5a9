/** CLI: what the commands over several repositories share: which ones, and how the run ended. */

import { Flags } from '@oclif/core';
import type { RepositorySettings } from '../core/settings.js';
import type { Outcome } from '../operations/results.js';
import { selectRepositories } from '../queries/select-repositories.js';
import { BaseCommand, type GlobalFlags, type Workplace } from './base-command.js';
import { renderFailure } from './failure.js';
import { repositoryFlag } from './flags.js';
import { describeOutcomes, exitCodeOf, failuresToTell, summarizeFailures, type MayLack, type OutcomesDocument } from './view-sync.js';

export interface RepositoriesFlags extends GlobalFlags {
  readonly 'repo-id'?: readonly string[] | undefined;
}

export abstract class RepositoriesCommand extends BaseCommand {
  static repositoriesFlags = {
    'repo-id': Flags.string({ ...repositoryFlag, summary: 'A repository\'s name in repos.d; more than one may be given. Disabled ones count too.', multiple: true, exactlyOne: ['repo-id', 'all'] }),
    all: Flags.boolean({ summary: 'All enabled repositories.', exactlyOne: ['repo-id', 'all'] }),
    workers: Flags.integer({ summary: 'How many repositories at once. Downloads at once are download.workers of each.', helpValue: 'N', min: 1, max: 64, default: 2 }),
  };

  /** Asked for one, its failure is the command's; of several, each failure is told of, and the exit code sums them up. */
  protected async workOnRepositories<Result extends MayLack>(
    flags: RepositoriesFlags,
    work: (repositories: readonly RepositorySettings[], workplace: Workplace) => Promise<readonly Outcome<Result>[]>,
    tell: (result: Result) => void,
  ): Promise<OutcomesDocument<Result>> {
    const outcomes = await this.withApp(flags, async (workplace) => {
      const { app, reporter } = workplace;
      const found = await work(selectRepositories(app.settings, flags['repo-id'] ?? 'enabled'), workplace);
      if (flags['repo-id'] !== undefined && found.length === 1) throwFailure(found[0]);
      for (const outcome of found) if ('error' in outcome) reporter.keepFailure(outcome.error);
      return found;
    });
    const failure = summarizeFailures(outcomes);
    for (const outcome of outcomes) if ('result' in outcome) tell(outcome.result);
    if (!this.jsonEnabled()) for (const error of failuresToTell(outcomes, failure)) this.complain(renderFailure(error, flags['log-level'] === 'DEBUG'));
    this.exitWith(exitCodeOf(failure));
    return describeOutcomes(outcomes);
  }
}

function throwFailure(outcome: object | undefined): void {
  if (outcome !== undefined && 'error' in outcome) throw outcome.error;
}
