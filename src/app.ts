/** The composition root: settings → wired ports. The one place that knows which room implements which port. */

import { join } from 'node:path';
import { openBundleFiles } from './bundle/bundle.js';
import type { App } from './core/app.js';
import type { CatalogTools } from './core/catalog-tools.js';
import { ChantalError } from './core/errors.js';
import type { Format } from './core/format.js';
import type { GitSettings } from './core/git-settings.js';
import type { KeyTools } from './core/keys.js';
import type { MirrorList } from './core/mirrors.js';
import { deliveredDirectory } from './core/names.js';
import type { Clock, Pool, Reporter, Store } from './core/ports.js';
import type { Settings } from './core/settings.js';
import { lineFiles } from './disk/line-files.js';
import { measureFile } from './disk/measure.js';
import { pathProbe } from './disk/probe.js';
import { readAsset } from './disk/read-asset.js';
import { inTemporaryDirectory, runTool } from './disk/run-tool.js';
import { smallFiles } from './disk/small-files.js';
import { walkTree } from './disk/walk-tree.js';
import { formats } from './formats/all.js';
import { openPool } from './pool/pool.js';
import { openPublisher } from './publish/publisher.js';
import { exposureOf, findExposed } from './queries/doctor/check-keys.js';
import type { Patient } from './queries/doctor/examine.js';
import { openKeyStore } from './signing/key-store.js';
import type { Throttle } from './upstream/throttle.js';

export interface OpenOptions {
  readonly reporter: Reporter;
  readonly clock?: Clock;
  /** `init` and `db migrate` allow them, on a database that may not exist yet; `db status` reports them; everything else refuses. */
  readonly migrationsPending?: 'refuse' | 'allow' | 'report';
}

/**
 * Rooms with heavy libraries (HTTP, OpenPGP, the database) are imported when they are first needed.
 * @throws E_DATABASE, E_DATABASE_SCHEMA (says: run `chantal init` or `chantal db migrate`)
 */
