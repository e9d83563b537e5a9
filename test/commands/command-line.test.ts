/** How the command line is read: flags anywhere, errors once, on the right stream, with their exit codes. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { binPath, runCli } from '../support/cli.js';
import { runProgram } from '../support/run.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const tenant = makeTenant(sharedTemporaryDirectory());

describe('help and version', () => {
  test.each([[['--version'], /^chantal\/\d/], [['--help'], /COMMANDS/], [[], /COMMANDS/], [['-h'], /COMMANDS/], [['repo'], /repo sync/], [['repo', '--help'], /repo sync/],
    [['repo', 'sync', '-h'], /--dry-run/], [['help', 'repo', 'sync'], /--dry-run/], [['--json', '--quiet'], /COMMANDS/]])('%j', async (args, text) => {
    expect(await runCli(args)).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(text) as unknown });
  });
});

describe('usage errors', () => {
  test.each([
    ['an unknown command', ['rpo', 'sync'], 'there is no command "rpo sync"', 'Did you mean: chantal repo sync?'],
    ['a half-known command', ['repo', 'snc'], 'there is no command "repo snc"', 'Did you mean: chantal repo sync?'],
    ['a bare word', ['repo', 'show', 'el9'], 'takes flags, not the bare word "el9"', 'chantal repo show --help'],
    ['an unknown flag', ['repo', 'sync', '--repo', 'x'], 'has no flag --repo', 'Did you mean --repo-id?'],
    ['a missing flag', ['repo', 'show'], 'Missing required flag repo-id', 'chantal repo show --help'],
    ['a missing value', ['repo', 'list', '--config-dir'], '--config-dir expects a value', 'chantal repo list --help'],
    ['a number out of range', ['repo', 'sync', '--all', '--workers', '0'], '--workers: Expected an integer', 'chantal repo sync --help'],
    ['neither --repo-id nor --all', ['repo', 'sync'], 'Exactly one of', 'chantal repo sync --help'],
    ['--repo-id and --all', ['repo', 'sync', '--all', '--repo-id', 'x'], '--all', 'chantal repo sync --help'],
    ['--snapshot-name without --create-snapshot', ['repo', 'sync', '--all', '--snapshot-name', 's'], '--create-snapshot', 'chantal repo sync --help'],
    ['--create-snapshot in a dry run', ['repo', 'sync', '--all', '--dry-run', '--create-snapshot'], '--create-snapshot', 'chantal repo sync --help'],
    ['a snapshot\'s name with a slash', ['snapshot', 'create', '--repo-id', 'x', '--name', 'a/b'], 'not a snapshot name: "a/b"', 'at most 200'],
    ['a snapshot\'s name that leaves its directory', ['snapshot', 'delete', '--name', 'x/..'], 'not a snapshot name: ".."', 'at most 200'],
    ['two repositories for one snapshot', ['snapshot', 'show', '--name', 'a/s', '--repo-id', 'b'], 'not a snapshot of b', '--repo-id'],
    ['nothing to publish', ['publish'], 'At least one of', 'chantal publish --help'],
    ['an unknown log level', ['repo', 'list', '--log-level', 'loud'], 'unknown log level "loud"', 'DEBUG, INFO'],
  ])('%s', async (_, args, message, hint) => {
    const json = await tenant.run(['--json', ...args]);
    expect(json).toMatchObject({ exitCode: 2, stderr: '' });
    expect(json.json()).toMatchObject({ error: { code: 'E_USAGE', exitCode: 2, message: expect.stringContaining(message) as unknown, hint: expect.stringContaining(hint) as unknown } });
  });
});

test('an error is told once, on standard error, without a stack', async () => {
  const { stdout, stderr, exitCode } = await tenant.run(['repo', 'show']);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toBe('Error: Missing required flag repo-id\n  code: E_USAGE\n  do: See: chantal repo show --help\n');
});

test('what acts on a terminal is escaped in JSON as well: in data and in errors', async () => {
  const name = 'odd\u0085\u202e';
  const fresh = makeTenant(temporaryDirectory(), { repositories: [{ name: 'el9', type: 'rpm', filters: { exclude: [name] }, upstream: { url: 'http://127.0.0.1:1/' }, rpm: { gpgcheck: false } }] });
  for (const args of [['config', 'show', '--json'], ['repo', 'list', '--log-level', name, '--json']]) {
    const shown = await fresh.run(args);
    expect(shown.stdout).toContain('odd\\u0085\\u202e');
    expect(shown.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(JSON.stringify(shown.json())).toContain(name);
  }
});

describe('errors of the work', () => {
  test.each([
    ['no config directory', 4, 'E_CONFIG', ['repo', 'list', '--config-dir', '/nonexistent/chantal']],
    ['no database', 15, 'E_DATABASE_SCHEMA', ['repo', 'list']],
    ['no database, and db status makes none', 15, 'E_DATABASE_SCHEMA', ['db', 'status']],
  ])('%s', async (_, exitCode, code, args) => {
    const fresh = makeTenant(temporaryDirectory());
    expect(await fresh.run(args)).toMatchObject({ exitCode, stdout: '', stderr: expect.stringContaining(`code: ${code}`) as unknown });
    const json = await fresh.run([...args, '--json']);
    expect(json.json()).toMatchObject({ error: { code, exitCode } });
  });

  test('--config-dir wins over the environment, wherever it stands; without either it is /etc/chantal', async () => {
    for (const args of [['--config-dir=/nonexistent/a', 'config', 'check'], ['config', '--config-dir', '/nonexistent/a', 'check'], ['config', 'check', '--config-dir', '/nonexistent/a']]) {
      expect((await tenant.run(args)).stderr).toContain('/nonexistent/a');
    }
    expect((await runCli(['config', 'schema', '--help'])).stdout.replace(/\s+/g, ' ')).toContain('[default: /etc/chantal, env: CHANTAL_CONFIG_DIR]');
  });

  test('a log file gets the error too', async () => {
    const directory = temporaryDirectory();
    const logged = makeTenant(directory, { settings: { logging: { file: join(directory, 'chantal.log'), format: 'json' } } });
    expect((await logged.run(['repo', 'list'])).stderr).toContain('E_DATABASE_SCHEMA');
    const { stdout } = await runProgram('cat', [join(directory, 'chantal.log')]);
    expect(JSON.parse(stdout)).toMatchObject({ level: 'ERROR', code: 'E_DATABASE_SCHEMA' });
  });
});

test('a reader that stops reading is no error', async () => {
  const child = spawn('sh', ['-c', `"${process.execPath}" "${binPath}" config schema | head -c 1; exit 0`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString(); });
  await new Promise((resolve) => { child.once('close', resolve); });
  expect(stderr).toBe('');
});
