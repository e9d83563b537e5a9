/** Whole syncs from several mirrors, each broken in its own way. */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keyFixture, upstreamFixture, type Day } from '../support/fixtures.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant, type Tenant } from '../support/tenant.js';

const quayside = '/Packages/q/quaymaster-1.8.0-1.el9.x86_64.rpm';

async function startMirror(directory: string): Promise<StaticServer> {
  const server = await startStaticServer(directory);
  onTestFinished(async () => server.close());
  return server;
}

async function openTenant(directory: string, upstream: object): Promise<Tenant> {
  const tenant = makeTenant(directory, {
    settings: { download: { retries: 0 } },
    repositories: [{ name: 'el9', type: 'rpm', upstream, rpm: { gpgkey_file: keyFixture('rpm') } }],
  });
  await tenant.runJson(['init']);
  return tenant;
}

const sync = ['repo', 'sync', '--repo-id', 'el9'];

test('urls: each file from a mirror that has it right, then one request', async () => {
  const [first, second] = [await startMirror(upstreamFixture('rpm', 'day1')), await startMirror(upstreamFixture('rpm', 'day1'))];
  first.setFault(quayside, { corruptAt: 10 });
  second.setFault('/repodata/repomd.xml', { status: 503 });
  const tenant = await openTenant(temporaryDirectory(), { urls: [first.url, second.url] });
  expect(await tenant.runJson(sync)).toMatchObject({ repositories: [{ result: { outcome: 'synced', total: { packages: 9 } } }] });
  expect(second.requests.map(({ path }) => path)).toContain(quayside);

  const before = first.requests.length;
  expect(await tenant.runJson(sync)).toMatchObject({ repositories: [{ result: { outcome: 'unchanged', download: { files: 0 } } }] });
  expect(first.requests.slice(before).map(({ path, status }) => `${path} ${status}`)).toEqual(['/repodata/repomd.xml 304', '/repodata/repomd.xml.asc 304']);
  expect(await tenant.runJson(['cache', 'clear', '--repo-id', 'el9'])).toMatchObject({ removed: 2 });
});

test('urls: what no mirror has right is named with all of them, and latest stays', async () => {
  const mirrors = [await startMirror(upstreamFixture('rpm', 'day1')), await startMirror(upstreamFixture('rpm', 'day1'))];
  for (const mirror of mirrors) mirror.setFault(quayside, { corruptAt: 10 });
  const tenant = await openTenant(temporaryDirectory(), { urls: mirrors.map(({ url }) => url) });
  const { exitCode, stderr } = await tenant.run(sync);
  expect(exitCode).toBe(12);
  for (const { url } of mirrors) expect(stderr).toContain(`${url}${quayside}`);
});

test('metalink: a mirror that lags behind is passed over; cache clear forgets the mirror', async () => {
  const directory = temporaryDirectory();
  const days: readonly Day[] = ['day1', 'day2'];
  const [stale, fresh] = await Promise.all(days.map(async (day) => startMirror(upstreamFixture('rpm', day)))) as [StaticServer, StaticServer];
  const list = await startMirror(directory);
  const repomd = readFileSync(join(upstreamFixture('rpm', 'day2'), 'repodata/repomd.xml'));
  writeFileSync(join(directory, 'metalink'), `<metalink><files><file name="repomd.xml"><size>${repomd.length}</size><verification><hash type="sha256">${createHash('sha256').update(repomd).digest('hex')}</hash></verification>
    <resources>${[stale, fresh].map(({ url }, index) => `<url preference="${100 - index}">${url}/repodata/repomd.xml</url>`).join('')}</resources></file></files></metalink>`);
  const tenant = await openTenant(directory, { metalink: `${list.url}/metalink` });
  expect(await tenant.runJson(sync)).toMatchObject({ repositories: [{ result: { outcome: 'synced' } }] });
  expect(stale.requests.map(({ path }) => path)).toEqual(['/repodata/repomd.xml']);
  expect(await tenant.runJson(sync)).toMatchObject({ repositories: [{ result: { outcome: 'unchanged' } }] });
  expect(stale.requests).toHaveLength(1);
  expect(await tenant.runJson(['repo', 'show', '--repo-id', 'el9'])).toMatchObject({ upstream: `${list.url}/metalink` });
  expect(await tenant.runJson(['cache', 'clear', '--repo-id', 'el9'])).toMatchObject({ removed: 2 });
});

test('urls: what no mirror has is named with all of them', async () => {
  const mirrors = [await startMirror(upstreamFixture('rpm', 'day1')), await startMirror(upstreamFixture('rpm', 'day1'))];
  for (const mirror of mirrors) mirror.setFault(quayside, { status: 404 });
  const tenant = await openTenant(temporaryDirectory(), { urls: mirrors.map(({ url }) => url) });
  const { exitCode, stderr } = await tenant.run(sync);
  expect(exitCode).toBe(10);
  expect(stderr).toContain('none of the 2 places');
  for (const { url } of mirrors) expect(stderr).toContain(`${url}${quayside}`);
});

test('urls: a mirror that lags behind what is mirrored is passed over; when all do, that is refused', async () => {
  const directory = temporaryDirectory();
  const [first, second] = [await startMirror(upstreamFixture('rpm', 'day2')), await startMirror(upstreamFixture('rpm', 'day2'))];
  const tenant = await openTenant(directory, { urls: [first.url, second.url] });
  await tenant.runJson(sync);
  first.serve(upstreamFixture('rpm', 'day1'));
  expect(await tenant.runJson(sync)).toMatchObject({ repositories: [{ result: { outcome: 'unchanged', version: 1 } }] });
  second.serve(upstreamFixture('rpm', 'day1'));
  const { exitCode, stderr } = await tenant.run(sync);
  expect([exitCode, stderr]).toEqual([12, expect.stringContaining('E_ROLLBACK')]);
});
