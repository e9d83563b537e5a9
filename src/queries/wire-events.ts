/** Queries: events as readers see them: public names, and `metadata` that filters look at. */

import type { App } from '../core/app.js';
import type { RecordedEvent } from '../core/events.js';
import type { Artifact } from '../core/repository.js';

export interface WireEvent {
  /** `<id>`, or `<id>.<n>` for all but the last of those that one event stands for. */
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly kind: 'Repository' | 'Snapshot' | 'Package' | 'ResourceDefinition' | 'GitRepository';
  readonly repository: string;
  readonly metadata: {
    readonly name: string;
    readonly provider: string;
    readonly version?: string;
    readonly category?: string;
    readonly arch?: string;
  };
  readonly details: Readonly<Record<string, unknown>>;
}

type Undated = Omit<WireEvent, 'id' | 'at'>;

/** @param hasPackages also what a version changed, package by package: of a first sync that is every one */
export async function* toWireEvents(app: App, { id, at, event }: RecordedEvent, hasPackages: boolean): AsyncGenerator<WireEvent> {
  const packages = hasPackages && event.type === 'version.recorded' ? await changedPackages(app, event.repository, event.version) : [];
  let count = 0;
  for (const each of packages) {
    count += 1;
    yield { ...each, id: `${id}.${count}`, at };
  }
  for (const each of describe(event)) yield { ...each, id: String(id), at };
}

function describe(event: RecordedEvent['event']): readonly Undated[] {
  const { repository, type } = event;
  const ofRepository = (name: string, details: Undated['details'], version?: number): readonly Undated[] => [{
    type: name, kind: 'Repository', repository, metadata: { name: repository, provider: repository, ...(version === undefined ? {} : { version: String(version) }) }, details,
  }];
  switch (type) {
    case 'sync.started': return ofRepository(type, {});
    case 'sync.unchanged': return ofRepository('sync.finished', { result: 'unchanged', added: 0, removed: 0 }, event.version);
    case 'sync.failed': return ofRepository(type, { code: event.code, message: event.message });
    // What was merged gets its name with `snapshot.created`; what was adopted waits for a sync.
    case 'version.recorded': return repository.includes('/') ? [] : ofRepository('sync.finished', { result: 'synced', added: event.added, removed: event.removed, packages: event.artifactCount }, event.version);
    case 'latest.published': return ofRepository('publish.finished', { target: 'latest' }, event.version);
    case 'snapshot.published': return ofRepository('publish.finished', { target: `snapshot:${event.snapshot}` });
    case 'snapshot.created':
    case 'snapshot.deleted':
      return [{
        type, kind: 'Snapshot', repository, details: {},
        metadata: { name: event.snapshot, provider: repository, ...(type === 'snapshot.created' ? { version: String(event.version) } : {}) },
      }];
    case 'resource.created':
    case 'resource.updated':
    case 'resource.deprecated':
    case 'resource.removed':
      return [{
        type, kind: 'ResourceDefinition', repository, metadata: { name: event.name, provider: event.provider, version: event.version, category: event.category },
        details: { changes: event.changes, git_commit: event.commit, user: event.author },
      }];
    case 'resource.rejected':
      return [{
        type, kind: 'ResourceDefinition', repository, metadata: { name: event.name ?? event.path, provider: '', ...(event.version === undefined ? {} : { version: event.version }) },
        details: { path: event.path, document: event.document, code: event.code, validation_errors: event.findings, git_commit: event.commit, user: event.author },
      }];
    case 'git.synced':
      return ofGit(event, { branch: event.branch, git_commit: event.commit, run: event.run, ...event.counts, rewritten: event.isRewritten, ...(event.files === undefined ? {} : { files: event.files }) });
    case 'git.refused': return ofGit(event, { git_commit: event.commit, problems: event.problems });
    case 'git.failed': return ofGit(event, { code: event.code, message: event.message });
    // For the audit trail alone.
    case 'webhook.refused': return [];
    case 'package.quarantined':
    case 'package.released':
      return [{
        type, kind: 'Package', repository, metadata: { name: event.name, provider: repository, version: event.packageVersion, arch: event.arch },
        details: { path: event.path, ...(type === 'package.quarantined' ? { code: event.code, message: event.message } : {}) },
      }];
  }
}

function ofGit({ type, repository }: { readonly type: string; readonly repository: string }, details: Undated['details']): readonly Undated[] {
  return [{ type, kind: 'GitRepository', repository, metadata: { name: repository, provider: repository }, details }];
}

/** Nothing where the versions are gone by now: `sync.finished` still tells how many there were. */
async function changedPackages(app: App, repository: string, number: number): Promise<readonly Undated[]> {
  const to = await app.store.findVersion(repository, number);
  if (to === undefined) return [];
  const from = await app.store.findVersion(repository, number - 1);
  if (from === undefined && number > 1) return [];
  const { addedArtifacts: added, removedArtifacts: removed } = from === undefined
    ? { addedArtifacts: await app.store.listArtifacts(to), removedArtifacts: [] }
    : await app.store.diffVersions(from, to);
  const before = new Set(removed.map(nameKey));
  const after = new Set(added.map(nameKey));
  const describePackage = (type: string, artifact: Artifact): Undated => ({
    type, kind: 'Package', repository, details: { path: artifact.path },
    metadata: {
      name: artifact.name, provider: repository, version: artifact.version, arch: artifact.arch,
      ...(categoryOf(artifact) === '' ? {} : { category: categoryOf(artifact) }),
    },
  });
  return [
    ...added.map((artifact) => describePackage(before.has(nameKey(artifact)) ? 'package.updated' : 'package.added', artifact)),
    ...removed.filter((artifact) => !after.has(nameKey(artifact))).map((artifact) => describePackage('package.removed', artifact)),
  ];
}

function nameKey({ name, arch }: Artifact): string {
  return `${name}\0${arch}`;
}

/** As JSON, as far as readers are told of it. */
export function describeWireEvent({ type, at, kind, repository, metadata, details }: Omit<WireEvent, 'id'>): Readonly<Record<string, unknown>> {
  return { type, at, kind, repository, metadata, ...details };
}

/** Section (apt) or group (rpm). */
export function categoryOf({ attributes }: Pick<Artifact, 'attributes'>): string {
  return attributes['section'] ?? attributes['group'] ?? '';
}
