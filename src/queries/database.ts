/** Queries: which migrations the database has seen. */

import type { App } from '../core/app.js';
import type { StoreStatus } from '../core/ports.js';

export async function showDatabase(app: App): Promise<StoreStatus> {
  return app.store.status();
}
