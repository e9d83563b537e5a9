/** A few programs out of the real Debian with what they depend on: exactly what apt itself would install, and installable from the mirror alone. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { SyncResult } from '../../src/operations/results.js';
import { makeAptClient } from '../support/apt-client.js';
import { debianKeyring, serveDebianLists, serveDebianPackages } from '../support/debian-lists.js';
import { keyFixture } from '../support/fixtures.js';
import { startNginx } from '../support/nginx.js';
import { startStaticServer } from '../support/static-server.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';
import { servedFiles } from '../support/tree.js';

const names = ['hostname', 'sed', 'bzip2'];

it('is mirrored as apt would have it', async () => {
  const served = temporaryDirectory();
  const debian = serveDebianLists(served);
  const expected = serveDebianPackages(served, temporaryDirectory(), debian, names);
  expect(expected.length).toBeGreaterThan(names.length + 3);
  const server = await startStaticServer(served);
  const directory = temporaryDirectory();
  const tenant = makeTenant(directory, {
    repositories: [{
      name: 'debian', type: 'apt', upstream: { url: server.url },
      apt: { distribution: debian.suite, components: ['main'], architectures: ['amd64'], gpgkey_file: debianKeyring },
      filters: { include: names, with_dependencies: true },
    }],
  });
  writeFileSync(join(tenant.configDir, 'conf.d/signing.yaml'), stringify({ signing: { key_file: keyFixture('stranger', 'private.asc') } }));
  const nginx = await startNginx(join(directory, 'nginx'), join(tenant.basePath, 'www'));
  try {
    await tenant.runJson(['init']);
    const { repositories: [synced] } = await tenant.runJson(['repo', 'sync', '--repo-id', 'debian']) as { repositories: { result: SyncResult }[] };
    expect(synced?.result).toMatchObject({ outcome: 'synced', mode: 'regenerated', total: { packages: expected.length }, unresolved: [] });
    expect(Object.keys(servedFiles(tenant.latest('debian'))).filter((path) => path.endsWith('.deb')).sort()).toEqual(expected);

    const apt = makeAptClient(temporaryDirectory(), {
      url: `${nginx.url}/debian/latest`, distribution: debian.suite, components: ['main'], keyFile: join(tenant.latest('debian'), 'debian-archive-key.gpg'),
    });
    expect(await apt.update()).toMatchObject({ exitCode: 0, stderr: '' });
    const installed = await apt.run('apt-get', ['install', '--simulate', '--no-install-recommends', ...names]);
    expect(installed.exitCode).toBe(0);
    expect(installed.stdout.match(/^Inst /gm)).toHaveLength(expected.length);
    await apt.download('libc6');
  } finally {
    await nginx.stop();
    await server.close();
  }
});