export async function openApp(settings: Settings, { reporter, clock = systemClock, migrationsPending = 'refuse' }: OpenOptions): Promise<App> {
  const { basePath, poolPath, cachePath } = settings.storage;
  const store = await openStoreOf(settings, clock, migrationsPending);
  const pool = openPool({ path: poolPath });
  const connect = connector(settings, pool, clock);

  return {
    settings,
    reporter,
    clock,
    store,
    pool,
    publisher: openPublisher(pool),
    keys: openKeyStore(basePath),
    probe: pathProbe,
    bundles: openBundleFiles(pool),
    files: smallFiles,
    lines: lineFiles,
    types: formats.map(({ name }) => name),
    format: loadFormat,
    readAsset,
    async openUpstream(repository) {
      await warnOfExposure(settings, reporter, repository.name);
      return connect(repository);
    },
    walkTree,
    async readTrust(keys) {
      const { readTrust } = await import('./signing/keyring.js');
      return readTrust(keys, () => clock.now());
    },
    async openSigner() {
      if (settings.signing === undefined) return undefined;
      await warnOfExposure(settings, reporter);
      const { openSigner } = await import('./signing/sign.js');
      return openSigner(settings.signing);
    },
    async post(request) {
      const { postDocument } = await import('./upstream/post-document.js');
      return postDocument(request, settings);
    },
    async listCache() {
      const { listCache } = await import('./upstream/metadata-cache.js');
      return listCache(cachePath);
    },
    async clearCache(repository) {
      const [{ clearCache }, { clearRepositoryCache }] = await Promise.all([import('./upstream/metadata-cache.js'), import('./upstream/mirror-note.js')]);
      return repository === undefined ? clearCache(cachePath) : clearRepositoryCache(cachePath, repository.name, repository.upstream);
    },
    async openBranch(source) {
      const [{ openBranch }, { inherited }] = await Promise.all([import('./git/open-branch.js'), import('./git/environment.js')]);
      await warnOfExposure(settings, reporter);
      const environment = Object.fromEntries(inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
      return openBranch({ source, directory: join(basePath, 'git', `${source.name}.git`), proxy: settings.proxy, environment });
    },
    deliver: async (source, commit, files) => deliver(settings, source, commit, files),
    async openCluster(token) {
      const { cluster } = settings;
      if (cluster === undefined) throw new ChantalError('E_CONFIG', 'no cluster is configured', { hint: 'Set mcp.kubeconfig, or mcp.in_cluster.' });
      const { openCluster } = await import('./kubernetes/open-cluster.js');
      return openCluster({ ...cluster, ...(token === undefined ? {} : { token }) });
    },
    close: async () => store.close(),
  };
}

/** What `doctor` looks at. The database is opened by itself: that it cannot be is one of the things to be told. */
export async function openPatient(settings: Settings, clock: Clock = systemClock): Promise<Patient> {
  return {
    settings,
    clock,
    probe: pathProbe,
    keys: openKeyStore(settings.storage.basePath),
    tools: await openKeyTools(clock),
    openStore: async () => openStoreOf(settings, clock, 'report'),
  };
}

async function openStoreOf({ storage, database }: Settings, clock: Clock, migrationsPending: NonNullable<OpenOptions['migrationsPending']>): Promise<Store> {
  const { openStore } = await import('./store/open-store.js');
  return openStore({ url: database.url, poolSize: database.poolSize, locksPath: join(storage.basePath, 'locks'), clock, migrationsPending });
}

/** Said where the secrets are used: those of one repository, or those of all. */
async function warnOfExposure(settings: Settings, reporter: Reporter, repository?: string): Promise<void> {
  const used = settings.secretFiles.filter((file) => file.repository === repository);
  for (const { path, holds } of await findExposed(pathProbe, used)) reporter.log('WARN', `${exposureOf(holds)}: ${path}; run chmod o= ${path}`);
}

/** For keys outside of any repository's trust. Needs neither configuration nor database. */
export async function openKeyTools(clock: Clock = systemClock): Promise<KeyTools> {
  const [{ writeNewKey }, { describeKeys, describeKeyFile }, { describeCertificateFile }] = await Promise.all([
    import('./signing/generate-key.js'), import('./signing/describe-keys.js'), import('./signing/describe-certificates.js'),
  ]);
  return {
    generate: writeNewKey,
    describe: async (bytes, origin) => describeKeys({ bytes, origin }, clock.now()),
    describeFile: async (path) => describeKeyFile(path, clock.now()),
    describeCertificates: describeCertificateFile,
  };
}

/** For the catalog's own commands. Needs no database, and without settings no configuration: then there is no proxy. */
export function openCatalogTools(settings?: Pick<Settings, 'proxy' | 'download'>): CatalogTools {
  const wayOut = settings ?? { proxy: { noProxy: [] }, download: { workers: 1, retries: 0, timeoutMs: 30_000 } };
  return {
    files: smallFiles,
    format: loadFormat,
    readAsset,
    run: runTool,
    measure: measureFile,
    inTemporaryDirectory,
    async fetch(url, limitBytes) {
      const { readDocument } = await import('./upstream/read-document.js');
      return readDocument(url, limitBytes, wayOut);
    },
  };
}

const systemClock: Clock = { now: () => new Date() };

async function loadFormat(type: string): Promise<Format> {
  const known = formats.find((format) => format.name === type);
  if (known === undefined) throw new ChantalError('E_CONFIG', `unknown repository type ${JSON.stringify(type)}`);
  return known.load();
}

async function parseList(kind: 'mirrorlist' | 'metalink', bytes: Uint8Array, url: string): Promise<MirrorList> {
  if (kind === 'metalink') return (await import('./formats/kit/metalink.js')).parseMetalink(bytes, url);
  return (await import('./formats/kit/mirror-list.js')).parseMirrorlist(bytes, url);
}

/** All of them count, or nothing changes. */
async function deliver(settings: Settings, source: GitSettings, commit: string, files: Parameters<App['deliver']>[2]): Promise<readonly string[]> {
  const [{ dropCandidate, nameCandidate, writeCandidate }, { checkConfig }, { formatProblem }] = await Promise.all([
    import('./git/deliver.js'), import('./config/load.js'), import('./config/problem.js'),
  ]);
  const link = join(settings.storage.basePath, deliveredDirectory(source.name));
  const candidate = await writeCandidate(link, commit, files);
  const { problems } = checkConfig({ configDir: settings.configDir, formats, env: process.env, delivered: new Map([[source.name, candidate]]) });
  if (problems.length === 0) await nameCandidate(link, candidate);
  else await dropCandidate(link, candidate);
  return problems.map((problem) => formatProblem(problem).replaceAll(`${candidate}/`, ''));
}

/** Opens upstreams that share one bandwidth limit. */
function connector(settings: Settings, pool: Pool, clock: Clock): App['openUpstream'] {
  let throttle: Throttle | undefined;
  return async (repository) => {
    const [{ openUpstream }, { createThrottle }] = await Promise.all([import('./upstream/open-upstream.js'), import('./upstream/throttle.js')]);
    throttle ??= createThrottle(settings.download.bandwidthBytesPerSecond);
    const { ttlMs, maxAgeMs, enabled } = settings.cache;
    return openUpstream({
      repository: repository.name,
      source: repository.upstream,
      parseList,
      ...(repository.credentials === undefined ? {} : { credentials: repository.credentials }),
      origins: repository.origins,
      ...(repository.bandwidthBytesPerSecond === undefined ? {} : { bandwidthBytesPerSecond: repository.bandwidthBytesPerSecond }),
      proxy: settings.proxy,
      download: settings.download,
      cache: { enabled, ttlMs, maxAgeMs, path: settings.storage.cachePath },
      throttle,
      clock,
    }, pool);
  };
}
