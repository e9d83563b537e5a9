/** Queries: what is configured and what is known of it. */

import type { App } from '../core/app.js';
import type { RepositoryRecord } from '../core/repository.js';
import { redactUrl } from '../core/redact.js';
import type { RepositorySettings } from '../core/settings.js';
import type { RepositoryDetails, RepositoryView } from '../operations/results.js';
import { findRepository } from './find-repository.js';
import { listSnapshots } from './snapshots.js';

/** Configured ones, and those that the database still knows; by name. */
export async function listRepositories(app: App): Promise<readonly RepositoryView[]> {
  const records = new Map((await app.store.listRepositories()).map((record) => [record.name, record]));
  const configured = app.settings.repositories.map((settings) => viewRepository(settings, records.get(settings.name)));
  const names = new Set(configured.map((view) => view.name));
  const forgotten = [...records.values()].filter((record) => !names.has(record.name)).map((record) => viewForgotten(record));
  return [...configured, ...forgotten].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** In `latest` of all of them. */
export function countPackages(records: readonly RepositoryRecord[]): number {
  return records.reduce((sum, { current }) => sum + (current?.artifactCount ?? 0), 0);
}

/** @throws E_REPOSITORY_UNKNOWN */
export async function showRepository(app: App, name: string): Promise<RepositoryDetails> {
  const settings = findRepository(app.settings, name);
  const record = await app.store.findRepository(name);
  const current = record?.current;
  const [latest] = await app.store.listPublications({ repository: name, target: 'latest' });
  const versions = await app.store.listVersions(name);
  const files = current === undefined ? [] : await app.store.listFiles(current);
  const quarantined = await app.store.listQuarantine(name);
  const format = await app.format(settings.type);
  return {
    ...viewRepository(settings, record),
    mode: current?.mode ?? 'verbatim',
    modeReason: explainMode(current?.mode, quarantined.length),
    quarantined,
    metadataFiles: files.length,
    signedBy: current?.signedBy ?? [],
    pinnedKeys: (await app.keys.read(name))?.fingerprints ?? [],
    ...(current?.validUntil === undefined ? {} : { validUntil: current.validUntil }),
    latestPath: settings.latestPath,
    snapshotsPath: settings.snapshotsPath,
    publishedVersion: latest?.state === 'complete' ? latest.version.number : 0,
    versions: versions.map(({ number, createdAt, artifactCount }) => ({ number, createdAt, packages: artifactCount })),
    snapshots: await listSnapshots(app, name),
    clientConfig: format.clientConfig(name, files, current?.signedBy ?? []),
  };
}

function explainMode(mode: RepositoryDetails['mode'] | undefined, quarantined: number): string {
  if (mode !== 'regenerated') return 'nothing is left out, so upstream\'s metadata is published byte for byte';
  if (quarantined === 0) return 'not all of upstream is kept, so the metadata describes what is';
  return 'upstream does not deliver all packages as it lists them, so the metadata describes those that are here';
}

function viewRepository(settings: RepositorySettings, record: RepositoryRecord | undefined): RepositoryView {
  return {
    ...viewRecord(record),
    name: settings.name,
    type: settings.type,
    isEnabled: settings.isEnabled,
    isConfigured: true,
    upstream: redactUrl(settings.upstreamUrl),
  };
}

function viewForgotten(record: RepositoryRecord): RepositoryView {
  return { ...viewRecord(record), name: record.name, type: record.type, isEnabled: false, isConfigured: false, upstream: '' };
}

function viewRecord(record: RepositoryRecord | undefined): Pick<RepositoryView, 'version' | 'packages' | 'bytes' | 'quarantinedPackages' | 'lastSync' | 'lastError'> {
  const lastSync = record?.lastSync;
  return {
    version: record?.current?.number ?? 0,
    packages: record?.current?.artifactCount ?? 0,
    bytes: record?.current?.artifactBytes ?? 0,
    quarantinedPackages: record?.quarantined ?? 0,
    ...(lastSync === undefined ? {} : { lastSync: { at: lastSync.at, outcome: lastSync.outcome } }),
    ...(lastSync?.error === undefined ? {} : { lastError: lastSync.error }),
  };
}
