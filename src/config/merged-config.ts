/** Config: the whole configuration in the files' own words, with every default filled in. What `config show` prints. */

import { posix } from 'node:path';
import type { ConfigFile } from './config-file.js';
import type { ConfigFormat, GlobalConfig, PackageErrorConfig, RepositoryConfig } from './schema.js';

export interface MergedConfig {
  readonly global: CompleteGlobal;
  /** By dotted key: strings from the environment as they may be shown. */
  readonly shown: ReadonlyMap<string, string>;
  /** In name order. */
  readonly repositories: readonly MergedRepository[];
}

export interface CompleteGlobal extends GlobalConfig {
  readonly storage: GlobalConfig['storage'] & { readonly base_path: string; readonly pool_path: string; readonly cache_path: string };
  readonly database: { readonly url: string; readonly pool_size: number };
  readonly publish: GlobalConfig['publish'] & { readonly merged_path: string };
}

export interface MergedRepository {
  readonly file: ConfigFile;
  readonly format: ConfigFormat;
  readonly config: CompleteRepository;
}

export type CompleteRepository = RepositoryConfig & {
  readonly publish: { readonly latest_path: string; readonly snapshots_path: string; readonly compression: GlobalConfig['publish']['compression'] };
  readonly sync: { readonly max_removed: string };
  readonly on_package_error: PackageErrorConfig;
  readonly retention: { readonly versions: number };
  readonly catalog: { readonly enabled: boolean; readonly dist?: string | undefined; readonly url?: string | undefined };
};

export function completeGlobal(global: GlobalConfig): CompleteGlobal {
  const basePath = tidyPath(global.storage.base_path);
  return {
    ...global,
    storage: {
      ...global.storage,
      base_path: basePath,
      pool_path: tidyPath(global.storage.pool_path ?? posix.join(basePath, 'pool')),
      cache_path: tidyPath(global.storage.cache_path ?? posix.join(basePath, 'cache')),
    },
    database: {
      ...global.database,
      url: global.database.url ?? `sqlite:///${posix.join(basePath, 'chantal.db')}`,
    },
    catalog: { ...global.catalog, ...(global.catalog.path === undefined ? {} : { path: tidyPath(global.catalog.path) }) },
    publish: { ...global.publish, merged_path: tidyPath(global.publish.merged_path ?? posix.join(basePath, 'www/merged')) },
  };
}

export function completeRepository(config: RepositoryConfig, global: CompleteGlobal): CompleteRepository {
  const home = posix.join(global.storage.base_path, 'www', config.name);
  return {
    ...config,
    publish: {
      ...config.publish,
      latest_path: tidyPath(config.publish.latest_path ?? posix.join(home, 'latest')),
      snapshots_path: tidyPath(config.publish.snapshots_path ?? posix.join(home, 'snapshots')),
      compression: config.publish.compression ?? global.publish.compression,
    },
    sync: { max_removed: config.sync?.max_removed ?? global.sync.max_removed },
    on_package_error: config.on_package_error ?? global.on_package_error,
    retention: { versions: config.retention?.versions ?? global.retention.versions },
    catalog: {
      enabled: config.catalog?.enabled ?? global.catalog.enabled,
      dist: config.catalog?.dist ?? global.catalog.dist,
      url: config.catalog?.url,
    },
  };
}

/** `/a//b/../c/` → `/a/c`, so that equal paths are equal texts. */
function tidyPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/+$/, '') : normal;
}
