/** CLI: Git repositories and what syncs of them came to, as text. */

import { ChantalError } from '../core/errors.js';
import type { Rejection } from '../core/resources.js';
import type { GitSyncResult } from '../operations/git/git-step.js';
import type { Outcome } from '../operations/results.js';
import type { GitSourceView } from '../queries/git-sources.js';
import { formatCount, formatTime, renderTable } from './render.js';
import { summarizeFailures } from './view-sync.js';

export function viewGitSync({ repository, outcome, commit, counts, changes, rejections, problems, isRewritten }: GitSyncResult): string {
  const at = commit.slice(0, 12);
  const { added, updated, deprecated, removed } = counts;
  const what = outcome === 'unchanged' ? `unchanged, ${at}` : outcome === 'refused' ? `refused, ${at}: what was delivered before still counts`
    : `${at}; ${added} added, ${updated} updated, ${deprecated} deprecated, ${removed} removed, ${rejections.length} rejected`;
  return [
    `${repository}: ${what}${isRewritten ? ' (history was rewritten)' : ''}`,
    ...changes.slice(0, 50).map((change) => `  ${change.type.replace('resource.', '')}: ${change.name} ${change.version}${change.changes.length === 0 ? '' : ` (${change.changes.join(', ')})`}`),
    ...(changes.length > 50 ? [`  and ${changes.length - 50} more`] : []),
    ...rejections.flatMap(viewRejection),
    ...problems.map((problem) => `  ${problem}`),
  ].join('\n');
}

function viewRejection({ path, name, version, code, findings }: Rejection): readonly string[] {
  const what = name === undefined ? path : `${name}${version === undefined ? '' : ` ${version}`} in ${path}`;
  return [`  rejected: ${what} (${code})`, ...findings.map(({ field, message }) => `    ${field === '' ? '' : `${field}: `}${message}`)];
}

/** undefined: all is well. */
export function summarizeGit(outcomes: readonly Outcome<GitSyncResult>[]): unknown {
  const failure = summarizeFailures(outcomes);
  if (failure !== undefined) return failure;
  const rejected = outcomes.flatMap((outcome) => ('result' in outcome && outcome.result.rejections.length + outcome.result.problems.length > 0 ? [outcome.repository] : []));
  return rejected.length === 0 ? undefined : new ChantalError('E_PARTIAL', `not everything in ${rejected.join(', ')} counts`, {
    hint: 'What is rejected is told above; everything else is up to date.',
  });
}

export function viewGitSources(sources: readonly GitSourceView[]): string {
  if (sources.length === 0) return 'No Git repositories: see git.repositories in docs/configuration.md.';
  const table = renderTable(sources, [
    { title: 'NAME', value: ({ name }) => name },
    { title: 'PROVIDES', value: ({ provides }) => provides },
    { title: 'COMMIT', value: ({ commit }) => commit?.slice(0, 12) ?? '' },
    { title: 'RESOURCES', isNumber: true, value: ({ resources, provides }) => (provides === 'definitions' ? String(resources) : '') },
    { title: 'REJECTED', isNumber: true, value: ({ rejections }) => String(rejections) },
    { title: 'LAST ASKED', value: ({ checkedAt }) => (checkedAt === undefined ? 'never' : formatTime(checkedAt)) },
    { title: 'STATE', value: ({ isConfigured, isReachable, error }) => (!isConfigured ? 'no longer configured' : isReachable === false ? error?.code ?? 'failed' : isReachable === true ? 'reached' : '') },
  ]);
  const failing = sources.filter(({ error }) => error !== undefined).map(({ name, error, failures }) => `${name}: ${error?.message ?? ''} (${formatCount(failures, 'failure')} in a row)`);
  return [table, ...failing].join('\n');
}
