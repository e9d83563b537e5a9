/** Filtered repositories: what is kept, how it is described, and what happens when filters come and go. */

import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { makeAptClient } from '../support/apt-client.js';
import { makeDnfClient } from '../support/dnf-client.js';
import { keyFixture } from '../support/fixtures.js';
import { startNginx } from '../support/nginx.js';
import { temporaryDirectory } from '../support/temp.js';
import { servedFiles } from '../support/tree.js';
import { aptRepository, describeLab, rpmRepository, type Lab } from './lab.js';

const signing = { key_file: keyFixture('stranger', 'private.asc') };

async function configure(lab: Lab, kind: 'rpm' | 'apt', filters: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<void> {
  const make = kind === 'rpm' ? rpmRepository : aptRepository;
  lab.tenant.writeRepository(make(`${lab.upstream.url}/${kind}`, { filters, ...more }));
  writeFileSync(join(lab.tenant.configDir, 'conf.d/signing.yaml'), stringify({ signing }));
  await lab.reopen();
}

const packages = (lab: Lab, kind: 'rpm' | 'apt'): readonly string[] =>
  Object.keys(servedFiles(lab.tenant.latest(kind))).filter((path) => /\.(rpm|deb)$/.test(path)).map((path) => path.slice(path.lastIndexOf('/') + 1));

describeLab('filters', (lab) => {
  it('leave packages out, and a client reads exactly the rest, signatures on', async () => {
    await configure(lab(), 'rpm', { exclude: ['marlin*', 'beaconctl'], newest: 1 });
    const result = await lab().sync('rpm');
    expect(result).toMatchObject({ outcome: 'synced', mode: 'regenerated', version: 1, warnings: [] });
    expect(packages(lab(), 'rpm').some((name) => /^(marlin|beaconctl)/.test(name))).toBe(false);
    expect(packages(lab(), 'rpm')).toHaveLength(result.total.packages);

    const nginx = await startNginx(temporaryDirectory(), join(lab().tenant.basePath, 'www'));
    try {
      const url = `${nginx.url}/rpm/latest`;
      const dnf = makeDnfClient(temporaryDirectory(), { url, keyUrl: `${url}/RPM-GPG-KEY-rpm` });
      expect(await dnf.makeCache()).toMatchObject({ exitCode: 0 });
      const seen = await dnf.query(['--disable-modular-filtering']);
      expect(seen).toHaveLength(result.total.packages);
      expect(await dnf.download(['tidelog'])).toContainEqual(expect.stringMatching(/^tidelog-2\.4\.1/));
    } finally {
      await nginx.stop();
    }
  });

  it('do the same for apt', async () => {
    await configure(lab(), 'apt', { include: ['tidelog', 'marlin*'], architectures: ['amd64'] });
    const result = await lab().sync('apt');
    expect(result).toMatchObject({ outcome: 'synced', mode: 'regenerated', warnings: [] });
    expect(packages(lab(), 'apt').every((name) => /^(tidelog|marlin)/.test(name) && !name.endsWith('_arm64.deb'))).toBe(true);

    const nginx = await startNginx(temporaryDirectory(), join(lab().tenant.basePath, 'www'));
    try {
      const apt = makeAptClient(temporaryDirectory(), {
        url: `${nginx.url}/apt/latest`, distribution: 'heron', components: ['main'], keyFile: join(lab().tenant.latest('apt'), 'apt-archive-key.gpg'),
      });
      expect((await apt.update()).exitCode).toBe(0);
      expect(await apt.policy('tidelog')).toContain('Candidate: 2.4.1-3');
      expect(await apt.policy('beaconctl')).toBe('');
      await apt.download('marlin');
    } finally {
      await nginx.stop();
    }
  });

  it('that keep everything change nothing: upstream\'s bytes', async () => {
    await lab().sync('rpm');
    const verbatim = servedFiles(lab().tenant.latest('rpm'));
    await configure(lab(), 'rpm', { include: ['*'], newest: 99 });
    expect(await lab().sync('rpm')).toMatchObject({ mode: 'verbatim' });
    expect(servedFiles(lab().tenant.latest('rpm'))).toEqual(verbatim);
  });

  it('that keep nothing are refused, unless that is meant', async () => {
    await configure(lab(), 'rpm', { include: ['nothing-has-this-name'] });
    await expect(lab().sync('rpm')).rejects.toMatchObject({ code: 'E_CONFIG', exitCode: 4, hint: expect.stringContaining('allow_empty') as string });
    expect(existsSync(lab().tenant.latest('rpm'))).toBe(false);
    await configure(lab(), 'rpm', { include: ['nothing-has-this-name'], allow_empty: true });
    expect(await lab().sync('rpm')).toMatchObject({ total: { packages: 0 }, mode: 'regenerated' });
  });

  it('take effect at the next sync, also when upstream is unchanged, and back', async () => {
    await lab().sync('rpm');
    const verbatim = servedFiles(lab().tenant.latest('rpm'));
    await configure(lab(), 'rpm', { exclude: ['tidelog'] });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 2, mode: 'regenerated' });
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'unchanged', version: 2 });
    rmSync(join(lab().tenant.configDir, 'conf.d/signing.yaml'));
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`));
    await lab().reopen();
    lab().upstream.takeRequests();
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 3, mode: 'verbatim' });
    const now = servedFiles(lab().tenant.latest('rpm'));
    for (const [path, digest] of Object.entries(verbatim)) expect([path, now[path]]).toEqual([path, digest]);
    expect(lab().upstream.takeRequests().filter(({ path, status }) => status === 200 && path.endsWith('.rpm'))).toEqual([]);
  });

  it('give the same bytes each time, and lost metadata of our own is made again', async () => {
    await configure(lab(), 'rpm', { exclude: ['tidelog'] });
    await lab().sync('rpm');
    const good = servedFiles(lab().tenant.latest('rpm'));
    const root = good['repodata/repomd.xml']!;
    rmSync(join(lab().tenant.basePath, 'pool/sha256', root.slice(0, 2), root));
    expect((await lab().sync('rpm')).version).toBe(1);
    expect(servedFiles(lab().tenant.latest('rpm'))).toEqual(good);
  });

  it('say that the result is not signed where there is no key', async () => {
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { filters: { exclude: ['tidelog'] } }));
    await lab().reopen();
    expect((await lab().sync('rpm')).warnings).toContainEqual(expect.stringContaining('not signed'));
    expect(readdirSync(join(lab().tenant.latest('rpm'), 'repodata'))).not.toContain('repomd.xml.asc');
  });

  it('by rpm.architectures keep those and noarch', async () => {
    await configure(lab(), 'rpm', {}, { rpm: { gpgkey_file: keyFixture('rpm'), architectures: ['aarch64'] } });
    expect(await lab().sync('rpm')).toMatchObject({ mode: 'regenerated' });
    expect(packages(lab(), 'rpm').every((name) => name.endsWith('.noarch.rpm'))).toBe(true);
  });
});
