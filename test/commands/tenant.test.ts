/** The commands that need no upstream: init, db, config, and what they say of repositories never synced. */

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { migrations } from '../../migrations/index.js';
import { makeConfigDirectory } from '../../src/config/scaffold.js';
import { runCli } from '../support/cli.js';
import { startStaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const repositories = [
  { name: 'el9', type: 'rpm', upstream: { url: 'https://user:s3cret@mirror.example/el9' }, rpm: { gpgcheck: false } },
  { name: 'old', type: 'apt', enabled: false, upstream: { url: 'http://mirror.example/old' }, apt: { gpgcheck: false } },
] as const;

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Initialised once; its tests change nothing. */
const tenant = makeTenant(sharedTemporaryDirectory(), { repositories });
beforeAll(async () => { await tenant.runJson(['init']); });

describe('init', () => {
  test('makes directories and database, and the second time changes nothing', async () => {
    const fresh = makeTenant(temporaryDirectory());
    const { basePath } = fresh;
    expect(await fresh.runJson(['init'])).toEqual({
      created: [basePath, join(basePath, 'pool'), join(basePath, 'cache')],
      database: { url: join(basePath, 'chantal.db'), applied: migrations.map(({ name }) => name) },
    });
    const before = readdirSync(basePath, { recursive: true }).sort();
    expect(await fresh.runJson(['init'])).toEqual({ created: [], database: { url: join(basePath, 'chantal.db'), applied: [] } });
    expect(readdirSync(basePath, { recursive: true }).sort()).toEqual(before);
    expect((await fresh.run(['init'])).stdout).toContain('Everything is in place already');
    expect((await fresh.run(['init', '--quiet'])).stdout).toBe('');
  });

  test('makes a config directory that is valid, not for everybody to read, with examples', async () => {
    // Not the whole command: the example's storage is the system's own.
    const configDir = join(temporaryDirectory(), 'new/etc');
    const created = await makeConfigDirectory(configDir, packageRoot);
    expect(created.slice(0, 3)).toEqual([join(configDir, 'conf.d'), join(configDir, 'conf.d/global.yaml'), join(configDir, 'repos.d')]);
    expect(statSync(join(configDir, 'conf.d/global.yaml')).mode & 0o777).toBe(0o640);
    const examples = readdirSync(join(configDir, 'repos.d'));
    expect(examples).toContain('ubuntu-jammy.yaml.example');
    expect(examples.every((name) => name.endsWith('.yaml.example'))).toBe(true);
    expect((await runCli(['config', 'check', '--json', '--config-dir', configDir])).json()).toMatchObject({ isValid: true, repositories: [] });
    expect(await makeConfigDirectory(configDir, packageRoot)).toEqual([]);
  });

  test('leaves a config directory alone that holds anything', async () => {
    const directory = temporaryDirectory();
    const configDir = join(directory, 'etc');
    mkdirSync(join(configDir, 'conf.d'), { recursive: true });
    writeFileSync(join(configDir, 'conf.d/mine.yaml'), `storage: {base_path: ${join(directory, 'var')}}\n`);
    expect((await runCli(['init', '--config-dir', configDir])).exitCode).toBe(0);
    expect(readdirSync(configDir, { recursive: true }).sort()).toEqual(['conf.d', 'conf.d/mine.yaml']);
  });

  test('storage is readable for a web server, whatever the umask', async () => {
    const fresh = makeTenant(temporaryDirectory());
    const before = process.umask(0o077);
    try {
      await fresh.runJson(['init']);
    } finally {
      process.umask(before);
    }
    expect(statSync(fresh.basePath).mode & 0o777).toBe(0o755);
  });

  test('a storage that cannot be made is a disk error', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'file'), '');
    const fresh = makeTenant(directory, { settings: { storage: { base_path: join(directory, 'file/var') } } });
    expect((await fresh.run(['init', '--json'])).json()).toMatchObject({ error: { code: 'E_DISK', exitCode: 14 } });
  });
});

describe('db', () => {
  test('status says what is applied, migrate finds nothing to do', async () => {
    const status = { dialect: 'sqlite', url: join(tenant.basePath, 'chantal.db'), applied: migrations.map(({ name }) => name), pending: [] };
    expect(await tenant.runJson(['db', 'status'])).toEqual(status);
    expect(await tenant.runJson(['db', 'migrate'])).toEqual({ ...status, newlyApplied: [] });
    expect((await tenant.run(['db', 'migrate'])).stdout).toContain('is up to date');
  });

  test('status makes nothing where there is nothing', async () => {
    const fresh = makeTenant(temporaryDirectory());
    expect((await fresh.run(['db', 'status'])).exitCode).toBe(15);
    expect(existsSync(fresh.basePath)).toBe(false);
  });
});

