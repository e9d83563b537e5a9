/** Operations: one catalog over all repositories, beside their trees: the newest of each key, whoever was synced last. */

import { posix } from 'node:path';
import { parseFileName } from '../../catalog/file-names.js';
import { parseArtifact } from '../../catalog/parse.js';
import { renderDocument } from '../../catalog/render.js';
import type { DebArtifact, RpmArtifact } from '../../catalog/schema.js';
import type { App } from '../../core/app.js';
import { catalogDirectory, catalogIndexPath, catalogKind } from '../../core/catalog.js';
import { digestOf, type Digest } from '../../core/digest.js';
import { forEachConcurrent } from '../../core/for-each-concurrent.js';
import type { Format } from '../../core/format.js';
import type { RepositoryVersion } from '../../core/repository.js';
import type { RepositorySettings } from '../../core/settings.js';
import { withWaitingLock } from '../pool-lock.js';
import { aggregateDirectory, type AggregateResult } from './aggregate-directory.js';

/** What the directory was last brought to. */
interface MergedState {
  /** Which repositories, under which addresses. */
  readonly sources: string;
  readonly versions: Readonly<Record<string, { readonly number: number; readonly createdAt: string }>>;
}

interface Source {
  readonly repository: RepositorySettings;
  readonly version: RepositoryVersion;
  readonly format: Format;
}

const stateName = '.catalog-state.json';
const atOnce = 8;

export interface MergedResult {
  readonly path: string;
  readonly outcome: 'unchanged' | 'updated';
  /** Files written or removed, indexes included. */
  readonly written: number;
  readonly exporters: number;
  readonly problems: AggregateResult['problems'];
}

/**
 * Reads what the repositories' current versions say from the database, under a lock: the order in which syncs end decides nothing.
 * Costs what changed since the last time; interrupted, the next one does it again. Files that others have put there stay.
 */
export async function updateMerged(app: App, path: string, signal?: AbortSignal, isForced = false): Promise<MergedResult> {
  return withWaitingLock(app, 'catalog', 'catalog', async () => {
    const sources = await findSources(app);
    const state = describeState(path, sources);
    const before = isForced ? undefined : await readState(app, path);
    if (before !== undefined && digestState(before) === digestState(state)) return { path, outcome: 'unchanged', written: 0, exporters: 0, problems: [] };
    const files = await Promise.all(sources.map(async (source) => listCatalog(app, source)));
    const isContinued = before?.sources === state.sources;
    const changed = isContinued ? await findChanged(app, sources, before) : undefined;
    const keys = changed ?? new Set([...files.flatMap((known) => [...known.keys()]), ...await findOwn(app, path)]);
    const names = new Set<string>();
    let written = 0;
    await forEachConcurrent([...keys], atOnce, async (key) => {
      signal?.throwIfAborted();
      const target = posix.join(path, catalogDirectory, key);
      const winner = await chooseWinner(app, key, sources, files, path);
      const isWritten = winner === undefined ? await app.files.remove(target) : await app.files.write(target, renderDocument(winner), false);
      if (isWritten) written += 1;
      names.add(key.slice(0, key.indexOf('/')));
    });
    const aggregated = await aggregateDirectory(app.files, {
      catalogDir: posix.join(path, catalogDirectory),
      indexPath: posix.join(path, catalogIndexPath),
      ...(isContinued ? { exporters: names } : {}),
      compareVersions: await looseOrder(app),
      isDurable: false,
    });
    await app.files.flush(path);
    await app.files.write(posix.join(path, stateName), renderDocument(state), true);
    return { path, outcome: 'updated', written: written + aggregated.written.length, exporters: aggregated.exporters, problems: aggregated.problems };
  }, signal);
}

/** Upstreams' own versions, of which nobody says in whose order they stand: dpkg's reads all of them. */
export async function looseOrder({ format }: Pick<App, 'format'>): Promise<(a: string, b: string) => number> {
  const apt = await format('apt');
  return (a, b) => apt.compareVersions(a, b);
}

async function findSources(app: App): Promise<readonly Source[]> {
  const records = new Map((await app.store.listRepositories()).map((record) => [record.name, record]));
  const sources: Source[] = [];
  for (const repository of app.settings.repositories) {
    const version = records.get(repository.name)?.current;
    if (repository.catalog === undefined || version === undefined) continue;
    sources.push({ repository, version, format: await app.format(repository.type) });
  }
  return sources;
}

function describeState(path: string, sources: readonly Source[]): MergedState {
  return {
    sources: digestOf(JSON.stringify([path, ...sources.map(({ repository: { name, type, catalog, latestPath } }) => [name, type, catalog?.url ?? null, latestPath])])),
    versions: Object.fromEntries(sources.map(({ repository, version: { number, createdAt } }) => [repository.name, { number, createdAt }])),
  };
}

function digestState(state: MergedState): Digest {
  return digestOf(JSON.stringify([state.sources, state.versions]));
}

