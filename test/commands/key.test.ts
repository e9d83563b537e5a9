/** The key commands, against an upstream that changes its key. */

import { copyFileSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openGnupg } from '../signing/gnupg.js';
import { runCli } from '../support/cli.js';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { mustRun } from '../support/run.js';
import { startStaticServer } from '../support/static-server.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant, type Tenant } from '../support/tenant.js';
import { describeTree } from '../support/tree.js';

let fingerprints: Readonly<Record<'apt' | 'rpm' | 'stranger', string>>;
beforeAll(async () => {
  const of = async (name: 'apt' | 'rpm' | 'stranger'): Promise<string> =>
    ((await runCli(['key', 'show', '--file', keyFixture(name), '--json'])).json() as { keys: { fingerprint: string }[] }).keys[0]?.fingerprint ?? '';
  fingerprints = { apt: await of('apt'), rpm: await of('rpm'), stranger: await of('stranger') };
});

interface Lab {
  readonly tenant: Tenant;
  /** What is at gpgkey_url from now on. */
  readonly offer: (...names: readonly ('apt' | 'rpm' | 'stranger')[]) => void;
}

async function openLab(): Promise<Lab> {
  const directory = temporaryDirectory();
  const served = join(directory, 'served');
  mkdirSync(served);
  const server = await startStaticServer(served);
  onTestFinished(async () => server.close());
  const tenant = makeTenant(directory, {
    repositories: [
      { name: 'web', type: 'rpm', upstream: { url: server.url }, rpm: { gpgkey_url: `${server.url}/key.asc` } },
      { name: 'filed', type: 'apt', upstream: { url: server.url }, apt: { gpgkey_file: keyFixture('apt') } },
    ],
  });
  await tenant.runJson(['init']);
  return {
    tenant,
    offer: (...names) => { writeFileSync(join(served, 'key.asc'), names.map((name) => readFileSync(keyFixture(name), 'utf8')).join('')); },
  };
}