describe('repositories that were never synced', () => {
  test('are listed, without their passwords', async () => {
    expect(await tenant.runJson(['repo', 'list'])).toEqual({
      repositories: [
        { name: 'el9', type: 'rpm', isEnabled: true, isConfigured: true, upstream: 'https://***@mirror.example/el9', version: 0, packages: 0, bytes: 0, quarantinedPackages: 0 },
        { name: 'old', type: 'apt', isEnabled: false, isConfigured: true, upstream: 'http://mirror.example/old', version: 0, packages: 0, bytes: 0, quarantinedPackages: 0 },
      ],
    });
    const { stdout } = await tenant.run(['repo', 'list', '--quiet']);
    expect(stdout).toMatch(/^REPOSITORY +TYPE/);
    expect(stdout).toMatch(/^old +apt .* not synced, disabled$/m);
    expect(await tenant.runJson(['repo', 'show', '--repo-id', 'el9'])).toMatchObject({ name: 'el9', version: 0, publishedVersion: 0, snapshots: [], versions: [] });
    expect((await tenant.run(['repo', 'show', '--repo-id', 'el9'])).stdout).not.toContain('s3cret');
  });

  test.each([
    ['show an unknown one', ['repo', 'show', '--repo-id', 'el8'], 'E_REPOSITORY_UNKNOWN', 5],
    ['sync an unknown one among others', ['repo', 'sync', '--repo-id', 'el9', '--repo-id', 'el8'], 'E_REPOSITORY_UNKNOWN', 5],
    ['freeze one', ['snapshot', 'create', '--repo-id', 'el9', '--name', 's'], 'E_NOT_SYNCED', 5],
    ['publish one', ['publish', '--repo-id', 'el9'], 'E_NOT_SYNCED', 5],
    ['publish an unknown snapshot', ['publish', '--snapshot-name', 's'], 'E_SNAPSHOT_UNKNOWN', 5],
    ['show an unknown snapshot', ['snapshot', 'show', '--name', 'el9/s'], 'E_SNAPSHOT_UNKNOWN', 5],
    ['delete an unknown snapshot', ['snapshot', 'delete', '--name', 's', '--repo-id', 'el9'], 'E_SNAPSHOT_UNKNOWN', 5],
    ['list snapshots of an unknown one', ['snapshot', 'list', '--repo-id', 'el8'], 'E_REPOSITORY_UNKNOWN', 5],
    ['forget the cache of an unknown one', ['cache', 'clear', '--repo-id', 'el8'], 'E_REPOSITORY_UNKNOWN', 5],
  ])('%s', async (_, args, code, exitCode) => {
    const result = await tenant.run([...args, '--json']);
    expect(result.exitCode).toBe(exitCode);
    expect(result.json()).toMatchObject({ error: { code, exitCode } });
  });

  test('lists that are empty say so', async () => {
    expect(await tenant.runJson(['snapshot', 'list', '--repo-id', 'el9'])).toEqual({ snapshots: [] });
    expect(await tenant.runJson(['cache', 'show'])).toEqual({ documents: [] });
    expect(await tenant.runJson(['cache', 'clear'])).toEqual({ removed: 0 });
    expect((await tenant.run(['snapshot', 'list'])).stdout).toBe('There is no snapshot.\n');
  });

  test('--all with nothing enabled says so', async () => {
    const fresh = makeTenant(temporaryDirectory());
    await fresh.runJson(['init']);
    expect(await fresh.run(['repo', 'sync', '--all'])).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('no repository is configured') as unknown });
    fresh.writeRepository(repositories[1]);
    expect(await fresh.run(['repo', 'sync', '--all'])).toMatchObject({ exitCode: 5, stderr: expect.stringContaining('every configured repository is disabled') as unknown });
  });
});

