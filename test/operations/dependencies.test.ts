/** filters.with_dependencies: what comes with an include list, what is told of the rest, and that real clients can install it. */

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeAptClient, type AptClient } from '../support/apt-client.js';
import { makeDnfClient, type DnfClient } from '../support/dnf-client.js';
import { keyFixture } from '../support/fixtures.js';
import { makeAptRepository, makeRpmRepository, type MadePackage } from '../support/made-packages.js';
import { startNginx } from '../support/nginx.js';
import { temporaryDirectory } from '../support/temp.js';
import { servedFiles } from '../support/tree.js';
import { aptRepository, describeLab, rpmRepository, useLab, type Lab } from './lab.js';

async function configure(lab: Lab, kind: 'rpm' | 'apt', filters: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<void> {
  const make = kind === 'rpm' ? rpmRepository : aptRepository;
  lab.tenant.writeRepository(make(`${lab.upstream.url}/${kind}`, { filters, ...more }));
  writeFileSync(join(lab.tenant.configDir, 'conf.d/signing.yaml'), stringify({ signing: { key_file: keyFixture('stranger', 'private.asc') } }));
  await lab.reopen();
}

const packages = (lab: Lab, name: string): readonly string[] =>
  Object.keys(servedFiles(lab.tenant.latest(name))).filter((path) => /\.(rpm|deb)$/.test(path)).map((path) => path.slice(path.lastIndexOf('/') + 1)).sort();

async function withDnf(lab: Lab, use: (dnf: DnfClient) => Promise<void>): Promise<void> {
  const nginx = await startNginx(temporaryDirectory(), join(lab.tenant.basePath, 'www'));
  try {
    const url = `${nginx.url}/rpm/latest`;
    const dnf = makeDnfClient(temporaryDirectory(), { url, keyUrl: `${url}/RPM-GPG-KEY-rpm` });
    expect(await dnf.makeCache()).toMatchObject({ exitCode: 0 });
    await use(dnf);
  } finally {
    await nginx.stop();
  }
}

async function withApt(lab: Lab, distribution: string, components: readonly string[], use: (apt: AptClient) => Promise<void>): Promise<void> {
  const nginx = await startNginx(temporaryDirectory(), join(lab.tenant.basePath, 'www'));
  try {
    const apt = makeAptClient(temporaryDirectory(), {
      url: `${nginx.url}/apt/latest`, distribution, components, keyFile: join(lab.tenant.latest('apt'), 'apt-archive-key.gpg'),
    });
    expect(await apt.update()).toMatchObject({ exitCode: 0, stderr: '' });
    await use(apt);
  } finally {
    await nginx.stop();
  }
}

/** What `apt-get install` would unpack, sorted. */
async function simulate(apt: AptClient, name: string): Promise<readonly string[]> {
  const { stdout, exitCode } = await apt.run('apt-get', ['install', '--simulate', '--no-install-recommends', name]);
  expect(exitCode).toBe(0);
  return [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, found]) => found!).sort();
}

