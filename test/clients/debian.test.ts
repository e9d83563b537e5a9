/** Debian's own metadata, as `apt-get update` left it on this machine: verified with Debian's keyring, read whole, refused when altered. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { SyncResult } from '../../src/operations/results.js';
import { startStaticServer } from '../support/static-server.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const lists = '/var/lib/apt/lists';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const served = sharedTemporaryDirectory();
let suite = '';
let stanzas = 0;

/** apt keeps the index compressed in its own way; what Release lists is the plain file. */
beforeAll(() => {
  const inRelease = readdirSync(lists).find((name) => /_debian_dists_[a-z]+_InRelease$/.test(name));
  if (inRelease === undefined) throw new Error(`no InRelease of Debian in ${lists}: run apt-get update`);
  suite = /_dists_([a-z]+)_InRelease$/.exec(inRelease)?.[1] ?? '';
  const index = readdirSync(lists).find((name) => name.startsWith(inRelease.replace('InRelease', 'main_binary-amd64_Packages')));
  if (index === undefined) throw new Error(`no Packages beside ${inRelease}`);
  const packages = execFileSync('/usr/lib/apt/apt-helper', ['cat-file', join(lists, index)], { maxBuffer: 1024 ** 3 });
  stanzas = packages.toString('latin1').match(/^Package: /gm)?.length ?? 0;
  put(`dists/${suite}/InRelease`, readFileSync(join(lists, inRelease)));
  put(`dists/${suite}/main/binary-amd64/Packages`, packages);
});

function put(path: string, bytes: Buffer): void {
  mkdirSync(dirname(join(served, path)), { recursive: true });
  writeFileSync(join(served, path), bytes);
}

it('is verified, and all of its stanzas are read', async () => {
  const server = await startStaticServer(served);
  try {
    const tenant = makeTenant(temporaryDirectory(), {
      repositories: [{
        name: 'debian', type: 'apt', upstream: { url: server.url },
        apt: { distribution: suite, components: ['main'], architectures: ['amd64'], gpgkey_file: keyring },
      }],
    });
    await tenant.runJson(['init']);
    const planned = await tenant.runJson(['repo', 'sync', '--repo-id', 'debian', '--dry-run']) as { repositories: { result: SyncResult }[] };
    expect(planned.repositories[0]?.result).toMatchObject({ outcome: 'planned', version: 0, total: { packages: stanzas } });
    expect(stanzas).toBeGreaterThan(10_000);

    const inRelease = readFileSync(join(served, `dists/${suite}/InRelease`));
    const altered = Buffer.from(inRelease);
    altered[inRelease.indexOf('Origin: Debian') + 8] = 'd'.charCodeAt(0);
    put(`dists/${suite}/InRelease`, altered);
    const refused = await tenant.run(['repo', 'sync', '--repo-id', 'debian', '--dry-run', '--json']);
    expect([refused.exitCode, refused.json()]).toMatchObject([12, { error: { code: 'E_SIGNATURE' } }]);
    put(`dists/${suite}/InRelease`, inRelease);

    const index = join(served, `dists/${suite}/main/binary-amd64/Packages`);
    const packages = readFileSync(index);
    packages[packages.length >> 1]! ^= 1;
    writeFileSync(index, packages);
    const other = makeTenant(temporaryDirectory(), { repositories: [] });
    other.writeRepository({
      name: 'debian', type: 'apt', upstream: { url: server.url },
      apt: { distribution: suite, components: ['main'], architectures: ['amd64'], gpgkey_file: keyring },
    });
    await other.runJson(['init']);
    const corrupt = await other.run(['repo', 'sync', '--repo-id', 'debian', '--dry-run', '--json']);
    expect([corrupt.exitCode, corrupt.json()]).toMatchObject([12, { error: { code: 'E_CHECKSUM', context: { url: expect.stringContaining('Packages') as string } } }]);
  } finally {
    await server.close();
  }
});
