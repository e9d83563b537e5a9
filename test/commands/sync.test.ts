/** What `repo sync` and the snapshot commands print, and the code they exit with. What a sync does is tested elsewhere. */

import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { binPath } from '../support/cli.js';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { runProgram } from '../support/run.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const tenant = makeTenant(sharedTemporaryDirectory(), { settings: { download: { retries: 0 } } });
let upstream: StaticServer;
let silent: Server;

beforeAll(async () => {
  upstream = await startStaticServer(upstreamFixture('rpm', 'day1'));
  silent = createServer(() => { /* never answers */ });
  await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
  const rpm = (name: string, url: string): Readonly<Record<string, unknown> & { name: string }> => ({ name, type: 'rpm', upstream: { url }, rpm: { gpgkey_file: keyFixture('rpm') } });
  tenant.writeRepository(rpm('good', upstream.url));
  tenant.writeRepository(rpm('missing', `${upstream.url}/nothing`));
  tenant.writeRepository({ ...rpm('silent', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`), enabled: false });
  tenant.writeRepository({ ...rpm('disabled', upstream.url), enabled: false });
  await tenant.runJson(['init']);
});
afterAll(async () => {
  silent.closeAllConnections();
  silent.close();
  await upstream.close();
});

describe('repo sync', () => {
  test('one that fails does not stop the others: 3, and each one\'s own outcome', async () => {
    const text = await tenant.run(['repo', 'sync', '--all', '--create-snapshot']);
    expect(text.exitCode).toBe(3);
    expect(text.stdout).toMatch(/^good: version 1, 9 packages, .*\n {2}snapshot \d{8}-\d{6}: .*\n$/);
    expect(text.stderr).toMatch(/^good: reading metadata$/m);
    expect(text.stderr).toMatch(/^ {2}where: missing, /m);
    expect(text.stderr).toMatch(/^Error: 1 of 2 repositories failed\n {2}code: E_PARTIAL$/m);

    const json = await tenant.run(['repo', 'sync', '--all', '--json', '--quiet']);
    expect(json).toMatchObject({ exitCode: 3, stderr: '' });
    expect(json.json()).toMatchObject({ repositories: [
      { repository: 'good', result: { outcome: 'unchanged', version: 1, total: { packages: 9 } } },
      { repository: 'missing', error: { code: 'E_UPSTREAM_MISSING', exitCode: 10 } },
    ] });
  });

  test('one that was asked for and fails: its own code and nothing else', async () => {
    const json = await tenant.run(['repo', 'sync', '--repo-id', 'missing', '--json']);
    expect(json.exitCode).toBe(10);
    expect(json.json()).toMatchObject({ error: { code: 'E_UPSTREAM_MISSING', context: { repository: 'missing' } } });
  });

  test('a disabled one is synced when it is named, once however often', async () => {
    expect(await tenant.runJson(['repo', 'sync', '--repo-id', 'disabled', '--repo-id', 'disabled'])).toMatchObject({ repositories: [{ repository: 'disabled', result: { version: 1 } }] });
  });

  test('a dry run changes nothing', async () => {
    const before = await tenant.runJson(['repo', 'show', '--repo-id', 'good']);
    expect(await tenant.runJson(['repo', 'sync', '--repo-id', 'good', '--dry-run'])).toMatchObject({ repositories: [{ result: { repository: 'good' } }] });
    expect(await tenant.runJson(['repo', 'show', '--repo-id', 'good'])).toMatchObject({ versions: (before as { readonly versions: unknown }).versions });
  });

  test('on a terminal: a live line, cleared when it is done, and the terminal as it was', async () => {
    // Long enough for a frame to be drawn.
    upstream.setFault('/repodata/repomd.xml', { delayMs: 700, times: 1 });
    const command = `"${process.execPath}" "${binPath}" repo sync --repo-id good --force --config-dir "${tenant.configDir}"`;
    const { stdout, exitCode } = await runProgram('script', ['-qec', command, '/dev/null'], { env: { ...process.env, TERM: 'xterm' } });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('good  reading metadata');
    expect(stdout).not.toContain('good: reading metadata');
    const [, after = ''] = stdout.split('\x1b[?7h');
    expect(after).toContain('good: unchanged, version 1');
  });

  test.each([['SIGINT', '--json'], ['SIGTERM', '--no-progress']] as const)('%s stops it in order: 130', async (signal, flag) => {
    const child = spawn(process.execPath, [binPath, 'repo', 'sync', '--repo-id', 'silent', flag], { env: { ...process.env, CHANTAL_CONFIG_DIR: tenant.configDir } });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => { output.stdout += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { output.stderr += chunk.toString(); });
    silent.once('request', () => child.kill(signal));
    const exitCode = await new Promise<number | null>((resolve) => { child.once('close', resolve); });
    expect({ exitCode, output }).toMatchObject({ exitCode: 130 });
    if (flag === '--json') expect(JSON.parse(output.stdout)).toMatchObject({ error: { code: 'E_CANCELLED', exitCode: 130 } });
    else expect(output.stderr).toContain(`Error: stopped by ${signal}`);
    expect(output.stderr).not.toContain('E_BUG');
  });
});

describe('snapshots', () => {
  test('are made, found by S or X/S, and deleted', async () => {
    await tenant.runJson(['repo', 'sync', '--repo-id', 'good', '--repo-id', 'disabled', '--workers', '1', '--create-snapshot', '--snapshot-name', 'june']);
    expect(await tenant.runJson(['snapshot', 'create', '--repo-id', 'good', '--name', 'july'])).toMatchObject({ repository: 'good', name: 'july', isPublished: true, path: tenant.snapshot('good', 'july') });
    expect((await tenant.run(['snapshot', 'create', '--repo-id', 'good', '--name', 'july', '--json'])).json()).toMatchObject({ error: { code: 'E_SNAPSHOT_EXISTS', exitCode: 6 } });
    expect(await tenant.runJson(['snapshot', 'show', '--name', 'july'])).toMatchObject({ repository: 'good', version: 1 });
    expect((await tenant.run(['snapshot', 'show', '--name', 'june', '--json'])).json()).toMatchObject({
      error: { code: 'E_SNAPSHOT_AMBIGUOUS', exitCode: 2, hint: expect.stringContaining('disabled/june, good/june') as unknown },
    });
    expect(await tenant.runJson(['publish', '--snapshot-name', 'june', '--repo-id', 'good'])).toMatchObject({ target: 'snapshot:june', outcome: 'unchanged' });
    expect((await tenant.run(['snapshot', 'list', '--repo-id', 'disabled'])).stdout).toMatch(/^disabled +june +1 +9 /m);
    expect(await tenant.runJson(['snapshot', 'delete', '--name', 'good/july'])).toMatchObject({ deleted: { name: 'july' } });
    expect((await tenant.run(['snapshot', 'show', '--name', 'july', '--json'])).json()).toMatchObject({ error: { code: 'E_SNAPSHOT_UNKNOWN', exitCode: 5 } });
  });
});

describe('cache', () => {
  test('is shown, and forgotten for one repository', async () => {
    await tenant.runJson(['repo', 'sync', '--repo-id', 'good']);
    expect(await tenant.runJson(['cache', 'show'])).toMatchObject({ documents: expect.arrayContaining([expect.objectContaining({ url: `${upstream.url}/repodata/repomd.xml` })]) as unknown });
    expect(await tenant.runJson(['cache', 'clear', '--repo-id', 'missing'])).toEqual({ repository: 'missing', removed: 0 });
    expect(await tenant.runJson(['cache', 'clear', '--repo-id', 'good'])).toEqual({ repository: 'good', removed: 2 });
    expect(await tenant.runJson(['cache', 'show'])).toEqual({ documents: [] });
  });
});
