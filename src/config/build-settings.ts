/** Config: the files' words → `Settings`: bytes, milliseconds, secrets read. */

import type { Filters } from '../core/filters.js';
import type { UpstreamSource } from '../core/mirrors.js';
import type { QuarantineLimit } from '../core/quarantine.js';
import type { CatalogSettings, Credentials, OriginSettings, ProxySettings, RepositorySettings, Settings } from '../core/settings.js';
import type { Policy } from '../core/git-settings.js';
import type { KeyPath } from '../core/key-path.js';
import { buildGit, buildValidation } from './build-git.js';
import { buildCluster } from './build-cluster.js';
import { buildService } from './build-service.js';
import { buildWebhooks } from './build-webhooks.js';
import type { CompleteGlobal, CompleteRepository, MergedConfig, MergedRepository } from './merged-config.js';
import type { ConfigProblem } from './problem.js';
import { findFileFault, readSecretFile } from './read-secrets.js';
import { listSecretFiles } from './secret-files.js';
import { defaultQuarantined, type CredentialsConfig, type OriginConfig, type PackageErrorConfig, type RepositoryConfig } from './schema.js';
import { parseBandwidth, parseDuration, parseShare } from './units.js';

export interface BuildOptions {
  readonly configDir: string;
  /** false: files that the configuration names may be missing, as in an example. */
  readonly checkFiles: boolean;
  /** Those of `policies.d`. */
  readonly policies: readonly Policy[];
  /** A problem of the global part, in the last file that has the key. */
  globalProblem(path: KeyPath, message: string): ConfigProblem;
}

/** `settings` are to be used only where there are no problems. */
export function buildSettings(merged: MergedConfig, options: BuildOptions): { readonly settings: Settings; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const { storage, database, download, cache, logging, publish } = merged.global;
  const limit = bandwidth(download.bandwidth_limit);
  if (storage.type !== undefined && database.url.startsWith('sqlite:') !== (storage.type === 'sqlite')) {
    problems.push(options.globalProblem(['storage', 'type'], `is ${storage.type}, and database.url names the other kind`));
  }
  const settings: Settings = {
    configDir: options.configDir,
    storage: { basePath: storage.base_path, poolPath: storage.pool_path, cachePath: storage.cache_path },
    database: { url: database.url, poolSize: database.pool_size },
    download: {
      workers: download.workers,
      retries: download.retries,
      timeoutMs: milliseconds(download.timeout),
      ...(limit === undefined ? {} : { bandwidthBytesPerSecond: limit }),
    },
    cache: { enabled: cache.enabled, ttlMs: milliseconds(cache.ttl), maxAgeMs: milliseconds(cache.max_age) },
    logging: { level: logging.level, format: logging.format, ...(logging.file === undefined ? {} : { file: logging.file }) },
    proxy: buildProxy(merged.global, secretReader(options, problems, (key, why) => options.globalProblem(['proxy', key], why))),
    publish: { keepPrevious: publish.keep_previous, mergedPath: publish.merged_path, compressions: publish.compression },
    catalog: {
      ...buildCatalog(merged.global.catalog, 'merged'),
      ...(merged.global.catalog.path === undefined ? {} : { path: merged.global.catalog.path }),
    },
    retention: { versions: merged.global.retention.versions },
    service: buildService(merged.global, options, problems),
    git: buildGit(merged.global, options, problems),
    validation: buildValidation(merged.global, options.policies),
    webhooks: buildWebhooks(merged.global, options, problems),
    audit: merged.global.audit.file === undefined ? {} : { file: merged.global.audit.file },
    ...buildCluster(merged.global, options, problems),
    ...buildSigning(merged.global, options, problems),
    repositories: merged.repositories.map((repository) => buildRepository(repository, options, problems)),
    secretFiles: listSecretFiles(merged, options.globalProblem),
  };
  return { settings, problems };
}

