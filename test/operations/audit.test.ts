/** The audit trail: what changes state is in it, and its file has the same, whoever is killed or moves it away. */

import { appendFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { collectGarbage } from '../../src/operations/collect-garbage.js';
import { describeAudit } from '../../src/queries/audit.js';
import { describeLab, type Lab } from './lab.js';

const recordsIn = (file: string): readonly { id: number; event: string; resource: string; changes: readonly string[]; user: string }[] =>
  (existsSync(file) ? readFileSync(file, 'utf8') : '').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));

async function configure(lab: Lab): Promise<string> {
  const file = join(lab.tenant.basePath, 'log/audit.jsonl');
  writeFileSync(join(lab.tenant.configDir, 'conf.d/audit.yaml'), stringify({ audit: { file } }));
  await lab.reopen();
  return file;
}

describeLab('the audit trail', (lab) => {
  test('has what changes state, and so has its file', async () => {
    const file = await configure(lab());
    await lab().tenant.runJson(['repo', 'sync', '--repo-id', 'rpm']);
    await lab().tenant.runJson(['snapshot', 'create', '--repo-id', 'rpm', '--name', 'S']);
    await lab().tenant.runJson(['snapshot', 'delete', '--name', 'S']);
    await lab().tenant.runJson(['cache', 'clear', '--repo-id', 'rpm']);
    await lab().tenant.run(['db', 'cleanup']);
    expect(recordsIn(file).map(({ event, resource }) => `${event} ${resource}`)).toEqual([
      'version.recorded rpm', 'latest.published rpm', 'snapshot.created rpm/S', 'snapshot.published rpm/S', 'snapshot.deleted rpm/S', 'cache.cleared rpm',
    ]);
    const { items } = await lab().app.store.listAudit({}, { limit: 100, offset: 0 });
    expect(recordsIn(file)).toEqual([...items].reverse().map(describeAudit));
    expect(new Set(recordsIn(file).map(({ user }) => user)).size).toBe(1);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    const listed = await lab().tenant.runJson(['audit', 'list', '--event', 'cache.cleared']) as { records: readonly { changes: readonly string[] }[] };
    expect(listed.records).toMatchObject([{ resource: 'rpm', changes: ['documents.removed:2'] }]);
  });

  test('a clean-up and a repair are in it, with what they did; those that did nothing are not', async () => {
    await lab().sync('rpm');
    await collectGarbage(lab().app, false);
    await lab().app.pool.put(Buffer.from('nobody names this'));
    await new Promise((resolve) => { setTimeout(resolve, 20); });
    await collectGarbage(lab().app, true);
    await collectGarbage(lab().app, false);
    const { items } = await lab().app.store.listAudit({ event: 'database.cleaned' }, { limit: 10, offset: 0 });
    expect(items).toMatchObject([{ resource: 'database', changes: ['versions.dropped:0', 'files.removed:1'] }]);
  });

  test('half a line of a killed command is mended, a file that was moved away goes on in a new one, many at once write each record once', async () => {
    const file = await configure(lab());
    await lab().tenant.runJson(['repo', 'sync', '--repo-id', 'rpm']);
    appendFileSync(file, '{"id": 3, "timesta');
    await lab().freeze('rpm', 'A');
    await lab().tenant.runJson(['repo', 'list']);
    expect(recordsIn(file).map(({ event }) => event)).toEqual(['version.recorded', 'latest.published', 'snapshot.created', 'snapshot.published']);
    renameSync(file, `${file}.1`);
    await Promise.all(['B', 'C', 'D', 'E'].map(async (name) => lab().tenant.run(['snapshot', 'create', '--repo-id', 'rpm', '--name', name])));
    await lab().tenant.runJson(['repo', 'list']);
    const all = [...recordsIn(`${file}.1`), ...recordsIn(file)];
    const { items } = await lab().app.store.listAudit({}, { limit: 100, offset: 0 });
    expect(all).toEqual([...items].reverse().map(describeAudit));
    // Written, and killed before that was noted down.
    await lab().app.store.saveAuditPosition(file, 0);
    await lab().tenant.runJson(['cache', 'clear']);
    expect([...recordsIn(`${file}.1`), ...recordsIn(file)].map(({ id }) => id)).toEqual([...all.map(({ id }) => id), Math.max(...all.map(({ id }) => id)) + 1]);
  });
});