describeLab('with_dependencies', (lab) => {
  it('completes an include list for dnf', async () => {
    lab().show('rpm', 'day2');
    await configure(lab(), 'rpm', { include: ['harbourmap'], with_dependencies: true });
    expect(await lab().sync('rpm', { isDryRun: true })).toMatchObject({ outcome: 'planned', total: { packages: 3 }, unresolved: [] });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', mode: 'regenerated', total: { packages: 3 }, unresolved: [], warnings: [] });
    const kept = ['harbourmap-0.3.0-1.el9.x86_64.rpm', 'marlin-1.2.0~rc1-1.el9.x86_64.rpm', 'marlin-libs-1.2.0~rc1-1.el9.x86_64.rpm'];
    expect(packages(lab(), 'rpm')).toEqual(kept);
    await withDnf(lab(), async (dnf) => expect(await dnf.download(['harbourmap'])).toEqual(kept));
  });

  it('completes an include list for apt, for each architecture', async () => {
    lab().show('apt', 'day2');
    await configure(lab(), 'apt', { include: ['beaconctl'], with_dependencies: true });
    expect(await lab().sync('apt')).toMatchObject({ outcome: 'synced', mode: 'regenerated', unresolved: [], warnings: [] });
    expect(packages(lab(), 'apt')).toEqual([
      'beaconctl_3.1.0-1_amd64.deb', 'beaconctl_3.1.0-1_arm64.deb', 'quaymaster_1.8.0-1_amd64.deb', 'quaymaster_1.8.0-1_arm64.deb', 'tidelog_2.4.2-1_all.deb',
    ]);
    await withApt(lab(), 'heron', ['main'], async (apt) => {
      expect(await simulate(apt, 'beaconctl')).toEqual(['beaconctl', 'quaymaster', 'tidelog']);
      await apt.download('quaymaster');
    });
  });

  it('takes effect when it comes and goes, with upstream unchanged', async () => {
    await configure(lab(), 'rpm', { include: ['quaymaster'] });
    expect(await lab().sync('rpm')).toMatchObject({ version: 1, total: { packages: 1 } });
    await configure(lab(), 'rpm', { include: ['quaymaster'], with_dependencies: true });
    expect(await lab().sync('rpm')).toMatchObject({ version: 2, total: { packages: 2 } });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'unchanged', version: 2 });
    await configure(lab(), 'rpm', { include: ['quaymaster'], with_dependencies: false });
    expect(await lab().sync('rpm')).toMatchObject({ version: 3, total: { packages: 1 } });
  });

  it('tells what stays unresolved, and why; what another repository holds is not', async () => {
    const needed = { package: 'marlin 1.2.0~rc1-1.el9 x86_64', requires: 'marlin-libs = 1.2.0~rc1-1.el9', architecture: 'x86_64', reason: 'excluded' };
    const filters = { include: ['marlin'], exclude: ['marlin-libs'] };
    await configure(lab(), 'rpm', { ...filters, with_dependencies: true });
    expect(await lab().sync('rpm', { isDryRun: true })).toMatchObject({ total: { packages: 1 }, unresolved: [needed] });
    expect(await lab().sync('rpm')).toMatchObject({ total: { packages: 1 }, unresolved: [needed] });

    lab().tenant.writeRepository({ ...rpmRepository(`${lab().upstream.url}/rpm`, { filters: { include: ['marlin-libs'] } }), name: 'libs' });
    await configure(lab(), 'rpm', { ...filters, with_dependencies: ['libs'] });
    expect(await lab().sync('rpm')).toMatchObject({ unresolved: [needed], warnings: [expect.stringContaining('libs is among filters.with_dependencies and has not been synced yet')] });
    await lab().sync('libs');
    const complete = await lab().sync('rpm', { isForced: true });
    expect(complete).toMatchObject({ total: { packages: 1 }, unresolved: [], warnings: [] });
    expect(packages(lab(), 'rpm')).toEqual(['marlin-1.2.0~rc1-1.el9.x86_64.rpm']);
  });

});

