/** `pool verify` and `pool stats`, over a pool that is damaged by hand. */

import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { createPostgresDatabase, type TestDatabase } from '../support/postgres.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory } from '../support/temp.js';
import { makeTenant, type Tenant } from '../support/tenant.js';
import { servedFiles } from '../support/tree.js';

const directory = sharedTemporaryDirectory();
let upstream: StaticServer;
let database: TestDatabase;
const tenants: Tenant[] = [];

beforeAll(async () => {
  upstream = await startStaticServer(upstreamFixture('rpm', 'day1'));
  database = await createPostgresDatabase();
  for (const [name, settings] of [['sqlite', {}], ['postgresql', { database: { url: database.url } }]] as const) {
    const rpm = (repository: string): Readonly<Record<string, unknown> & { name: string }> => ({ name: repository, type: 'rpm', upstream: { url: upstream.url }, rpm: { gpgkey_file: keyFixture('rpm') } });
    const tenant = makeTenant(join(directory, name), { settings, repositories: [rpm('one'), rpm('two')] });
    await tenant.runJson(['init']);
    await tenant.runJson(['repo', 'sync', '--all', '--create-snapshot', '--snapshot-name', 'frozen']);
    tenants.push(tenant);
  }
});
afterAll(async () => {
  await upstream.close();
  await database.drop();
});

function blobPath(tenant: Tenant, digest: string): string {
  return join(tenant.basePath, 'pool/sha256', digest.slice(0, 2), digest);
}

test.each([0, 1])('damage is found, told with exit code 12, and repaired in pool, latest and snapshots (database %i)', async (index) => {
  const tenant = tenants[index] as Tenant;
  const [one, two] = [tenant.latest('one'), tenant.snapshot('one', 'frozen')];
  const whole = servedFiles(one);
  const [damagedPath, missingPath] = Object.keys(whole).filter((path) => path.endsWith('.rpm'));
  if (damagedPath === undefined || missingPath === undefined) throw new Error('the fixture has packages');
  const [damaged, missing] = [whole[damagedPath] ?? '', whole[missingPath] ?? ''];
  expect(await tenant.runJson(['pool', 'verify'])).toMatchObject({ faults: [] });

  chmodSync(blobPath(tenant, damaged), 0o644);
  writeFileSync(blobPath(tenant, damaged), Buffer.alloc(readFileSync(blobPath(tenant, damaged)).length));
  rmSync(blobPath(tenant, missing));
  const found = await tenant.run(['pool', 'verify', '--json']);
  expect(found.exitCode).toBe(12);
  const faults = [{ digest: damaged, fault: 'damaged' }, { digest: missing, fault: 'missing' }].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  expect(found.json()).toMatchObject({ faults: faults.map((fault) => ({ ...fault, isRepaired: false, uses: [{ repository: 'one' }, { repository: 'two' }] })) });

  const repaired = await tenant.run(['pool', 'verify', '--repair']);
  expect(repaired).toMatchObject({ exitCode: 0 });
  expect(repaired.stdout).toMatch(/: all repaired\.$/m);
  expect(servedFiles(one)).toEqual(whole);
  expect(servedFiles(two)).toEqual(whole);
  expect(servedFiles(tenant.latest('two'))[damagedPath]).toBe(damaged);
  expect(await tenant.runJson(['pool', 'verify'])).toMatchObject({ faults: [] });
  expect(await tenant.runJson(['repo', 'sync', '--repo-id', 'one'])).toMatchObject({ repositories: [{ result: { outcome: 'unchanged' } }] });
});

test.each([0, 1])('what is stored, shared and saved (database %i)', async (index) => {
  const tenant = tenants[index] as Tenant;
  const stats = await tenant.runJson(['pool', 'stats']) as { readonly bytes: number; readonly publishedBytes: number; readonly repositories: readonly { readonly bytes: number; readonly ownBytes: number; readonly sharedBytes: number }[] };
  expect(stats.repositories).toMatchObject([{ repository: 'one' }, { repository: 'two' }]);
  for (const { bytes, ownBytes, sharedBytes } of stats.repositories) expect([ownBytes, sharedBytes]).toEqual([0, bytes]);
  expect(stats.repositories[0]?.bytes).toBe(stats.bytes);
  expect(stats.publishedBytes).toBeGreaterThanOrEqual(4 * stats.bytes);
  expect((await tenant.run(['pool', 'stats'])).stdout).toMatch(/^REPOSITORY +FILES +SIZE +OWN +SHARED$/m);
});

test.each([0, 1])('what no upstream has is taken from a published tree (database %i)', async (index) => {
  const tenant = tenants[index] as Tenant;
  await tenant.runJson(['snapshot', 'merge', '--source', 'one/frozen', '--source', 'two/frozen', '--name', 'both']);
  const merged = join(tenant.basePath, 'www/merged/both');
  const whole = servedFiles(merged);
  const lost = blobPath(tenant, whole['repodata/repomd.xml'] ?? '');
  rmSync(lost);
  expect(await tenant.runJson(['pool', 'verify', '--repair'])).toMatchObject({ faults: [{ fault: 'missing', isRepaired: true, uses: [{ path: 'repodata/repomd.xml' }] }] });
  expect(await tenant.runJson(['pool', 'verify'])).toMatchObject({ faults: [] });
  expect(await tenant.runJson(['publish', '--snapshot-name', 'merged/both'])).toMatchObject({ outcome: 'unchanged' });
  expect(servedFiles(merged)).toEqual(whole);

  for (const path of [lost, join(merged, 'repodata/repomd.xml')]) rmSync(path);
  const left = await tenant.run(['pool', 'verify', '--repair']);
  expect(left.exitCode).toBe(12);
  expect(left.stdout).toMatch(/; not repaired: .*\nRead .*: 1 file damaged or missing\.$/m);
});

test.each([0, 1])('what was merged is told of as its owner\'s (database %i)', async (index) => {
  const tenant = tenants[index] as Tenant;
  await tenant.runJson(['snapshot', 'merge', '--source', 'one/frozen', '--source', 'one/frozen', '--name', 'twice']);
  const { repositories } = await tenant.runJson(['pool', 'stats']) as { readonly repositories: readonly { readonly repository: string }[] };
  expect(repositories.map(({ repository }) => repository)).toEqual(['merged', 'one', 'two']);
});
