/** Core: what an operation is handed: the settings and every port, wired. */

import type { BundleFiles } from './bundle-files.js';
import type { Cluster } from './cluster.js';
import type { Format } from './format.js';
import type { GitBranch } from './git.js';
import type { GitSettings } from './git-settings.js';
import type { LineFiles } from './line-files.js';
import type { PathProbe } from './path-facts.js';
import type { PostAnswer, PostRequest } from './post.js';
import type { Clock, KeyStore, Pool, Reporter, Store, TreeEntry, Trust, Upstream } from './ports.js';
import type { Publisher } from './publisher.js';
import type { MetadataSigner } from './render.js';
import type { RepositorySettings, Settings } from './settings.js';
import type { SmallFiles } from './small-files.js';

/** A document whose validators are kept: the next request for it is a conditional one. `url` holds no credentials. */
export interface CachedDocument {
  readonly url: string;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly storedAt: string;
}

/** Everything an operation may need. Rooms are opened when they are first asked for, so that a listing loads no HTTP client. */
export interface App {
  readonly settings: Settings;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly store: Store;
  readonly pool: Pool;
  readonly publisher: Publisher;
  readonly keys: KeyStore;
  readonly probe: PathProbe;
  readonly bundles: BundleFiles;
  readonly files: SmallFiles;
  readonly lines: LineFiles;
  /** Names of the formats that are known. */
  readonly types: readonly string[];
  format(type: string): Promise<Format>;
  /** A file of the portal's that is the same for every site: style, script, icon. */
  readAsset(name: string): Promise<Buffer>;
  openUpstream(repository: RepositorySettings): Promise<Upstream>;
  /** The files in a directory that somebody else looks after, some hundreds at a time. @throws E_USAGE when it is no directory */
  walkTree(directory: string): Promise<AsyncIterable<readonly TreeEntry[]>>;
  /** Keys from bytes (armored or binary, one or several). @throws E_KEY */
  readTrust(keys: readonly { readonly bytes: Uint8Array; readonly origin: string }[]): Promise<Trust>;
  /** One POST, on the way out that the settings say. Never throws for what the other side or the network does. */
  post(request: PostRequest): Promise<PostAnswer>;
  /** What the HTTP cache remembers, by URL. */
  listCache(): Promise<readonly CachedDocument[]>;
  /** Forgets what lies below that repository's upstream, or everything. @returns how many documents */
  clearCache(repository?: RepositorySettings): Promise<number>;
  /** The key that signs regenerated metadata; undefined where none is configured. @throws E_KEY */
  openSigner(): Promise<MetadataSigner | undefined>;
  /** The branch of a Git repository, and its clone below the storage. */
  openBranch(source: GitSettings): Promise<GitBranch>;
  /** Repository files from Git: they count from now on, where the whole configuration with them is valid. @returns what is wrong; none: they count */
  deliver(source: GitSettings, commit: string, files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<readonly string[]>;
  /** @param token acts as its bearer, where the settings want that. @throws E_CONFIG where none is configured, E_CLUSTER */
  openCluster(token?: string): Promise<Cluster>;
  close(): Promise<void>;
}
