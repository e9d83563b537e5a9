/** The composition root: settings → wired ports. The one place that knows which room implements which port. */

import type { App } from './core/app.js';
import type { Clock, Reporter } from './core/ports.js';
import type { Settings } from './core/settings.js';

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
