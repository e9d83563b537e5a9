/** Serve: metrics of what is recorded: runs of timers and of other processes count like those of this one. */

import { Counter, Gauge, Registry } from 'prom-client';
import type { App } from '../../core/app.js';
import { listGitSources } from '../../queries/git-sources.js';
import { countPackages } from '../../queries/repositories.js';
import { addGitMetrics } from './git-metrics.js';

/** As text for Prometheus. Nothing in it depends on this process. */
export async function renderRecordedMetrics(app: App): Promise<string> {
  const [records, counters, successes, snapshots, pool, deliveries, git] = await Promise.all([
    app.store.listRepositories(), app.store.listCounters(), app.store.listSuccesses(), app.store.findSnapshots({}), app.store.measureBlobs(),
    app.store.countDeliveries(), listGitSources(app),
  ]);
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: readonly string[] = []): Gauge => new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
  const counter = (name: string, help: string, labelNames: readonly string[]): Counter => new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });

  const packages = gauge('chantal_repository_packages', 'Packages in latest.', ['repo']);
  const bytes = gauge('chantal_repository_bytes', 'Bytes of the packages in latest.', ['repo']);
  const quarantined = gauge('chantal_repository_quarantined_packages', 'Packages that latest goes on without.', ['repo']);
  for (const { name, current, quarantined: missing } of records) {
    packages.set({ repo: name }, current?.artifactCount ?? 0);
    bytes.set({ repo: name }, current?.artifactBytes ?? 0);
    quarantined.set({ repo: name }, missing);
  }
  gauge('chantal_snapshots', 'Snapshots.').set(snapshots.length);
  gauge('chantal_pool_bytes', 'Bytes of the files in the pool that the database knows.').set(pool.bytes);
  gauge('chantal_pool_files', 'Files in the pool that the database knows.').set(pool.files);

  const runs = counter('chantal_sync_runs_total', 'Runs of repo sync by their result.', ['repo', 'result']);
  const cache = counter('chantal_http_cache_total', 'Root documents that were as they are in the HTTP cache (hit), and those that were fetched (miss).', ['result']);
  for (const { name, repository, label, value } of counters) {
    if (name === 'sync_runs') runs.inc({ repo: repository, result: label }, value);
    if (name === 'http_cache') cache.inc({ result: label }, value);
  }
  const success = gauge('chantal_sync_last_success_timestamp_seconds', 'When a sync last ended well.', ['repo']);
  for (const { repository, at } of successes) success.set({ repo: repository }, Date.parse(at) / 1000);

  const told = gauge('chantal_webhook_deliveries', 'What webhooks were told, and what still waits, by state; of what is over, the newest 1000 of each.', ['webhook', 'state']);
  for (const { webhook, state, count } of deliveries) told.set({ webhook, state }, count);

  const resources = gauge('catalog_resources_total', 'Things that the catalog holds, by kind.', ['kind']);
  resources.set({ kind: 'Package' }, countPackages(records));
  resources.set({ kind: 'ResourceDefinition' }, git.reduce((sum, source) => sum + source.resources, 0));
  const durations = addGitMetrics({ gauge, counter }, git, counters);
  const text = withoutType(await registry.metrics(), 'catalog_resources_total');
  return `${withoutType(text, 'catalog_validation_errors')}${durations}`;
}

/** The name is given, and ends like a counter's; the value goes down again. Prometheus calls that untyped. */
function withoutType(text: string, name: string): string {
  return text.replace(`# TYPE ${name} gauge`, `# TYPE ${name} untyped`);
}