/** undefined: none, or one that cannot be read: everything is looked at. */
async function readState(app: App, path: string): Promise<MergedState | undefined> {
  const bytes = await app.files.read(posix.join(path, stateName));
  if (bytes === undefined) return undefined;
  try {
    const { sources, versions } = JSON.parse(bytes.toString('utf8')) as MergedState;
    return typeof sources === 'string' && typeof versions === 'object' ? { sources, versions } : undefined;
  } catch {
    return undefined;
  }
}

/** Digests by `<package>/<file>`. */
async function listCatalog(app: App, { version }: Source): Promise<ReadonlyMap<string, Digest>> {
  const files = await app.store.listFiles(version);
  return new Map(files.flatMap(({ kind, path, digest }) => {
    const key = kind === catalogKind ? keyOf(path) : undefined;
    return key === undefined ? [] : [[key, digest] as const];
  }));
}

function keyOf(path: string): string | undefined {
  const [, name, file, ...more] = path.split('/');
  return name === undefined || file === undefined || more.length > 0 || parseFileName(file) === undefined ? undefined : `${name}/${file}`;
}

/** undefined: a version that the state names is gone, or another one, and nothing tells what changed since. */
async function findChanged(app: App, sources: readonly Source[], { versions }: MergedState): Promise<ReadonlySet<string> | undefined> {
  const keys = new Set<string>();
  for (const { repository, version } of sources) {
    const known = versions[repository.name];
    const from = known === undefined ? undefined : await app.store.findVersion(repository.name, known.number);
    if (from === undefined || from.createdAt !== known?.createdAt) return undefined;
    if (from.number === version.number) continue;
    const { addedFiles, removedFiles } = await app.store.diffVersions(from, version);
    for (const { kind, path } of [...addedFiles, ...removedFiles]) {
      const key = kind === catalogKind ? keyOf(path) : undefined;
      if (key !== undefined) keys.add(key);
    }
  }
  return keys;
}

/** What this has written here before: it names a repository. */
async function findOwn({ files }: App, path: string): Promise<readonly string[]> {
  const directory = posix.join(path, catalogDirectory);
  const own: string[] = [];
  for (const name of (await files.list(directory)).directories) {
    for (const file of (await files.list(posix.join(directory, name))).files) {
      const key = parseFileName(file);
      if (key === undefined || key.type === 'docker') continue;
      const bytes = await files.read(posix.join(directory, name, file));
      const parsed = bytes === undefined ? undefined : parseArtifact(bytes, `${name}/${file}`, key);
      if (parsed !== undefined && 'value' in parsed && 'repository' in parsed.value) own.push(`${name}/${file}`);
    }
  }
  return own;
}

/** What can be had before what cannot; then the highest version; then the repository whose name sorts first. */
async function chooseWinner(
  app: App, key: string, sources: readonly Source[], files: readonly ReadonlyMap<string, Digest>[], path: string,
): Promise<RpmArtifact | DebArtifact | undefined> {
  let winner: { readonly artifact: RpmArtifact | DebArtifact; readonly source: Source } | undefined;
  for (const [index, source] of sources.entries()) {
    const digest = files[index]?.get(key);
    const artifact = digest === undefined ? undefined : await readArtifact(app, key, digest);
    if (artifact === undefined) continue;
    if (winner === undefined || isBetter(artifact, winner.artifact, source.format)) winner = { artifact, source };
  }
  if (winner === undefined) return undefined;
  const { artifact, source } = winner;
  return { ...artifact, repository: source.repository.name, package: { ...artifact.package, url: addressOf(artifact.package.url, key, source.repository, path) } };
}

async function readArtifact(app: App, key: string, digest: Digest): Promise<RpmArtifact | DebArtifact | undefined> {
  const parsedName = parseFileName(key.slice(key.indexOf('/') + 1));
  if (parsedName === undefined) return undefined;
  const parsed = parseArtifact(await app.pool.read(digest), key, parsedName);
  return 'problem' in parsed || parsed.value.artifact_type === 'docker' ? undefined : parsed.value;
}

function isBetter(a: RpmArtifact | DebArtifact, b: RpmArtifact | DebArtifact, format: Format): boolean {
  if (a.status !== b.status) return a.status === 'success';
  return format.compareVersions(versionOf(a, format), versionOf(b, format)) > 0;
}

function versionOf(artifact: RpmArtifact | DebArtifact, { catalog }: Format): string {
  return catalog?.versionOf((artifact.artifact_type === 'rpm' ? artifact.rpm_metadata : artifact.deb_metadata) ?? {}) ?? artifact.version;
}

/** A repository's own files name packages relative to themselves, in its tree. */
function addressOf(url: string, key: string, { catalog, latestPath }: RepositorySettings, path: string): string {
  const below = url.replace(/^\.\.\/\.\.\//, '');
  if (catalog?.url !== undefined) return `${catalog.url}/${below}`;
  const from = posix.dirname(posix.join(path, catalogDirectory, key));
  return `${posix.relative(from, latestPath).split('/').map(encodeURIComponent).join('/')}/${below}`;
}
