/**
 * Operations: the audit trail as a file of JSON lines. The table is the truth; the file follows it: where it ends is asked of the
 * file itself, and of the database where somebody has moved the file away. What a killed command recorded, the next one writes.
 */

import type { App } from '../core/app.js';
import { describeAudit } from '../queries/audit.js';
import { withWaitingLock } from './pool-lock.js';

const recordsAtOnce = 500;

/** Nothing where no file is configured. @throws E_DISK, E_DISK_FULL, E_PERMISSION */
export async function writeAuditFile(app: App): Promise<void> {
  const { file } = app.settings.audit;
  if (file === undefined || await isComplete(app, file)) return;
  await withWaitingLock(app, 'audit-file', 'audit', async () => {
    let position = Math.max(await app.store.findAuditPosition(file), idOf(await app.lines.readLast(file)));
    for (;;) {
      const records = await app.store.listAuditAfter(position, recordsAtOnce);
      const newest = records.at(-1);
      if (newest === undefined) return;
      await app.lines.append(file, records.map((record) => JSON.stringify(describeAudit(record))));
      position = newest.id;
      await app.store.saveAuditPosition(file, position);
    }
  });
}

async function isComplete({ store }: App, file: string): Promise<boolean> {
  return (await store.listAuditAfter(await store.findAuditPosition(file), 1)).length === 0;
}

/** 0: it is none of ours. */
function idOf(line: string | undefined): number {
  try {
    const { id } = JSON.parse(line ?? '{}') as { readonly id?: unknown };
    return typeof id === 'number' && Number.isInteger(id) ? id : 0;
  } catch {
    return 0;
  }
}
