/** What the commands say of quarantined packages, and the code they exit with. */

import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const victim = 'Packages/q/quaymaster-1.8.0-1.el9.x86_64.rpm';
const tenant = makeTenant(sharedTemporaryDirectory(), { settings: { download: { retries: 0 }, on_package_error: { action: 'quarantine', max: 2 } } });
let upstream: StaticServer;

beforeAll(async () => {
  upstream = await startStaticServer(upstreamFixture('rpm', 'day1'));
  upstream.setFault(`/${victim}`, { status: 404 });
  for (const [name, more] of [['lenient', {}], ['strict', { on_package_error: 'fail' }]] as const) {
    tenant.writeRepository({ name, type: 'rpm', upstream: { url: upstream.url }, rpm: { gpgkey_file: keyFixture('rpm') }, ...more });
  }
  await tenant.runJson(['init']);
});
afterAll(async () => upstream.close());

const sync = ['repo', 'sync', '--repo-id', 'lenient'];

test('a sync that leaves packages out exits with 3, also when nothing else is new, until they are right', async () => {
  const text = await tenant.run([...sync, '--no-progress']);
  expect(text.exitCode).toBe(3);
  expect(text.stdout).toMatch(/^lenient: version 1, 8 packages, /);
  expect(text.stdout).toMatch(/^ {2}quarantined: quaymaster 1\.8\.0-1\.el9 x86_64 \(E_UPSTREAM_MISSING\): upstream lists Packages/m);
  expect(text.stdout).toMatch(/^ {2}warning: .*not signed/m);
  expect(text.stderr).toMatch(/^Error: 1 package is quarantined in lenient\n {2}code: E_PARTIAL\n {2}do: /m);

  const json = await tenant.run([...sync, '--json', '--quiet']);
  expect(json).toMatchObject({ exitCode: 3, stderr: '' });
  expect(json.json()).toMatchObject({ repositories: [{ repository: 'lenient', result: {
    outcome: 'unchanged', mode: 'regenerated',
    quarantined: [{ path: victim, name: 'quaymaster', version: '1.8.0-1.el9', arch: 'x86_64', code: 'E_UPSTREAM_MISSING', url: `${upstream.url}/${victim}` }],
  } }] });
});

test('they are listed', async () => {
  expect((await tenant.run(['repo', 'list'])).stdout).toMatch(/^lenient .* 1 quarantined$/m);
  const { stdout } = await tenant.run(['repo', 'show', '--repo-id', 'lenient']);
  expect(stdout).toMatch(/^mode: +regenerated: upstream does not deliver/m);
  expect(stdout).toMatch(/^ {2}gpgcheck=1\n {2}repo_gpgcheck=0$/m);
  expect(stdout).toMatch(/^Quarantined .*\n {2}quaymaster 1\.8\.0-1\.el9 x86_64 \(E_UPSTREAM_MISSING\): .*\n {4}Packages\/q\/quaymaster.*\n {4}since .*, tried last /m);
  expect(await tenant.runJson(['repo', 'show', '--repo-id', 'lenient'])).toMatchObject({
    quarantinedPackages: 1, quarantined: [{ path: victim, firstSeen: expect.any(String) as string, lastTried: expect.any(String) as string }],
  });
});

test('of several repositories: 3, the failed one with its error', async () => {
  const json = await tenant.run(['repo', 'sync', '--all', '--json']);
  expect(json.exitCode).toBe(3);
  expect(json.json()).toMatchObject({ repositories: [{ repository: 'lenient', result: {} }, { repository: 'strict', error: { code: 'E_UPSTREAM_MISSING', exitCode: 10 } }] });
  expect((await tenant.run(['repo', 'sync', '--repo-id', 'strict'])).exitCode).toBe(10);
});

test('snapshots of such a version are diffed and merged like others', async () => {
  await tenant.runJson(['snapshot', 'create', '--repo-id', 'lenient', '--name', 'before']);
  upstream.clearFaults();
  expect(await tenant.runJson(sync)).toMatchObject({ repositories: [{ result: { outcome: 'synced', version: 2, mode: 'verbatim', quarantined: [] } }] });
  await tenant.runJson(['snapshot', 'create', '--repo-id', 'lenient', '--name', 'after']);
  expect(await tenant.runJson(['snapshot', 'diff', '--from', 'before', '--to', 'after'])).toMatchObject({ added: [{ name: 'quaymaster' }], removed: [] });
  expect(await tenant.runJson(['snapshot', 'merge', '--source', 'before', '--source', 'after', '--name', 'both', '--strategy', 'keep-all'])).toMatchObject({ total: { packages: 9 } });
});
