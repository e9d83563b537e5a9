/** on_package_error: quarantine: what a sync goes on without, and what becomes of it. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { showRepository } from '../../src/queries/repositories.js';
import { makeAptClient } from '../support/apt-client.js';
import { makeDnfClient } from '../support/dnf-client.js';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { startNginx } from '../support/nginx.js';
import type { Fault } from '../support/static-server.js';
import { temporaryDirectory } from '../support/temp.js';
import { describeTree, servedFiles } from '../support/tree.js';
import { aptRepository, describeLab, rpmRepository, type Lab } from './lab.js';

const victims = {
  rpm: 'Packages/q/quaymaster-1.8.0-1.el9.x86_64.rpm',
  apt: 'pool/main/q/quaymaster/quaymaster_1.8.0-1_amd64.deb',
} as const;
type Kind = keyof typeof victims;
const kinds = ['rpm', 'apt'] as const;

async function configure(lab: Lab, kind: Kind, policy: unknown, more: Record<string, unknown> = {}): Promise<void> {
  const make = kind === 'rpm' ? rpmRepository : aptRepository;
  lab.tenant.writeRepository(make(`${lab.upstream.url}/${kind}`, { on_package_error: policy, ...more }));
  writeFileSync(join(lab.tenant.configDir, 'conf.d/signing.yaml'), stringify({ signing: { key_file: keyFixture('stranger', 'private.asc') } }));
  await lab.reopen();
}

const eventTypes = async (lab: Lab): Promise<readonly string[]> => (await lab.app.store.listEvents(0, 100)).map(({ event }) => event.type);

function expectVerbatim(lab: Lab, kind: Kind): void {
  const upstream = servedFiles(join(lab.served, kind));
  const root = kind === 'rpm' ? 'repodata/repomd.xml' : 'dists/heron/InRelease';
  const published = servedFiles(lab.tenant.latest(kind));
  for (const path of [root, victims[kind]]) expect([path, published[path]]).toEqual([path, upstream[path]]);
}

describeLab('quarantine', (lab) => {
  it.each(kinds)('%s: goes on without a missing package, tries it again each time, and is verbatim when it is healed', async (kind) => {
    const victim = victims[kind];
    const whole = readFileSync(join(lab().served, kind, victim));
    rmSync(join(lab().served, kind, victim));
    await configure(lab(), kind, 'quarantine');
    const first = await lab().sync(kind);
    const entry = { path: victim, name: 'quaymaster', code: 'E_UPSTREAM_MISSING', url: `${lab().upstream.url}/${kind}/${victim}` };
    expect(first).toMatchObject({ outcome: 'synced', version: 1, mode: 'regenerated', quarantined: [entry] });
    expect(Object.keys(servedFiles(lab().tenant.latest(kind))).filter((path) => path.endsWith(basename(victim)))).toEqual([]);
    expect(await showRepository(lab().app, kind)).toMatchObject({
      mode: 'regenerated', modeReason: expect.stringContaining('does not deliver') as string, quarantinedPackages: 1, quarantined: [entry],
    });
    const [before] = await lab().app.store.listQuarantine(kind);
    const shown = [readlinkSync(lab().tenant.latest(kind)), servedFiles(lab().tenant.latest(kind))];

    lab().upstream.takeRequests();
    expect(await lab().sync(kind)).toMatchObject({ outcome: 'unchanged', version: 1, quarantined: [entry] });
    const asked = lab().upstream.takeRequests().map(({ path, status }) => [path, status]);
    expect(asked).toContainEqual([`/${kind}/${victim}`, 404]);
    // What upstream names without a checksum is asked for again; packages, indexes and the root are not.
    expect(asked.filter(([path, status]) => status === 200 && !/(\.treeinfo|\/Release|\/Release\.gpg)$/.test(String(path)))).toEqual([]);
    expect([readlinkSync(lab().tenant.latest(kind)), servedFiles(lab().tenant.latest(kind))]).toEqual(shown);
    const [after] = await lab().app.store.listQuarantine(kind);
    expect(after?.firstSeen).toBe(before?.firstSeen);
    expect(Date.parse(after?.lastTried ?? '')).toBeGreaterThan(Date.parse(before?.lastTried ?? ''));

    writeFileSync(join(lab().served, kind, victim), whole);
    expect(await lab().sync(kind)).toMatchObject({ outcome: 'synced', version: 2, mode: 'verbatim', quarantined: [], added: { packages: 1 }, removed: { packages: 0 } });
    expectVerbatim(lab(), kind);
    expect(await lab().app.store.listQuarantine(kind)).toEqual([]);
    expect(await lab().sync(kind)).toMatchObject({ outcome: 'unchanged', version: 2, quarantined: [] });
    expect(await eventTypes(lab())).toEqual([
      'sync.started', 'version.recorded', 'package.quarantined', 'latest.published', 'sync.unchanged', 'version.recorded', 'package.released', 'latest.published', 'sync.unchanged',
    ]);
  });

  it.each<[string, Fault, string]>([
    ['other bytes', { corruptAt: 100 }, 'E_CHECKSUM'],
    ['another length', { headers: { 'content-length': '5' } }, 'E_CHECKSUM'],
    ['a server error', { status: 503 }, 'E_UPSTREAM'],
    ['410', { status: 410 }, 'E_UPSTREAM_MISSING'],
  ])('takes %s for the package\'s fault', async (_, fault, code) => {
    for (const kind of kinds) {
      lab().upstream.setFault(`/${kind}/${victims[kind]}`, fault);
      await configure(lab(), kind, 'quarantine');
      expect(await lab().sync(kind)).toMatchObject({ mode: 'regenerated', quarantined: [{ path: victims[kind], code, url: expect.stringContaining(victims[kind]) as string }] });
      lab().upstream.clearFaults();
      expect(await lab().sync(kind)).toMatchObject({ version: 2, mode: 'verbatim', quarantined: [] });
      expectVerbatim(lab(), kind);
    }
  });

  it.each<[string, Fault]>([['a dropped connection', { reset: true }], ['refused access', { status: 403 }], ['a request to slow down', { status: 429 }]])('does not take %s for it', async (_, fault) => {
    await configure(lab(), 'rpm', 'quarantine');
    lab().upstream.setFault(`/rpm/${victims.rpm}`, fault);
    await expect(lab().sync('rpm')).rejects.toMatchObject({ exitCode: 10, context: { package: expect.stringContaining('quaymaster') as string } });
    expect(existsSync(lab().tenant.latest('rpm'))).toBe(false);
  });

  it('does not take metadata for a package', async () => {
    await configure(lab(), 'rpm', 'quarantine');
    const filelists = Object.keys(servedFiles(join(lab().served, 'rpm'))).find((path) => path.endsWith('filelists.xml.gz'))!;
    lab().upstream.setFault(`/rpm/${filelists}`, { status: 404 });
    lab().upstream.setFault(`/rpm/${victims.rpm}`, { status: 404 });
    await expect(lab().sync('rpm')).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING' });
  });

  it('leaves out what its signature check refuses', async () => {
    const served = join(lab().served, 'rpm');
    execFileSync('rpmsign', ['--delsign', join(served, victims.rpm)], { stdio: 'ignore' });
    rmSync(join(served, 'repodata'), { recursive: true });
    execFileSync('createrepo_c', ['--quiet', served]);
    await configure(lab(), 'rpm', 'quarantine');
    const result = await lab().sync('rpm');
    expect(result).toMatchObject({ mode: 'regenerated', total: { packages: 8 }, quarantined: [{ path: victims.rpm, code: 'E_UNSIGNED' }] });
    lab().upstream.takeRequests();
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'unchanged', version: 1, quarantined: [{ path: victims.rpm }] });
    // The bytes are right and in the pool: only the verdict is asked for again.
    expect(lab().upstream.takeRequests().filter(({ path }) => path.endsWith('.rpm'))).toEqual([]);
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { on_package_error: 'quarantine', rpm: { gpgcheck: false } }));
    await lab().reopen();
    expect(await lab().sync('rpm')).toMatchObject({ version: 2, mode: 'verbatim', quarantined: [] });
  });

  it.each<[unknown, string]>([
    [{ action: 'quarantine', max: 1 }, 'on_package_error allows 1 here'],
    [{ action: 'quarantine', max: '20%' }, 'on_package_error allows 1 here'],
    [{ action: 'quarantine', max: '5%' }, 'on_package_error allows 0 here'],
  ])('no more than %j', async (policy, message) => {
    await configure(lab(), 'rpm', policy);
    await lab().sync('rpm');
    const trees = describeTree(join(lab().tenant.latest('rpm'), '..'));
    lab().show('rpm', 'day2');
    for (const path of ['Packages/h/harbourmap-0.3.0-1.el9.x86_64.rpm', 'Packages/t/tidelog-2.4.2-1.el9.noarch.rpm']) rmSync(join(lab().served, 'rpm', path));
    await expect(lab().sync('rpm')).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING', exitCode: 10, message: expect.stringContaining(message) as string });
    expect(describeTree(join(lab().tenant.latest('rpm'), '..'))).toEqual(trees);
    expect(await lab().app.store.listQuarantine('rpm')).toEqual([]);
  });

  it('never everything', async () => {
    rmSync(join(lab().served, 'rpm/Packages'), { recursive: true });
    await configure(lab(), 'rpm', { action: 'quarantine', max: 1000 });
    await expect(lab().sync('rpm')).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING' });
  });

  it('fails honestly once it is told to, and keeps the version that lacks the package', async () => {
    rmSync(join(lab().served, 'rpm', victims.rpm));
    await configure(lab(), 'rpm', 'quarantine');
    await lab().sync('rpm');
    const trees = describeTree(join(lab().tenant.latest('rpm'), '..'));
    await configure(lab(), 'rpm', 'fail');
    await expect(lab().sync('rpm')).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING', context: { package: expect.stringContaining('quaymaster') as string } });
    expect(describeTree(join(lab().tenant.latest('rpm'), '..'))).toEqual(trees);
    expect(await showRepository(lab().app, 'rpm')).toMatchObject({ quarantinedPackages: 1, lastError: { code: 'E_UPSTREAM_MISSING' } });
  });

  it('goes on without what the pool has lost and upstream no longer has, and takes it back', async () => {
    await configure(lab(), 'rpm', 'quarantine');
    await lab().sync('rpm');
    const digest = servedFiles(lab().tenant.latest('rpm'))[victims.rpm]!;
    const poolFile = join(lab().tenant.basePath, 'pool/sha256', digest.slice(0, 2), digest);
    rmSync(poolFile);
    expect(await lab().sync('rpm')).toMatchObject({ version: 1, mode: 'verbatim', quarantined: [] });
    expect(existsSync(poolFile)).toBe(true);
    rmSync(poolFile);
    lab().upstream.setFault(`/rpm/${victims.rpm}`, { status: 404 });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 2, mode: 'regenerated', removed: { packages: 1 }, quarantined: [{ path: victims.rpm }] });
    lab().upstream.clearFaults();
    expect(await lab().sync('rpm')).toMatchObject({ version: 3, mode: 'verbatim', quarantined: [] });
    expectVerbatim(lab(), 'rpm');
  });

  it('forgets what upstream no longer lists', async () => {
    rmSync(join(lab().served, 'rpm/Packages/p/portglass-0.9.2-4.el9.noarch.rpm'));
    await configure(lab(), 'rpm', 'quarantine');
    expect(await lab().sync('rpm')).toMatchObject({ quarantined: [{ name: 'portglass' }] });
    lab().show('rpm', 'day2');
    expect(await lab().sync('rpm')).toMatchObject({ version: 2, mode: 'verbatim', quarantined: [] });
    expect(await eventTypes(lab())).toContain('package.released');
  });

  it('keeps the rest of a module\'s stream and says so', async () => {
    rmSync(join(lab().served, 'rpm/Packages/m/marlin-libs-1.2.0~rc1-1.el9.x86_64.rpm'));
    rmSync(join(lab().served, 'rpm/Packages/k/keel-1.4.7-1.module_el9+14+5a1b2c3d.noarch.rpm'));
    await configure(lab(), 'rpm', 'quarantine');
    const { warnings, quarantined } = await lab().sync('rpm');
    expect(quarantined.map(({ name }) => name)).toEqual(['keel', 'marlin-libs']);
    expect(warnings).toEqual([expect.stringMatching(/^keel:1\.4 .*incomplete/)]);
  });

  it('leaves out the whole of a source that lacks a file', async () => {
    const apt = { distribution: 'heron', sources: true, gpgkey_file: keyFixture('apt') };
    await configure(lab(), 'apt', 'quarantine', { apt });
    const source = Object.keys(servedFiles(join(lab().served, 'apt'))).filter((path) => path.startsWith('pool/main/t/tidelog/') && !path.endsWith('.deb'));
    const lacking = source.find((path) => path.endsWith('.dsc'))!;
    lab().upstream.setFault(`/apt/${lacking}`, { status: 404 });
    expect(await lab().sync('apt')).toMatchObject({ quarantined: [{ path: lacking, name: 'tidelog', arch: 'source' }] });
    const published = Object.keys(servedFiles(lab().tenant.latest('apt')));
    expect(source.length).toBeGreaterThan(1);
    expect(published.filter((path) => source.includes(path))).toEqual([]);
    expect(published).toContainEqual(expect.stringMatching(/tidelog.*\.deb$/));
    expect(await lab().sync('apt')).toMatchObject({ outcome: 'unchanged', version: 1 });
    lab().upstream.clearFaults();
    expect(await lab().sync('apt')).toMatchObject({ version: 2, mode: 'verbatim', quarantined: [] });
    expect(Object.keys(servedFiles(lab().tenant.latest('apt')))).toEqual(expect.arrayContaining(source));
  });

  it('reads again before it leaves anything out, when upstream has moved on meanwhile', async () => {
    await configure(lab(), 'apt', 'quarantine');
    const gone = join(lab().served, 'apt', victims.apt);
    rmSync(gone);
    const sync = lab().sync('apt');
    const swap = setInterval(() => {
      if (!lab().upstream.requests.some(({ path }) => path === `/apt/${victims.apt}`)) return;
      clearInterval(swap);
      lab().show('apt', 'day2');
    }, 1);
    expect(await sync).toMatchObject({ outcome: 'synced', version: 1, mode: 'verbatim', quarantined: [] });
    clearInterval(swap);
    expect(readFileSync(join(lab().tenant.latest('apt'), 'dists/heron/InRelease'))).toEqual(readFileSync(join(upstreamFixture('apt', 'day2'), 'dists/heron/InRelease')));
  });

  it('takes another signing key into account', async () => {
    rmSync(join(lab().served, 'rpm', victims.rpm));
    await configure(lab(), 'rpm', 'quarantine');
    await lab().sync('rpm');
    rmSync(join(lab().tenant.configDir, 'conf.d/signing.yaml'));
    await lab().reopen();
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 2, quarantined: [{ path: victims.rpm }] });
    expect(existsSync(join(lab().tenant.latest('rpm'), 'repodata/repomd.xml.asc'))).toBe(false);
  });

  it('makes versions that are frozen, and a dry run changes nothing', async () => {
    rmSync(join(lab().served, 'rpm', victims.rpm));
    await configure(lab(), 'rpm', 'quarantine');
    expect(await lab().sync('rpm', { isDryRun: true })).toMatchObject({ outcome: 'planned', quarantined: [] });
    expect(await lab().app.store.listQuarantine('rpm')).toEqual([]);
    expect(await lab().sync('rpm', { snapshotName: 's' })).toMatchObject({ snapshot: { packages: 8 } });
    expect(servedFiles(lab().tenant.snapshot('rpm', 's'))).toEqual(servedFiles(lab().tenant.latest('rpm')));
  });

  it('is read by dnf and apt-get, signatures on', async () => {
    for (const kind of kinds) {
      rmSync(join(lab().served, kind, victims[kind]));
      await configure(lab(), kind, 'quarantine');
      await lab().sync(kind);
    }
    const nginx = await startNginx(temporaryDirectory(), join(lab().tenant.basePath, 'www'));
    try {
      const url = `${nginx.url}/rpm/latest`;
      const dnf = makeDnfClient(temporaryDirectory(), { url, keyUrl: `${url}/RPM-GPG-KEY-rpm` });
      expect(await dnf.makeCache()).toMatchObject({ exitCode: 0 });
      const seen = await dnf.query(['--disable-modular-filtering']);
      expect(seen).toHaveLength(8);
      expect(seen.filter((name) => name.startsWith('quaymaster'))).toEqual([]);
      expect(await dnf.download(['tidelog'])).toContainEqual(expect.stringMatching(/^tidelog-2\.4\.1/));

      const apt = makeAptClient(temporaryDirectory(), {
        url: `${nginx.url}/apt/latest`, distribution: 'heron', components: ['main'], keyFile: join(lab().tenant.latest('apt'), 'apt-archive-key.gpg'),
      });
      expect((await apt.update()).exitCode).toBe(0);
      expect(await apt.policy('quaymaster:amd64')).not.toContain('Candidate: 1.8.0-1');
      expect(await apt.policy('quaymaster:arm64')).toContain('Candidate: 1.8.0-1');
      await apt.download('tidelog');
    } finally {
      await nginx.stop();
    }
  });
});