describe('config', () => {
  test('check reports every error of every file, with its place', async () => {
    const fresh = makeTenant(temporaryDirectory(), { repositories });
    expect(await fresh.runJson(['config', 'check'])).toMatchObject({ isValid: true, repositories: ['el9', 'old'], problems: [] });
    writeFileSync(join(fresh.configDir, 'conf.d/zz.yaml'), 'download:\n  wrokers: 3\n');
    writeFileSync(join(fresh.configDir, 'repos.d/el9.yaml'), 'name: el9\ntype: rpn\n');
    const result = await fresh.run(['config', 'check', '--json']);
    expect(result.exitCode).toBe(4);
    expect(result.json()).toMatchObject({ isValid: false, repositories: [], problems: expect.arrayContaining([
      expect.objectContaining({ file: join(fresh.configDir, 'conf.d/zz.yaml'), line: 2, column: 3, message: expect.stringContaining('workers') as unknown }),
      expect.objectContaining({ file: join(fresh.configDir, 'repos.d/el9.yaml'), line: 2 }),
    ]) as unknown });
    const text = await fresh.run(['config', 'check']);
    expect(text).toMatchObject({ exitCode: 4, stdout: '' });
    expect(text.stderr).toContain(`${join(fresh.configDir, 'conf.d/zz.yaml')}:2:3: `);
    expect(text.stderr).toMatch(/\d errors in /);
    expect((await fresh.run(['repo', 'list', '--json'])).json()).toMatchObject({ error: { code: 'E_CONFIG', exitCode: 4 } });
  });

  test('show masks secrets, in YAML and in JSON', async () => {
    const fresh = makeTenant(temporaryDirectory(), { repositories });
    const text = (await fresh.run(['config', 'show'])).stdout;
    expect(text).toContain(`base_path: ${fresh.basePath}`);
    expect(text).not.toContain('s3cret');
    const json = await fresh.runJson(['config', 'show']);
    expect(json).toMatchObject({ storage: { base_path: fresh.basePath }, repositories: [{ name: 'el9' }, { name: 'old' }] });
    expect(JSON.stringify(json)).not.toContain('s3cret');
  });

  test('schema prints one schema or both', async () => {
    const one = JSON.parse((await runCli(['config', 'schema', '--for', 'repos.d'])).stdout) as object;
    expect(one).toHaveProperty('$schema');
    expect((await runCli(['config', 'schema', '--json'])).json()).toMatchObject({ 'conf.d': { type: 'object' }, 'repos.d': one });
  });

  test('migrate writes a config directory from version 1, and never overwrites', async () => {
    const directory = temporaryDirectory();
    const from = join(directory, 'chantal.yaml');
    const to = join(directory, 'etc');
    writeFileSync(from, [
      `storage: {base_path: ${join(directory, 'var')}}`, 'settings: {download: {workers: 3}}', 'repositories:',
      '  - {name: el9, type: rpm, upstream: {url: "http://mirror.example/el9"}, rpm: {gpgcheck: false}}', '',
    ].join('\n'));
    const written = [join(to, 'conf.d/global.yaml'), join(to, 'repos.d/el9.yaml')];
    expect((await runCli(['config', 'migrate', '--from', from, '--to', to, '--json'])).json()).toEqual({ written, problems: [] });
    expect((await runCli(['config', 'check', '--json', '--config-dir', to])).json()).toMatchObject({ isValid: true, repositories: ['el9'] });
    const before = readFileSync(written[0] as string, 'utf8');
    expect((await runCli(['config', 'migrate', '--from', from, '--to', to])).exitCode).toBe(6);
    expect(readFileSync(written[0] as string, 'utf8')).toBe(before);
  });
});

test('a wrong configuration is refused by every command before anything happens, with every error of every file', async () => {
  const directory = temporaryDirectory();
  const server = await startStaticServer(directory);
  onTestFinished(async () => server.close());
  const good = { type: 'rpm', upstream: { url: server.url }, rpm: { gpgcheck: false } };
  const wrong = makeTenant(directory, {
    settings: { download: { workers: 'many' }, cache: { enabled: true, unknown: 1 } },
    repositories: [{ name: 'fine', ...good }, { name: 'key', ...good, rpm: { gpgkey_file: '/no/such/key' } }, { name: 'path', ...good, publish: { latest_path: join(directory, 'www/now'), snapshots_path: join(directory, 'www/now/s') } }],
  });
  writeFileSync(join(wrong.configDir, 'repos.d/twice.yaml'), `name: fine\ntype: rpm\nupstream: {url: "${server.url}"}\nupstream: {url: "${server.url}"}\nrpm: {gpgcheck: false}\n`);
  const before = readdirSync(directory, { recursive: true }).sort();
  for (const command of [['init'], ['repo', 'sync', '--repo-id', 'fine'], ['db', 'rebuild'], ['db', 'migrate'], ['doctor'], ['publish', '--repo-id', 'fine']]) {
    const { exitCode, stdout } = await wrong.run([...command, '--json']);
    const { error } = JSON.parse(stdout) as { readonly error: { readonly code: string; readonly message: string } };
    expect([command, exitCode, error.code]).toEqual([command, 4, 'E_CONFIG']);
    for (const part of ['download.workers', 'unknown key', 'no such file: /no/such/key', 'lies inside latest_path', 'duplicate key upstream']) expect(error.message).toContain(part);
  }
  expect(readdirSync(directory, { recursive: true }).sort()).toEqual(before);
  expect(server.requests).toEqual([]);
});
