/** Core: settings as operations and rooms read them: absolute paths, bytes, milliseconds, secrets resolved. */

import type { Filters } from './filters.js';
import type { GitSettings, ValidationSettings } from './git-settings.js';
import type { UpstreamSource } from './mirrors.js';
import type { LogLevel } from './ports.js';
import type { QuarantineLimit } from './quarantine.js';
import type { Compression } from './render.js';
import type { ServiceSettings } from './service-settings.js';
import type { WebhookSettings } from './webhooks.js';

export interface Settings {
  readonly configDir: string;
  readonly storage: { readonly basePath: string; readonly poolPath: string; readonly cachePath: string };
  readonly database: { readonly url: string; readonly poolSize: number };
  readonly download: DownloadSettings;
  readonly cache: { readonly enabled: boolean; readonly ttlMs: number; readonly maxAgeMs: number };
  readonly logging: { readonly level: LogLevel; readonly format: 'text' | 'json'; readonly file?: string };
  readonly proxy: ProxySettings;
  readonly publish: { readonly keepPrevious: number; readonly mergedPath: string; readonly compressions: readonly Compression[] };
  /** Signs regenerated metadata; undefined: it is published unsigned. */
  readonly signing?: { readonly keyFile: string; readonly passphrase?: string };
  readonly catalog: {
    /** Of what is merged across repositories; each other one has its own. */
    readonly merged?: CatalogSettings;
    /** One catalog over all repositories; undefined: none. */
    readonly path?: string;
  };
  /** For repositories that are no longer configured; each other one has its own `keptVersions`. */
  readonly retention: { readonly versions: number };
  readonly service: ServiceSettings;
  /** In the order of the configuration. */
  readonly git: readonly GitSettings[];
  /** How definitions are checked. */
  readonly validation: ValidationSettings;
  /** The audit trail as a file besides; undefined: there is none. */
  readonly audit: { readonly file?: string };
  /** In name order. */
  readonly webhooks: readonly WebhookSettings[];
  /** Where ServiceTemplates are installed; undefined: nowhere. */
  readonly cluster?: ClusterAccess;
  /** In name order. */
  readonly repositories: readonly RepositorySettings[];
  /** Files that nobody else should read: private keys, passwords, and configuration that holds such. */
  readonly secretFiles: readonly SecretFile[];
}

export interface ClusterAccess {
  /** undefined: the service account of the pod that this runs in. */
  readonly kubeconfig?: string;
  /** Instead of the file's current one. */
  readonly context?: string;
  /** `OIDC_REQUIRED`: every call names its namespaces, and one over HTTP acts with its caller's token. */
  readonly mode: 'DEV_ALLOW_ANY' | 'OIDC_REQUIRED';
  /** A regular expression over names; undefined: all. */
  readonly namespaces?: string;
}

export interface CatalogSettings {
  /** Instead of what packages and repository say. */
  readonly dist?: string;
  /** Of `latest`, without a trailing slash; undefined: addresses are relative. */
  readonly url?: string;
}

export interface SecretFile {
  readonly path: string;
  /** `signing.key_file`, `credentials.password of rhel9`. */
  readonly holds: string;
  /** undefined: it concerns all. */
  readonly repository?: string;
}

export interface DownloadSettings {
  readonly workers: number;
  readonly retries: number;
  /** A transfer that moves nothing for this long has stalled. */
  readonly timeoutMs: number;
  /** Over all workers; undefined: unlimited. */
  readonly bandwidthBytesPerSecond?: number;
}

export interface ProxySettings {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  /** Host names, `.domain` suffixes, addresses, `host:port`, or `*`. */
  readonly noProxy: readonly string[];
  readonly username?: string;
  readonly password?: string;
}

export type Credentials =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'header'; readonly name: string; readonly value: string }
  | { readonly type: 'client_cert'; readonly cert: string; readonly key: string; readonly caCert?: string };

/** A server that is not the repository's own, and that files of it may lie on. */
export interface OriginSettings {
  /** `https://host`, `http://host:5000`: an `oci://` address of that host is asked for there, by that scheme. */
  readonly origin: string;
  readonly credentials?: Exclude<Credentials, { readonly type: 'client_cert' }>;
}

export interface TrustSettings {
  /** Signatures are demanded. false: they are checked only where keys are given. */
  readonly isRequired: boolean;
  /** true: the root must be signed. undefined: it must verify where a signature exists. false: it is not looked at. */
  readonly rootSignature?: boolean;
  readonly keyUrls: readonly string[];
  readonly keyFiles: readonly string[];
}

export interface RepositorySettings {
  readonly name: string;
  readonly type: string;
  readonly isEnabled: boolean;
  /** The file it was read from, for messages. */
  readonly file: string;
  /** Without a trailing slash; may hold a user name and password. */
  readonly upstreamUrl: string;
  /** Where it really comes from; of several addresses `upstreamUrl` is the first, of a list the list's. */
  readonly upstream: UpstreamSource;
  readonly credentials?: Credentials;
  readonly origins: readonly OriginSettings[];
  /** Its own limit, besides the global one. */
  readonly bandwidthBytesPerSecond?: number;
  readonly trust: TrustSettings;
  /** What the format's own schema made of the section named after the type. */
  readonly options: unknown;
  readonly allowWeakChecksums: boolean;
  /** undefined: everything is mirrored, verbatim. */
  readonly filters?: Filters;
  /** Of regenerated index files, also of merges of this repository alone; first the one that is preferred. */
  readonly compressions: readonly Compression[];
  /** A sync that removes more than this share (0 to 1) of the artifacts needs `--force`. */
  readonly maxRemovedRatio: number;
  /** How far a sync goes on without packages that upstream does not deliver as listed; undefined: it fails. */
  readonly quarantine?: QuarantineLimit;
  /** So many of the newest versions stay, besides those that something names. */
  readonly keptVersions: number;
  /** undefined: no catalog is published with it. */
  readonly catalog?: CatalogSettings;
  readonly latestPath: string;
  readonly snapshotsPath: string;
}
