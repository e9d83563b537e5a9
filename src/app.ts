/** The composition root: settings → wired ports. The one place that knows which room implements which port. */

import type { Format } from './core/format.js';
import type { Clock, Pool, Reporter, Store, Trust, Upstream } from './core/ports.js';
import type { Publisher } from './core/publisher.js';
import type { RepositorySettings, Settings } from './core/settings.js';

/** Everything an operation may need. Rooms are opened when they are first asked for, so that a listing loads no HTTP client. */
export interface App {
  readonly settings: Settings;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly store: Store;
  readonly pool: Pool;
  readonly publisher: Publisher;
  format(type: string): Promise<Format>;
  openUpstream(repository: RepositorySettings): Promise<Upstream>;
  /** Keys from bytes (armored or binary, one or several). @throws E_KEY */
  readTrust(keys: readonly { readonly bytes: Uint8Array; readonly origin: string }[]): Promise<Trust>;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly reporter: Reporter;
  readonly clock?: Clock;
  /** `init` and `db migrate` open a database that has no tables yet; everything else refuses one with pending migrations. */
  readonly isMigrating?: boolean;
}

/** @throws E_DATABASE, E_DATABASE_SCHEMA (says: run `chantal init` or `chantal db migrate`) */
export async function openApp(_settings: Settings, _options: OpenOptions): Promise<App> {
  throw new Error('not wired yet');
}