function buildRepository({ file, format, config }: MergedRepository, options: BuildOptions, problems: ConfigProblem[]): RepositorySettings {
  const { upstream, document } = splitDocument(toSource(config.upstream), format.section.documents);
  const { options: formatOptions, trust, architectures } = format.section.parse(config[format.name], document);
  const filters = buildFilters(config.filters, architectures);
  const quarantine = buildQuarantine(config.on_package_error);
  const limit = bandwidth(config.download?.bandwidth_limit);
  const readSecret = secretReader(options, problems, (key, why) => file.problem(['credentials', key], why));
  const { credentials } = config;
  if (options.checkFiles) {
    for (const path of trust.keyFiles) problems.push(...faultOf(path, (why) => file.problem([format.name, 'gpgkey_file'], why)));
    if (credentials?.type === 'client_cert') {
      for (const key of ['cert', 'key', 'ca_cert'] as const) problems.push(...faultOf(credentials[key], (why) => file.problem(['credentials', key], why)));
    }
  }
  return {
    name: config.name,
    type: format.name,
    isEnabled: config.enabled,
    file: file.path,
    upstreamUrl: addressesOf(upstream)[0] ?? '',
    upstream,
    ...(credentials === undefined ? {} : { credentials: buildCredentials(credentials, readSecret) }),
    origins: config.origins.map(({ url, credentials: given }, index) => {
      const readOwn = secretReader(options, problems, (key, why) => file.problem(['origins', index, 'credentials', key], why));
      return { origin: new URL(url).origin, ...(given === undefined ? {} : { credentials: buildPortable(given, readOwn) }) };
    }),
    ...(limit === undefined ? {} : { bandwidthBytesPerSecond: limit }),
    trust,
    options: formatOptions,
    allowWeakChecksums: config.allow_weak_checksums,
    ...(filters === undefined ? {} : { filters }),
    compressions: config.publish.compression,
    maxRemovedRatio: parseShare(config.sync.max_removed) ?? 0,
    ...(quarantine === undefined ? {} : { quarantine }),
    keptVersions: config.retention.versions,
    ...buildCatalog(config.catalog, 'catalog'),
    latestPath: config.publish.latest_path,
    snapshotsPath: config.publish.snapshots_path,
  };
}

function buildCatalog<K extends string>({ enabled, dist, url }: CompleteRepository['catalog'], key: K): { readonly [_ in K]?: CatalogSettings } {
  if (!enabled) return {};
  const catalog = { ...(dist === undefined ? {} : { dist }), ...(url === undefined ? {} : { url: url.replace(/\/+$/, '') }) };
  return { [key]: catalog } as { readonly [_ in K]?: CatalogSettings };
}

/** undefined where nothing is left out. */
function buildFilters(given: RepositoryConfig['filters'], own: readonly string[] | undefined): Filters | undefined {
  const asked = given.architectures;
  const architectures = asked === undefined || own === undefined ? (asked ?? own) : asked.filter((arch) => own.includes(arch));
  const filters: Filters = {
    include: given.include,
    exclude: given.exclude,
    ...(given.with_dependencies === false ? {} : { withDependencies: { others: given.with_dependencies === true ? [] : given.with_dependencies } }),
    ...(architectures === undefined ? {} : { architectures }),
    ...(given.newest === undefined ? {} : { newest: given.newest }),
    hasSources: given.sources,
    hasDebug: given.debug,
    ...(given.sections === undefined ? {} : { sections: given.sections }),
    ...(given.priorities === undefined ? {} : { priorities: given.priorities }),
    allowEmpty: given.allow_empty,
  };
  const isIdle = [filters.include, filters.exclude].every((globs) => globs.length === 0)
    && [architectures, filters.newest, filters.sections, filters.priorities].every((value) => value === undefined)
    && filters.hasSources && filters.hasDebug;
  return isIdle ? undefined : filters;
}

/** undefined where such a package fails the sync. */
function buildQuarantine(given: PackageErrorConfig): QuarantineLimit | undefined {
  if (given === 'fail') return undefined;
  const max = given === 'quarantine' ? defaultQuarantined : given.max;
  return typeof max === 'number' ? { packages: max } : { share: parseShare(max) ?? 0 };
}

