/** The command: a healthy mirror, and one that is not; what a monitor sees. */

import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Diagnosis } from '../../src/queries/doctor/examine.js';
import { describeDatabases } from '../store/databases.js';
import { makeCertificates } from '../upstream/certificates.js';
import { openGnupg } from '../signing/gnupg.js';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { startStaticServer } from '../support/static-server.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';
import { describeTree } from '../support/tree.js';

/** The machine that runs the tests may be full. */
const without = (findings: Diagnosis['findings']): Diagnosis['findings'] => findings.filter(({ check }) => check !== 'space');

it('says before init what is missing, and after a sync that all is well, and changes nothing', async () => {
  const server = await startStaticServer(upstreamFixture('rpm', 'day1'));
  try {
    const tenant = makeTenant(temporaryDirectory(), { repositories: [{ name: 'rpm', type: 'rpm', upstream: { url: server.url }, rpm: { gpgkey_file: keyFixture('rpm') } }] });
    const first = await tenant.run(['doctor', '--json']);
    expect(first.exitCode).toBe(3);
    expect((first.json() as Diagnosis).findings.filter(({ severity }) => severity === 'problem').map(({ check }) => check)).toEqual(['paths', 'paths', 'paths', 'database']);
    await tenant.runJson(['init']);
    expect((await tenant.run(['doctor', '--strict', '--json'])).json()).toMatchObject({ findings: expect.arrayContaining([expect.objectContaining({ check: 'freshness', severity: 'warning', what: 'was never synced' })]) as unknown });
    await tenant.runJson(['repo', 'sync', '--all']);
    const before = describeTree(tenant.basePath);
    const { findings } = (await tenant.run(['doctor', '--json'])).json() as Diagnosis;
    expect(without(findings).filter(({ severity }) => severity !== 'ok')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['paths', 'latest', 'space', 'leftovers', 'database', 'locks', 'clock', 'freshness', 'keys']));
    expect(describeTree(tenant.basePath)).toEqual(before);
    expect((await tenant.run(['doctor'])).stdout).toMatch(/0 problems?, .* checks are well\./);
    expect((await tenant.run(['doctor', '--max-age', 'soon'])).exitCode).toBe(2);
  } finally {
    await server.close();
  }
});

it('finds keys, certificates and secrets that end or lie open, and a failed sync; --strict counts warnings', async () => {
  const directory = temporaryDirectory();
  const certificates = await makeCertificates();
  const tenant = makeTenant(directory, {
    settings: { download: { retries: 0, timeout: 2 } },
    repositories: [{ name: 'gone', type: 'rpm', upstream: { url: 'http://127.0.0.1:9/none' }, rpm: { gpgcheck: false }, credentials: { type: 'client_cert', cert: certificates.cert, key: certificates.key } }],
  });
  await tenant.runJson(['init']);
  chmodSync(certificates.key, 0o644);
  expect(await tenant.run(['repo', 'sync', '--all'])).toMatchObject({ exitCode: 10, stderr: expect.stringContaining('everybody on this machine can read or change credentials.key of gone') as unknown });
  const { exitCode, stdout } = await tenant.run(['doctor', '--json']);
  expect(exitCode).toBe(3);
  const told = without((JSON.parse(stdout) as Diagnosis).findings).filter(({ severity }) => severity !== 'ok').map(({ check, severity, where }) => [check, severity, where]);
  expect(told).toEqual([
    ['freshness', 'problem', 'gone'],
    ['certificates', expect.stringMatching(/warning|problem/), certificates.cert],
    ['secrets', 'warning', certificates.key],
  ]);
});

it('tells of keys that end within 30 days; of one that ended only loudly when none is left', async () => {
  const gnupg = openGnupg();
  const directory = temporaryDirectory();
  try {
    const [soon, ended, lasting] = [gnupg.makeKey('soon', 'ed25519', '5d'), gnupg.makeKey('ended', 'ed25519', '2020-01-02', ['--faked-system-time', '20200101T000000']), gnupg.makeKey('lasting')];
    const file = (name: string, bytes: Buffer): string => {
      writeFileSync(join(directory, name), bytes, { mode: 0o600 });
      return join(directory, name);
    };
    const repository = (name: string, key: string): Record<string, unknown> & { name: string } => ({ name, type: 'rpm', enabled: false, upstream: { url: 'http://h/r' }, rpm: { gpgkey_file: key } });
    const both = file('both.asc', gnupg.exportArmored(ended, lasting));
    const only = file('only.asc', gnupg.exportArmored(ended));
    const signing = file('signing.asc', gnupg.run(['--armor', '--export-secret-keys', soon]));
    const tenant = makeTenant(directory, { settings: { signing: { key_file: signing } }, repositories: [repository('both', both), repository('only', only)] });
    await tenant.runJson(['init']);
    const { findings } = (await tenant.run(['doctor', '--json'])).json() as Diagnosis;
    expect(findings.filter(({ check }) => check === 'keys').map(({ severity, where, what }) => [severity, where, /[0-9A-F]{40}/.exec(what)?.[0]])).toEqual([
      ['warning', signing, soon], ['warning', both, ended], ['ok', both, lasting], ['problem', only, ended],
    ]);
  } finally {
    gnupg.remove();
  }
});

describeDatabases('doctor', (use) => {
  it('asks the database whether it is whole, and what time it is there', async () => {
    const store = await use().open();
    expect(await store.checkHealth()).toEqual({ faults: [], now: expect.stringMatching(/^20\d\d-/) as unknown });
  });
});

it('a damaged database is a finding like others', async () => {
  const tenant = makeTenant(temporaryDirectory());
  await tenant.runJson(['init']);
  const path = join(tenant.basePath, 'chantal.db');
  for (const name of readdirSync(tenant.basePath)) if (name.startsWith('chantal.db-')) writeFileSync(join(tenant.basePath, name), '');
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0x55, 5000));
  const { exitCode, stdout } = await tenant.run(['doctor', '--json']);
  expect(exitCode).toBe(3);
  expect((JSON.parse(stdout) as Diagnosis).findings.find(({ check }) => check === 'database')).toMatchObject({ severity: 'problem', advice: expect.stringContaining('db rebuild') as unknown });
});