describe('key accept', () => {
  const accept = ['key', 'accept', '--repo-id', 'web'];

  test('pins what is named, and only that', async () => {
    const { tenant, offer } = await openLab();
    const { rpm, stranger } = fingerprints;
    offer('rpm');
    expect((await tenant.run([...accept, '--json'])).json()).toMatchObject({ error: { code: 'E_USAGE', context: { expected: 'nothing is pinned', found: rpm } } });
    expect(await tenant.runJson([...accept, '--fingerprint', rpm])).toMatchObject({ repository: 'web', outcome: 'accepted', pinned: [], offered: [{ fingerprint: rpm }], added: [rpm], removed: [] });
    expect(await tenant.runJson(accept)).toMatchObject({ outcome: 'unchanged', added: [], removed: [] });

    offer('stranger');
    const silent = await tenant.run([...accept]);
    expect(silent).toMatchObject({ exitCode: 2, stdout: '' });
    expect(silent.stderr).toContain(rpm);
    expect(silent.stderr).toContain(stranger);
    const other = await tenant.run([...accept, '--fingerprint', rpm, '--json']);
    expect(other).toMatchObject({ exitCode: 12 });
    expect(other.json()).toMatchObject({ error: { code: 'E_KEY_CHANGED', context: { expected: rpm, found: stranger } } });
    expect(await tenant.runJson(['key', 'show', '--repo-id', 'web'])).toMatchObject({ keys: [{ fingerprint: rpm, use: 'pinned' }] });

    const blanks = stranger.replace(/.{4}(?=.)/g, '$& ').toLowerCase();
    expect((await tenant.run([...accept, '--fingerprint', blanks])).stdout).toContain(`+ ${stranger}\n  - ${rpm}`);
    expect(await tenant.runJson(['key', 'show', '--repo-id', 'web'])).toMatchObject({ keys: [{ fingerprint: stranger }] });
  });

  test('ends a rotation: refused with both fingerprints before, accepted, and mirrored after, with the new key for clients', async () => {
    const directory = temporaryDirectory();
    const served = join(directory, 'served');
    const gnupg = openGnupg();
    onTestFinished(() => gnupg.remove());
    cpSync(upstreamFixture('apt', 'day1'), served, { recursive: true });
    const server = await startStaticServer(served);
    onTestFinished(async () => server.close());
    writeFileSync(join(served, 'key.asc'), readFileSync(keyFixture('apt')));
    const tenant = makeTenant(directory, {
      settings: { download: { retries: 0 } },
      repositories: [{ name: 'web', type: 'apt', upstream: { url: server.url }, apt: { distribution: 'heron', gpgkey_url: `${server.url}/key.asc` } }],
    });
    await tenant.runJson(['init']);
    await tenant.runJson(['repo', 'sync', '--repo-id', 'web']);
    const before = describeTree(join(tenant.latest('web'), '..'));

    const fresh = gnupg.makeKey('rotated');
    writeFileSync(join(served, 'key.asc'), gnupg.exportArmored(fresh));
    const release = join(served, 'dists/heron/Release');
    const text = readFileSync(release, 'utf8');
    writeFileSync(join(served, 'dists/heron/InRelease'), gnupg.clearSign(text, fresh));
    writeFileSync(`${release}.gpg`, gnupg.signDetached(text, fresh, ['--armor']));
    const refused = await tenant.run(['repo', 'sync', '--repo-id', 'web', '--json']);
    expect([refused.exitCode, refused.json()]).toMatchObject([12, { error: { code: 'E_KEY_CHANGED', context: { expected: fingerprints.apt, found: fresh } } }]);
    expect(describeTree(join(tenant.latest('web'), '..'))).toEqual(before);

    await tenant.runJson([...accept, '--fingerprint', fresh]);
    await tenant.runJson(['repo', 'sync', '--repo-id', 'web']);
    expect(await tenant.runJson(['repo', 'show', '--repo-id', 'web'])).toMatchObject({ signedBy: [fresh], pinnedKeys: [fresh] });
    expect(await tenant.runJson(['key', 'show', '--file', join(tenant.latest('web'), 'web-archive-key.gpg')])).toMatchObject({ keys: [{ fingerprint: fresh }] });
    expect(await tenant.runJson(['repo', 'sync', '--repo-id', 'web'])).toMatchObject({ repositories: [{ result: { outcome: 'unchanged' } }] });
  });

  test('each of several new keys must be named; one that stays need not', async () => {
    const { tenant, offer } = await openLab();
    const { rpm, stranger, apt } = fingerprints;
    offer('rpm');
    await tenant.runJson([...accept, '--fingerprint', rpm]);
    offer('rpm', 'stranger', 'apt');
    expect((await tenant.run([...accept, '--fingerprint', stranger])).exitCode).toBe(12);
    expect(await tenant.runJson([...accept, '--fingerprint', stranger, '--fingerprint', apt])).toMatchObject({ outcome: 'accepted', added: [stranger, apt].sort(), removed: [] });
  });

  test('on a terminal it shows both keys and asks', async () => {
    const { tenant, offer } = await openLab();
    offer('rpm');
    const ask = async (answer: string): Promise<string> =>
      mustRun('script', ['--quiet', '--return', '--command', `${process.execPath} bin/run.js ${accept.join(' ')} --config-dir ${tenant.configDir}`, '/dev/null'], { input: `${answer}\n` });
    const declined = await ask('n');
    expect(declined).toContain(fingerprints.rpm);
    expect(declined).toContain('nothing was pinned');
    expect(await tenant.runJson(['key', 'show', '--repo-id', 'web'])).toEqual({ keys: [] });
    expect(await ask('y')).toContain('1 key added');
    expect(await tenant.runJson(['key', 'show', '--repo-id', 'web'])).toMatchObject({ keys: [{ fingerprint: fingerprints.rpm }] });
  });

  test('without a URL there is nothing to accept', async () => {
    const { tenant } = await openLab();
    expect((await tenant.run(['key', 'accept', '--repo-id', 'filed', '--json'])).json()).toMatchObject({ error: { code: 'E_KEY', hint: expect.stringContaining('gpgkey_file') as unknown } });
    expect((await tenant.run([...accept, '--json'])).json()).toMatchObject({ error: { code: 'E_KEY' } });
  });

  test.each(['199E2F91FD431D51', 'zz'])('%s is no fingerprint', async (text) => {
    const { tenant } = await openLab();
    expect((await tenant.run([...accept, '--fingerprint', text, '--json'])).json()).toMatchObject({ error: { code: 'E_USAGE', message: expect.stringContaining('not a fingerprint') as unknown } });
  });
});

