/** Serve: metrics of Git repositories and of the definitions from them, from what is recorded: syncs of timers count too. */

import type { Counter, Gauge } from 'prom-client';
import { gitSyncBuckets } from '../../core/resource-store.js';
import type { Counter as Recorded } from '../../core/service-store.js';
import type { GitSourceView } from '../../queries/git-sources.js';

export interface MetricMakers {
  gauge(name: string, help: string, labelNames: readonly string[]): Gauge;
  counter(name: string, help: string, labelNames: readonly string[]): Counter;
}

/** @returns text to be appended: prom-client makes histograms of observations only, and these were made elsewhere */
export function addGitMetrics({ gauge, counter }: MetricMakers, sources: readonly GitSourceView[], counters: readonly Recorded[]): string {
  const runs = counter('chantal_git_runs_total', 'Syncs of Git repositories by their result.', ['source', 'result']);
  const errors = gauge('catalog_validation_errors', 'Definitions that were rejected, by why.', ['source', 'code']);
  const reachable = gauge('chantal_git_reachable', 'Was the Git repository reached the last time?', ['source']);
  const rejected = gauge('chantal_git_rejected', 'Definitions that do not count now.', ['source']);
  for (const { name, isReachable, rejections } of sources) {
    if (isReachable !== undefined) reachable.set({ source: name }, isReachable ? 1 : 0);
    rejected.set({ source: name }, rejections);
  }
  for (const { name, repository, label, value } of counters) {
    if (name === 'git_runs') runs.inc({ source: repository, result: label }, value);
    if (name === 'validation_errors') errors.set({ source: repository, code: label }, value);
  }
  return renderDurations(counters);
}

function renderDurations(counters: readonly Recorded[]): string {
  const metric = 'catalog_git_sync_duration';
  const names = [...new Set(counters.filter(({ name }) => name === 'git_sync_ms').map(({ repository }) => repository))];
  const lines = names.flatMap((source) => {
    const ofSource = counters.filter(({ repository }) => repository === source);
    let sum = 0;
    const buckets = gitSyncBuckets.map((bound) => {
      sum += ofSource.find(({ name, label }) => name === 'git_sync_bucket' && label === bound)?.value ?? 0;
      return `${metric}_bucket{source="${source}",le="${bound}"} ${sum}`;
    });
    const ms = ofSource.find(({ name }) => name === 'git_sync_ms')?.value ?? 0;
    return [...buckets, `${metric}_sum{source="${source}"} ${ms / 1000}`, `${metric}_count{source="${source}"} ${sum}`];
  });
  return [`# HELP ${metric} How long syncs of Git repositories took, in seconds.`, `# TYPE ${metric} histogram`, ...lines, ''].join('\n');
}