describe('with_dependencies over packages that need each other in every way', () => {
  const lab = useLab('sqlite');

  const rpms: readonly MadePackage[] = [
    { name: 'app', version: '1', arch: 'x86_64', needs: ['/usr/share/data/tables', '/usr/bin/tool', 'engine >= 2', '(gui or tui)', '(langpack if locale)', '(theme if desktop)', '(lib >= 2 with lib < 4)', 'compat(x86-32)'] },
    { name: 'data', version: '1', arch: 'noarch', files: ['/usr/share/data/tables'], needs: ['/usr/share/more/tables'] },
    { name: 'more', version: '1', arch: 'noarch', files: ['/usr/share/more/tables'] },
    { name: 'tool', version: '1', arch: 'x86_64', files: ['/usr/bin/tool'] },
    { name: 'turbine', version: '1', arch: 'x86_64', provides: ['engine = 1'] },
    { name: 'motor', version: '7', arch: 'x86_64', provides: ['engine = 2'] },
    { name: 'motor', version: '8', arch: 'x86_64', provides: ['engine = 3'], needs: ['locale'] },
    { name: 'tui', version: '1', arch: 'x86_64' },
    { name: 'locale', version: '1', arch: 'noarch' },
    { name: 'langpack', version: '1', arch: 'noarch', lines: ['Recommends: extras'] },
    { name: 'extras', version: '1', arch: 'noarch' },
    { name: 'desktop', version: '1', arch: 'noarch' },
    { name: 'theme', version: '1', arch: 'noarch' },
    { name: 'lib', version: '3', arch: 'x86_64' },
    { name: 'lib', version: '5', arch: 'x86_64' },
    { name: 'compat', version: '1', arch: 'i686', provides: ['compat(x86-32)'] },
  ];

  it('rpm', async () => {
    rmSync(join(lab().served, 'rpm'), { recursive: true });
    makeRpmRepository(join(lab().served, 'rpm'), rpms);
    await configure(lab(), 'rpm', { include: ['app'], with_dependencies: true });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', unresolved: [] });
    const kept = ['app-1-1.x86_64', 'compat-1-1.i686', 'data-1-1.noarch', 'langpack-1-1.noarch', 'lib-3-1.x86_64', 'locale-1-1.noarch', 'more-1-1.noarch', 'motor-8-1.x86_64', 'tool-1-1.x86_64', 'tui-1-1.x86_64'];
    expect(packages(lab(), 'rpm')).toEqual(kept.map((name) => `${name}.rpm`));
    await withDnf(lab(), async (dnf) => expect(await dnf.download(['app'])).toEqual(kept.map((name) => `${name}.rpm`)));

    await configure(lab(), 'rpm', { include: ['app'], exclude: ['motor', 'more'], architectures: ['x86_64'], with_dependencies: true });
    expect((await lab().sync('rpm')).unresolved).toEqual([
      { package: 'app 1-1 x86_64', requires: 'compat(x86-32)', architecture: 'x86_64', reason: 'excluded' },
      { package: 'app 1-1 x86_64', requires: 'engine >= 2', architecture: 'x86_64', reason: 'excluded' },
      { package: 'data 1-1 noarch', requires: '/usr/share/more/tables', architecture: 'x86_64', reason: 'excluded' },
    ]);
  });

  const debs: readonly MadePackage[] = [
    { name: 'app', version: '1', arch: 'amd64', needs: ['gone | libx (>= 2)', 'mta', 'engine (>= 2)', 'python:any', 'tool', 'exotic | plain', 'plain'], lines: ['Pre-Depends: base (>= 1:1)', 'Recommends: extras'] },
    { name: 'libx', version: '2.0-1', arch: 'amd64' },
    { name: 'libx', version: '10~rc1-1', arch: 'amd64' },
    { name: 'libx', version: '2.0-1', arch: 'arm64' },
    { name: 'smtpd', version: '1', arch: 'amd64', provides: ['mta'] },
    { name: 'turbine', version: '9', arch: 'amd64', provides: ['engine'] },
    { name: 'motor', version: '1', arch: 'amd64', provides: ['engine (= 2)'] },
    { name: 'python', version: '3', arch: 'amd64', lines: ['Multi-Arch: allowed'] },
    { name: 'tool', version: '1', arch: 'arm64', lines: ['Multi-Arch: foreign'] },
    { name: 'base', version: '2', arch: 'all' },
    { name: 'base', version: '1:1', arch: 'all' },
    { name: 'plain', version: '1', arch: 'all' },
    { name: 'exotic', version: '1', arch: 'all' },
    { name: 'extras', version: '1', arch: 'all' },
  ];

  it('apt', async () => {
    rmSync(join(lab().served, 'apt'), { recursive: true });
    makeAptRepository(join(lab().served, 'apt'), debs, ['amd64', 'arm64']);
    const more = { apt: { distribution: 'made', gpgkey_file: keyFixture('apt') } };
    await configure(lab(), 'apt', { include: ['app'], with_dependencies: true }, more);
    expect(await lab().sync('apt')).toMatchObject({ outcome: 'synced', unresolved: [] });
    expect(packages(lab(), 'apt')).toEqual([
      'app_1_amd64.deb', 'base_1%3a1_all.deb', 'exotic_1_all.deb', 'libx_10~rc1-1_amd64.deb', 'motor_1_amd64.deb', 'plain_1_all.deb', 'python_3_amd64.deb', 'smtpd_1_amd64.deb', 'tool_1_arm64.deb',
    ]);
    await withApt(lab(), 'made', ['main'], async (apt) => {
      expect(await simulate(apt, 'app')).toEqual(['app', 'base', 'exotic', 'libx', 'motor', 'plain', 'python', 'smtpd', 'tool:arm64']);
    });

    await configure(lab(), 'apt', { include: ['app'], exclude: ['motor'], architectures: ['amd64'], with_dependencies: true }, more);
    expect((await lab().sync('apt')).unresolved).toEqual([
      { package: 'app 1 amd64', requires: 'engine (>= 2)', architecture: 'amd64', reason: 'excluded' },
      { package: 'app 1 amd64', requires: 'tool', architecture: 'amd64', reason: 'excluded' },
    ]);
  });
});
