/** `export` and `import` as commands: what they print, the codes they exit with, and a tree that is the same to `diff -r`. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { mustRun } from '../support/run.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const near = makeTenant(sharedTemporaryDirectory());
let upstream: StaticServer;
beforeAll(async () => {
  upstream = await startStaticServer(upstreamFixture('rpm', 'day1'));
  near.writeRepository({ name: 'el9', type: 'rpm', upstream: { url: upstream.url }, rpm: { gpgkey_file: keyFixture('rpm') } });
  await near.runJson(['init']);
  await near.runJson(['repo', 'sync', '--repo-id', 'el9', '--create-snapshot', '--snapshot-name', 'june']);
});
afterAll(async () => upstream.close());

test('a snapshot goes through a bundle into an empty config directory', async () => {
  const bundle = join(temporaryDirectory(), 'bundle');
  const written = await near.run(['export', '--snapshot', 'june', '--to', bundle]);
  expect(written).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^el9\/june: 9 packages exported to .*bundle, everything\n {2}\d+ files, .* linked, 0 copied, 0 there already\n$/) as unknown });
  expect(await near.runJson(['export', '--snapshot', 'el9/june', '--to', bundle])).toMatchObject({ snapshot: 'el9/june', path: bundle, packages: 9, linked: 0, copied: 0 });

  const far = makeTenant(temporaryDirectory());
  await far.runJson(['init']);
  const path = far.snapshot('el9', 'june');
  expect(await far.runJson(['import', '--from', bundle])).toMatchObject({ outcome: 'imported', snapshot: { name: 'june', repository: 'el9', isPublished: true, path } });
  await mustRun('diff', ['-r', near.snapshot('el9', 'june'), path]);
  expect((await far.run(['import', '--from', bundle])).stdout).toContain('here already, with the same content');
  expect(await far.runJson(['snapshot', 'show', '--name', 'june'])).toMatchObject({ type: 'rpm', packages: 9 });
  expect(await far.runJson(['repo', 'list'])).toMatchObject({ repositories: [{ name: 'el9', isConfigured: false }] });
  expect(await far.runJson(['publish', '--snapshot-name', 'june'])).toMatchObject({ outcome: 'unchanged' });
  await far.runJson(['snapshot', 'delete', '--name', 'june']);

  rmSync(join(bundle, 'SHA256SUMS'));
  const refused = await far.run(['import', '--from', bundle, '--json']);
  expect(refused.exitCode).toBe(13);
  expect(refused.json()).toMatchObject({ error: { code: 'E_METADATA', context: { path: join(bundle, 'SHA256SUMS') } } });
});

test('a bundle is not written into the pool, nor into what is published', async () => {
  const before = await mustRun('find', [near.basePath, '-print']);
  const own = [join(near.basePath, 'pool'), join(near.latest('el9'), 'bundle'), join(near.snapshot('el9', 'june'), 'bundle'), join(near.basePath, 'www/merged/x')];
  for (const directory of own) {
    const refused = await near.run(['export', '--snapshot', 'june', '--to', directory, '--json']);
    expect(refused.exitCode, directory).toBe(2);
    expect(refused.json(), directory).toMatchObject({ error: { code: 'E_USAGE', context: { path: directory } } });
  }
  expect(await mustRun('find', [near.basePath, '-print'])).toEqual(before);
});
