/** How `package search`, `package show` and the snapshot listings are called, what they print, and the code they exit with. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const tenant = makeTenant(sharedTemporaryDirectory());
let upstream: StaticServer;

beforeAll(async () => {
  upstream = await startStaticServer(upstreamFixture('rpm', 'day1'));
  tenant.writeRepository({ name: 'el9', type: 'rpm', upstream: { url: upstream.url }, rpm: { gpgkey_file: keyFixture('rpm') } });
  await tenant.runJson(['init']);
  await tenant.runJson(['repo', 'sync', '--all', '--create-snapshot', '--snapshot-name', 'one']);
});
afterAll(async () => upstream.close());

describe('package search', () => {
  test.each([
    ['a word', ['tide']], ['a word before flags', ['tide', '--repo-id', 'el9']], ['a glob', ['t?de*']], ['a flag', ['--name', 'TIDE']],
    ['a word after flags', ['--arch', 'noarch', 'tide']], ['a word that looks like a flag', ['--name=tide', '--type', 'rpm']],
  ])('by %s', async (_, args) => {
    const found = await tenant.runJson(['package', 'search', ...args]);
    expect(found).toMatchObject({ packages: [{ name: 'tidelog', repository: 'el9', latest: ['2.4.1-3.el9'], snapshots: ['one'] }], limit: 100, isCut: false });
  });

  test('as a table that says when it is cut, and when there is nothing', async () => {
    const { stdout } = await tenant.run(['package', 'search', '*', '--limit', '3', '--quiet']);
    expect(stdout).toMatch(/^NAME +REPOSITORY +ARCH +LATEST +VERSIONS +SNAPSHOTS +SUMMARY +UPSTREAM\nbeaconctl +el9 +x86_64 +3\.1\.0-1\.el9 +2 +1 +\w.* +http:/);
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(stdout).toMatch(/\nOnly the first 3 names: there are more \(--limit\)\.\n$/);
    expect(await tenant.run(['package', 'search', 'nothing'])).toMatchObject({ exitCode: 0, stdout: 'No package that is held matches "nothing".\n' });
  });
});

describe('package show', () => {
  test('as fields, by word and by flag', async () => {
    const { stdout } = await tenant.run(['package', 'show', 'tidelog']);
    expect(stdout).toMatch(/^tidelog 2\.4\.1-3\.el9 noarch\n {2}repository: +el9 \(rpm\)\n {2}held by: +latest, one\n {2}path: +Packages\/t\/tidelog-2\.4\.1-3\.el9\.noarch\.rpm\n/);
    expect(stdout).toContain(`  published:   ${tenant.latest('el9')}/Packages/t/tidelog-2.4.1-3.el9.noarch.rpm\n               ${tenant.snapshot('el9', 'one')}/Packages/`);
    expect(stdout).toMatch(/\n {2}sha256: +[0-9a-f]{64}\n[^]*\n {2}upstream: +http:[^ ]*\/Packages\/t\/tidelog-2\.4\.1-3\.el9\.noarch\.rpm\n$/);
    expect((await tenant.run(['package', 'show', '--name', 'tidelog', '--repo-id', 'el9', '--arch', 'noarch'])).stdout).toBe(stdout);
    expect(await tenant.runJson(['package', 'show', 'beaconctl'])).toMatchObject({ name: 'beaconctl', packages: [{ version: '3.1.0-1.el9' }, { version: '3.0.4-2.el9' }] });
  });

  test('a name with a colon is one word', async () => {
    expect((await tenant.run(['package', 'show', 'tidelog:noarch', '--json'])).json()).toMatchObject({ error: { code: 'E_PACKAGE_UNKNOWN', context: { package: 'tidelog:noarch' } } });
    expect(await tenant.runJson(['package:show', 'tidelog'])).toMatchObject({ name: 'tidelog' });
  });

  test.each([
    [['show', 'tidelgo'], 5, 'E_PACKAGE_UNKNOWN', 'Did you mean tidelog?'],
    [['show', 'tidelog', '--arch', 's390x'], 5, 'E_PACKAGE_UNKNOWN', 'package search'],
    [['show', 'tidelog', '--repo-id', 'el8'], 5, 'E_REPOSITORY_UNKNOWN', 'el9'],
    [['show'], 2, 'E_USAGE', '--name'],
    [['show', 'a', 'b'], 2, 'E_USAGE', '--help'],
    [['show', 'a', '--name', 'a'], 2, 'E_USAGE', 'one name'],
    [['search', 'a', '--type', 'deb'], 2, 'E_USAGE', 'apt'],
    [['search', 'a', '--limit', '0'], 2, 'E_USAGE', '--help'],
    [['search', '--name', ''], 2, 'E_USAGE', 'glob'],
  ])('%j exits with %i', async (args, exitCode, code, hint) => {
    const result = await tenant.run(['package', ...args, '--json']);
    expect(result.exitCode).toBe(exitCode);
    expect(result.json()).toMatchObject({ error: { code, hint: expect.stringContaining(hint) as unknown } });
  });

  test('help names the word', async () => {
    expect((await tenant.run(['package', 'show', '--help'])).stdout).toMatch(/package show \[NAME\]/);
  });
});

describe('snapshot list and show', () => {
  test('say how many packages, how large, how old', async () => {
    const { snapshots: [listed] } = await tenant.runJson(['snapshot', 'list']) as { snapshots: { packages: number; bytes: number; ageMs: number }[] };
    expect(listed).toMatchObject({ name: 'one', packages: 9, isPublished: true });
    expect(listed?.bytes).toBeGreaterThan(0);
    expect(listed?.ageMs).toBeGreaterThan(0);
    expect(await tenant.runJson(['snapshot', 'show', '--name', 'one'])).toMatchObject({ ...listed, ageMs: expect.any(Number) as unknown });
    expect((await tenant.run(['snapshot', 'list'])).stdout).toMatch(/^REPOSITORY +SNAPSHOT +VERSION +PACKAGES +SIZE +CREATED +AGE +PATH\nel9 +one +1 +9 +[\d.]+ KiB +\S+ \S+ +(a moment|\d+ minutes?) +\//);
    expect((await tenant.run(['snapshot', 'show', '--name', 'one'])).stdout).toMatch(/^created: +\S+ \S+, (a moment|\d+ minutes?) ago\npackages: +9, [\d.]+ KiB$/m);
  });
});
