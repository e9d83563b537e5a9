/** What `repo check` and `repo sync --dry-run` print, and the code they exit with. What a check finds is tested elsewhere. */

import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const directory = sharedTemporaryDirectory();
const served = join(directory, 'upstream');
const tenant = makeTenant(directory, { settings: { download: { retries: 0 } } });
let upstream: StaticServer;

function show(day: 'day1' | 'day2'): void {
  rmSync(served, { recursive: true, force: true });
  cpSync(upstreamFixture('rpm', day), served, { recursive: true });
}

beforeAll(async () => {
  show('day1');
  upstream = await startStaticServer(served);
  const url = upstream.url.replace('//', '//reader:s3cret@');
  tenant.writeRepository({ name: 'el9', type: 'rpm', upstream: { url }, rpm: { gpgkey_file: keyFixture('rpm') } });
  tenant.writeRepository({ name: 'gone', type: 'rpm', enabled: false, upstream: { url: `${url}/nothing` }, rpm: { gpgkey_file: keyFixture('rpm') } });
  await tenant.runJson(['init']);
  await tenant.runJson(['repo', 'sync', '--all']);
});
afterAll(async () => upstream.close());

describe('repo check', () => {
  test('up to date: 0, and where from', async () => {
    const { exitCode, stdout } = await tenant.run(['repo', 'check', '--all', '--quiet']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^el9: up to date \(.*\)\n {2}upstream: +repodata\/repomd\.xml of 2025-03-03 06:00:00Z\n {2}signed by: +[0-9A-F]{40}\n {2}held: +version 1\n {2}offered: +9 packages, .*, verbatim\n$/);
    expect(await tenant.runJson(['repo', 'check', '--repo-id', 'el9'])).toMatchObject({ repositories: [{ repository: 'el9', result: { due: 'nothing' } }] });
  });

  test('something new is no failure: a table, and the same figures as a dry run', async () => {
    show('day2');
    const { exitCode, stdout } = await tenant.run(['repo', 'check', '--repo-id', 'el9']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^el9: 1 upgraded, 1 added, 1 removed; a sync would fetch \d+ files, .* KiB \(/);
    expect(stdout).toMatch(/^ {2}CHANGE +NAME +ARCH +FROM +TO +SIZE\n {2}upgraded +tidelog +noarch +2\.4\.1-3\.el9 +2\.4\.2-1\.el9 +.*\n {2}added +harbourmap .*\n {2}removed +portglass +noarch +1:0\.9\.2-4\.el9 +- /m);
    const withoutDuration = (text: string): string => text.replace(/ \([^()]*s\)$/m, '');
    expect(withoutDuration((await tenant.run(['repo', 'sync', '--repo-id', 'el9', '--dry-run'])).stdout)).toBe(withoutDuration(stdout));

    const { repositories: [checked] } = await tenant.runJson(['repo', 'check', '--repo-id', 'el9']) as { repositories: { result: Record<string, unknown> }[] };
    const { repositories: [planned] } = await tenant.runJson(['repo', 'sync', '--repo-id', 'el9', '--dry-run']) as { repositories: { result: Record<string, unknown> }[] };
    const { durationMs: _, download, ...figures } = checked?.result ?? {};
    expect({ ...planned?.result, ...planned?.result['plan'] as object }).toMatchObject({ ...figures, outcome: 'planned', download: download as object });
    expect(checked?.result).toMatchObject({ due: 'update', changes: { upgraded: [{ name: 'tidelog', to: { version: '2.4.2-1.el9' } }] } });
    expect(JSON.stringify(checked) + stdout).not.toContain('s3cret');
    expect(await tenant.runJson(['repo', 'show', '--repo-id', 'el9'])).toMatchObject({ version: 1, publishedVersion: 1 });
  });

  test.each([
    [['--repo-id', 'gone'], 10, { error: { code: 'E_UPSTREAM_MISSING' } }],
    [['--repo-id', 'el9', '--repo-id', 'gone'], 3, { repositories: [{ result: { due: 'update' } }, { error: { code: 'E_UPSTREAM_MISSING', exitCode: 10 } }] }],
    [['--repo-id', 'unknown'], 5, { error: { code: 'E_REPOSITORY_UNKNOWN' } }],
    [[], 2, { error: { code: 'E_USAGE' } }],
  ])('%j exits with %i', async (args, exitCode, document) => {
    const result = await tenant.run(['repo', 'check', ...args, '--json']);
    expect(result.exitCode).toBe(exitCode);
    expect(result.json()).toMatchObject(document);
  });
});
