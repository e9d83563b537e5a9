/** Queries: who changed what. */

import type { App } from '../core/app.js';
import type { AuditFilter, AuditRecord } from '../core/service-store.js';

/** The shape of `audit list --json`. */
export interface AuditList {
  /** Newest first. */
  readonly records: readonly AuditRecord[];
  readonly limit: number;
  /** Of all that match. */
  readonly total: number;
}

export async function listAudit(app: App, filter: AuditFilter, limit: number): Promise<AuditList> {
  const { items, total } = await app.store.listAudit(filter, { limit, offset: 0 });
  return { records: items, limit, total };
}

/** As the service and the file have it. */
export function describeAudit({ id, at, event, resource, version, user, changes, gitCommit }: AuditRecord) {
  return { id, timestamp: at, event, resource, version: version ?? null, user, changes, git_commit: gitCommit ?? null };
}