function buildSigning({ signing }: CompleteGlobal, options: BuildOptions, problems: ConfigProblem[]): Pick<Settings, 'signing'> {
  if (signing.key_file === undefined) return {};
  const readSecret = secretReader(options, problems, (key, why) => options.globalProblem(['signing', key], why));
  if (options.checkFiles) problems.push(...faultOf(signing.key_file, (why) => options.globalProblem(['signing', 'key_file'], why)));
  const passphrase = readSecret(signing.passphrase, signing.passphrase_file, 'passphrase_file');
  return { signing: { keyFile: signing.key_file, ...(passphrase === '' ? {} : { passphrase }) } };
}

/** The schema has let exactly one of them pass. */
function toSource({ url, urls, mirrorlist, metalink }: RepositoryConfig['upstream']): UpstreamSource {
  if (mirrorlist !== undefined) return { kind: 'mirrorlist', url: mirrorlist };
  if (metalink !== undefined) return { kind: 'metalink', url: metalink };
  return { kind: 'urls', urls: (urls ?? [url ?? '']).map((each) => each.replace(/\/+$/, '')) };
}

/** The name of a root document at the end of an address is not a part of where the repository lies. */
function splitDocument(source: UpstreamSource, documents: RegExp | undefined): { readonly upstream: UpstreamSource; readonly document?: string } {
  const nameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);
  const document = source.kind === 'urls' ? nameOf(source.urls[0] ?? '') : '';
  if (source.kind !== 'urls' || documents === undefined || !documents.test(document)) return { upstream: source };
  return { upstream: { kind: 'urls', urls: source.urls.map((url) => (nameOf(url) === document ? url.slice(0, -document.length - 1) : url)) }, document };
}

function addressesOf(source: UpstreamSource): readonly string[] {
  return source.kind === 'urls' ? source.urls : [source.url];
}

type ReadSecret = (value: string | undefined, path: string | undefined, key: string) => string;

function buildCredentials(given: CredentialsConfig, readSecret: ReadSecret): Credentials {
  if (given.type !== 'client_cert') return buildPortable(given, readSecret);
  return { type: 'client_cert', cert: given.cert, key: given.key, ...(given.ca_cert === undefined ? {} : { caCert: given.ca_cert }) };
}

function buildPortable(given: NonNullable<OriginConfig['credentials']>, readSecret: ReadSecret): NonNullable<OriginSettings['credentials']> {
  switch (given.type) {
    case 'basic':
      return { type: 'basic', username: given.username, password: readSecret(given.password, given.password_file, 'password_file') };
    case 'bearer':
      return { type: 'bearer', token: readSecret(given.token, given.token_file, 'token_file') };
    case 'header':
      return { type: 'header', name: given.name, value: readSecret(given.value, given.value_file, 'value_file') };
  }
}

function buildProxy({ proxy }: CompleteGlobal, readSecret: ReadSecret): ProxySettings {
  const password = readSecret(proxy.password, proxy.password_file, 'password_file');
  const noProxy = typeof proxy.no_proxy === 'string' ? proxy.no_proxy.split(',') : proxy.no_proxy ?? [];
  return {
    ...(proxy.http_proxy === undefined ? {} : { httpProxy: proxy.http_proxy }),
    ...(proxy.https_proxy === undefined ? {} : { httpsProxy: proxy.https_proxy }),
    noProxy: noProxy.map((entry) => entry.trim()).filter((entry) => entry !== ''),
    ...(proxy.username === undefined ? {} : { username: proxy.username }),
    ...(password === '' ? {} : { password }),
  };
}

/** '' where nothing is given, and where the file cannot be read (which is then a problem). */
function secretReader(options: BuildOptions, problems: ConfigProblem[], problem: (key: string, message: string) => ConfigProblem): ReadSecret {
  return (value, path, key) => {
    if (path === undefined) return value ?? '';
    const { text, fault } = readSecretFile(path);
    if (fault !== undefined && options.checkFiles) problems.push(problem(key, fault));
    return text ?? '';
  };
}

function faultOf(path: string | undefined, problem: (message: string) => ConfigProblem): readonly ConfigProblem[] {
  const fault = path === undefined ? undefined : findFileFault(path);
  return fault === undefined ? [] : [problem(fault)];
}

/** The schema has let only durations pass. */
function milliseconds(value: number | string): number {
  return parseDuration(value) ?? 0;
}

function bandwidth(value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : parseBandwidth(value);
}
