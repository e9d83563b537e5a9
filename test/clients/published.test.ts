/** Real apt-get and dnf read what Chantal publishes, over nginx, with signatures on: latest and a snapshot. */

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAptClient } from '../support/apt-client.js';
import { makeDnfClient } from '../support/dnf-client.js';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { makeTenant, type Tenant } from '../support/tenant.js';

const directory = sharedTemporaryDirectory();
let upstream: StaticServer;
let tenant: Tenant;
let nginx: Nginx;

/** Day 1 is frozen, day 2 is latest. */
beforeAll(async () => {
  const served = join(directory, 'upstream');
  const show = (day: 'day1' | 'day2'): void => {
    rmSync(served, { recursive: true, force: true });
    for (const kind of ['rpm', 'apt', 'apt-flat'] as const) cpSync(upstreamFixture(kind, day), join(served, kind), { recursive: true });
  };
  show('day1');
  upstream = await startStaticServer(served);
  tenant = makeTenant(directory, {
    repositories: [
      { name: 'el9', type: 'rpm', upstream: { url: `${upstream.url}/rpm` }, rpm: { gpgkey_file: keyFixture('rpm'), repo_gpgcheck: true } },
      { name: 'heron', type: 'apt', upstream: { url: `${upstream.url}/apt` }, apt: { distribution: 'heron', sources: true, gpgkey_file: keyFixture('apt') } },
      { name: 'flat', type: 'apt', upstream: { url: `${upstream.url}/apt-flat` }, apt: { distribution: './', gpgkey_file: keyFixture('apt') } },
    ],
  });
  await tenant.runJson(['init']);
  await tenant.runJson(['repo', 'sync', '--all', '--create-snapshot', '--snapshot-name', 'day1']);
  show('day2');
  await tenant.runJson(['repo', 'sync', '--all']);
  nginx = await startNginx(join(directory, 'nginx'), join(tenant.basePath, 'www'));
});

afterAll(async () => {
  await nginx.stop();
  await upstream.close();
});

describe('dnf, repo_gpgcheck=1 and gpgcheck=1, the published key', () => {
  it.each([
    { tree: 'latest', newest: 'tidelog-0:2.4.2-1.el9.noarch', present: 'harbourmap', absent: 'portglass' },
    { tree: 'snapshots/day1', newest: 'tidelog-0:2.4.1-3.el9.noarch', present: 'portglass', absent: 'harbourmap' },
  ])('reads $tree', async ({ tree, newest, present, absent }) => {
    const url = `${nginx.url}/el9/${tree}`;
    const dnf = makeDnfClient(temporaryDirectory(), { url, keyUrl: `${url}/RPM-GPG-KEY-el9` });
    expect(await dnf.makeCache()).toMatchObject({ exitCode: 0 });
    const packages = await dnf.query([]);
    expect(packages).toContain(newest);
    expect(packages.some((name) => name.startsWith(`${present}-`))).toBe(true);
    expect(packages.some((name) => name.startsWith(`${absent}-`))).toBe(false);
    expect((await dnf.download(['tidelog'])).some((name) => name.startsWith('tidelog-'))).toBe(true);
  });
});

describe('apt-get, signed-by the published key', () => {
  it.each([
    { tree: 'latest', version: '2.4.2-1', present: 'harbourmap', absent: 'portglass' },
    { tree: 'snapshots/day1', version: '2.4.1-3', present: 'portglass', absent: 'harbourmap' },
  ])('reads $tree', async ({ tree, version, present, absent }) => {
    const apt = makeAptClient(temporaryDirectory(), {
      url: `${nginx.url}/heron/${tree}`, distribution: 'heron', components: ['main', 'extras'],
      keyFile: join(tenant.basePath, 'www/heron', tree, 'heron-archive-key.gpg'), hasSources: true,
    });
    expect(await apt.update()).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await apt.policy('tidelog')).toContain(`Candidate: ${version}`);
    expect(await apt.policy(present)).toContain('Candidate:');
    expect(await apt.policy(absent)).toBe('');
    await apt.download('tidelog');
    expect((await apt.downloadSource('tidelog')).some((name) => name.endsWith('.dsc'))).toBe(true);
  });

  it('reads a flat repository', async () => {
    const apt = makeAptClient(temporaryDirectory(), {
      url: `${nginx.url}/flat/latest`, distribution: './', keyFile: join(tenant.latest('flat'), 'flat-archive-key.gpg'),
    });
    expect(await apt.update()).toMatchObject({ exitCode: 0 });
    await apt.download('tidelog');
  });

  it('refuses the tree with a key that signed nothing', async () => {
    const apt = makeAptClient(temporaryDirectory(), {
      url: `${nginx.url}/heron/latest`, distribution: 'heron', components: ['main'], keyFile: keyFixture('stranger'),
    });
    expect((await apt.update()).exitCode).not.toBe(0);
  });

  it('still serves to a client that read the index of the day before what that index names', async () => {
    const day1 = makeAptClient(temporaryDirectory(), {
      url: `${upstream.url}/yesterday`, distribution: 'heron', components: ['main', 'extras'], keyFile: keyFixture('apt'),
    });
    cpSync(upstreamFixture('apt', 'day1'), join(directory, 'upstream/yesterday'), { recursive: true });
    expect(await day1.update()).toMatchObject({ exitCode: 0 });
    const uris = (await day1.run('apt-get', ['--print-uris', 'download', 'portglass', 'tidelog'])).stdout;
    const paths = [...uris.matchAll(/\/yesterday\/(pool\/[^']+)'/g)].map(([, path]) => path);
    expect(paths).toHaveLength(2);
    for (const path of paths) expect((await fetch(`${nginx.url}/heron/latest/${path}`)).status).toBe(200);
  });
});