test('key list names pinned keys, key files and the key that signs', async () => {
  const { tenant, offer } = await openLab();
  const signing = join(tenant.basePath, 'mirror.asc');
  const { description } = await tenant.runJson(['key', 'generate', '--name', 'Example Mirror', '--email', 'mirror@example.org', '--out', signing]) as { description: { fingerprint: string } };
  writeFileSync(join(tenant.configDir, 'conf.d/signing.yaml'), `signing: {key_file: ${signing}}\n`);
  offer('rpm');
  await tenant.runJson(['key', 'accept', '--repo-id', 'web', '--fingerprint', fingerprints.rpm]);
  expect(await tenant.runJson(['key', 'list'])).toMatchObject({ keys: [
    { use: 'signing', fingerprint: description.fingerprint, path: signing, holds: 'private' },
    { use: 'file', repository: 'filed', fingerprint: fingerprints.apt, path: keyFixture('apt') },
    { use: 'pinned', repository: 'web', fingerprint: fingerprints.rpm, path: join(tenant.basePath, 'gpgkeys/web.asc') },
  ] });
  const { stdout } = await tenant.run(['key', 'list']);
  expect(stdout.split('\n').filter((line) => line.includes('pinned'))).toEqual([expect.stringContaining(fingerprints.rpm)]);
});

describe('key generate', () => {
  const generate = ['key', 'generate', '--name', 'Example Mirror', '--email', 'mirror@example.org', '--out'];

  test('writes a private and a public key, once', async () => {
    const path = join(temporaryDirectory(), 'keys/mirror.asc');
    const made = (await runCli([...generate, path, '--json'])).json() as { publicKeyPath: string };
    expect(made).toMatchObject({ description: { algorithm: 'Ed25519', userIds: ['Example Mirror <mirror@example.org>'], state: 'valid' }, privateKeyPath: path });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect((await runCli([...generate, path, '--json'])).json()).toMatchObject({ error: { code: 'E_PATH_OCCUPIED', exitCode: 6 } });
    expect((await runCli(['key', 'show', '--file', path])).stdout).toContain('the private key');
    const shown = (await runCli(['key', 'show', '--file', made.publicKeyPath])).stdout;
    expect(shown).toContain('Example Mirror <mirror@example.org>');
    expect(shown).not.toContain('private');
  });

  test('protects it with a passphrase from a file', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'passphrase'), 'correct horse\n');
    writeFileSync(join(directory, 'empty'), '');
    await runCli([...generate, join(directory, 'mirror.asc'), '--passphrase-file', join(directory, 'passphrase')]);
    expect((await runCli(['key', 'show', '--file', join(directory, 'mirror.asc'), '--json'])).json()).toMatchObject({ keys: [{ holds: 'protected private' }] });
    expect((await runCli([...generate, join(directory, 'other.asc'), '--passphrase-file', join(directory, 'empty'), '--json'])).json()).toMatchObject({ error: { code: 'E_CONFIG_SECRET' } });
  });

  test.each([[['--email', 'nobody']], [['--name', 'A <b@example.org>']], [['--type', 'dsa']]])('%j is refused', async (flags) => {
    expect((await runCli([...generate, join(temporaryDirectory(), 'k.asc'), ...flags, '--json'])).json()).toMatchObject({ error: { code: 'E_USAGE' } });
  });
});

describe('key show', () => {
  test.each([['a file that is not there', '/nonexistent/key.asc'], ['a file that holds no key', 'package.json']])('%s', async (_, file) => {
    expect((await runCli(['key', 'show', '--file', file, '--json'])).json()).toMatchObject({ error: { code: 'E_KEY', context: { path: expect.stringContaining(file) as unknown } } });
  });

  test('takes binary files, and either a file or a repository', async () => {
    const file = join(temporaryDirectory(), 'ring.gpg');
    copyFileSync(keyFixture('apt', 'public.gpg'), file);
    expect((await runCli(['key', 'show', '--file', file, '--json'])).json()).toMatchObject({ keys: [{ fingerprint: fingerprints.apt, holds: 'public' }] });
    expect((await runCli(['key', 'show'])).exitCode).toBe(2);
    expect((await runCli(['key', 'show', '--file', file, '--repo-id', 'x'])).exitCode).toBe(2);
  });
});
