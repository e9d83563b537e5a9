/** Debian's own metadata, as `apt-get update` left it on this machine: verified with Debian's keyring, read whole, refused when altered. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { SyncResult } from '../../src/operations/results.js';
import { debianKeyring, put, serveDebianLists } from '../support/debian-lists.js';
import { startStaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const served = sharedTemporaryDirectory();
let suite = '';
let stanzas = 0;

beforeAll(() => {
  ({ suite, stanzaCount: stanzas } = serveDebianLists(served));
});

it('is verified, and all of its stanzas are read', async () => {
  const server = await startStaticServer(served);
  try {
    const tenant = makeTenant(temporaryDirectory(), {
      repositories: [{
        name: 'debian', type: 'apt', upstream: { url: server.url },
        apt: { distribution: suite, components: ['main'], architectures: ['amd64'], gpgkey_file: debianKeyring },
      }],
    });
    await tenant.runJson(['init']);
    const planned = await tenant.runJson(['repo', 'sync', '--repo-id', 'debian', '--dry-run']) as { repositories: { result: SyncResult }[] };
    expect(planned.repositories[0]?.result).toMatchObject({ outcome: 'planned', version: 0, total: { packages: stanzas } });
    expect(stanzas).toBeGreaterThan(10_000);

    const inRelease = readFileSync(join(served, `dists/${suite}/InRelease`));
    const altered = Buffer.from(inRelease);
    altered[inRelease.indexOf('Origin: Debian') + 8] = 'd'.charCodeAt(0);
    put(served, `dists/${suite}/InRelease`, altered);
    const refused = await tenant.run(['repo', 'sync', '--repo-id', 'debian', '--dry-run', '--json']);
    expect([refused.exitCode, refused.json()]).toMatchObject([12, { error: { code: 'E_SIGNATURE' } }]);
    put(served, `dists/${suite}/InRelease`, inRelease);

    const index = join(served, `dists/${suite}/main/binary-amd64/Packages`);
    const packages = readFileSync(index);
    packages[packages.length >> 1]! ^= 1;
    writeFileSync(index, packages);
    const other = makeTenant(temporaryDirectory(), { repositories: [] });
    other.writeRepository({
      name: 'debian', type: 'apt', upstream: { url: server.url },
      apt: { distribution: suite, components: ['main'], architectures: ['amd64'], gpgkey_file: debianKeyring },
    });
    await other.runJson(['init']);
    const corrupt = await other.run(['repo', 'sync', '--repo-id', 'debian', '--dry-run', '--json']);
    expect([corrupt.exitCode, corrupt.json()]).toMatchObject([12, { error: { code: 'E_CHECKSUM', context: { url: expect.stringContaining('Packages') as string } } }]);
  } finally {
    await server.close();
  }
});
