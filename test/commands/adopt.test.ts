/** `adopt` on trees that the other tools made themselves: the sync that follows asks upstream for metadata and for nothing else. */

import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AdoptResult } from '../../src/operations/adopt-tree.js';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { localEnvironment, mustRun } from '../support/run.js';
import { startStaticServer, type StaticServer } from '../support/static-server.js';
import { temporaryDirectory } from '../support/temp.js';
import { makeTenant, type Tenant } from '../support/tenant.js';
import { servedFiles } from '../support/tree.js';

type Kind = 'apt' | 'rpm';

const upstreams = {} as Record<Kind, StaticServer>;
beforeAll(async () => {
  for (const kind of ['apt', 'rpm'] as const) upstreams[kind] = await startStaticServer(join(upstreamFixture(kind, 'day1'), '..'));
});
afterAll(async () => { for (const server of Object.values(upstreams)) await server.close(); });

const urlOf = (kind: Kind): string => `${upstreams[kind].url}/day1`;

const repositories = {
  apt: () => ({ name: 'heron', type: 'apt', upstream: { url: urlOf('apt') }, apt: { distribution: 'heron', sources: true, gpgkey_file: keyFixture('apt') } }),
  rpm: () => ({ name: 'el9', type: 'rpm', upstream: { url: urlOf('rpm') }, rpm: { gpgkey_file: keyFixture('rpm') } }),
};

/** @param environment besides this process's own, which has no proxy here */
async function run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
  return mustRun(command, args, { env: { ...localEnvironment(), LC_ALL: 'C', ...environment } });
}

async function makeReposync(directory: string): Promise<string> {
  mkdirSync(join(directory, 'etc'));
  writeFileSync(join(directory, 'etc/el9.repo'), ['[el9]', 'name=el9', `baseurl=${urlOf('rpm')}`, 'gpgcheck=0', ''].join('\n'));
  writeFileSync(join(directory, 'dnf.conf'), `[main]\nreposdir=${directory}/etc\ncachedir=${directory}/cache\nlogdir=${directory}\npersistdir=${directory}/persist\n`);
  await run('dnf', ['--config', join(directory, 'dnf.conf'), '--releasever', '9', '--forcearch', 'x86_64', '--quiet', 'reposync', '--download-path', join(directory, 'mirror')], { HOME: directory });
  return join(directory, 'mirror');
}

async function makeDebmirror(directory: string): Promise<string> {
  const { host } = new URL(upstreams.apt.url);
  await run('debmirror', [
    join(directory, 'mirror'), '--host', host, '--root', 'day1', '--method', 'http', '--dist', 'heron', '--section', 'main,extras', '--arch', 'amd64,arm64',
    '--source', '--no-check-gpg', '--ignore-release-gpg', '--rsync-extra', 'none', '--nocleanup',
  ], { HOME: directory });
  return join(directory, 'mirror');
}

/** It cannot deal with a port and a path in one URL: this upstream has no path. */
async function makeAptMirror(directory: string): Promise<string> {
  for (const name of ['mirror', 'skel', 'var']) mkdirSync(join(directory, name));
  const server = await startStaticServer(upstreamFixture('apt', 'day1'));
  const line = `${server.url} heron main extras`;
  writeFileSync(join(directory, 'mirror.list'), [
    `set base_path ${directory}`, 'set defaultarch amd64', 'set nthreads 2', 'set _tilde 0', 'set run_postmirror 0',
    `deb-amd64 ${line}`, `deb-arm64 ${line}`, `deb-src ${line}`, '',
  ].join('\n'));
  await run('apt-mirror', [join(directory, 'mirror.list')]);
  await server.close();
  return directory;
}

/** Its own pool, where files lie under names of its own; what it publishes links to them. */
async function makeAptly(directory: string): Promise<string> {
  const config = join(directory, 'aptly.conf');
  writeFileSync(config, JSON.stringify({ rootDir: join(directory, 'aptly'), gpgDisableVerify: true, architectures: ['amd64', 'arm64'] }));
  await run('aptly', ['-config', config, 'mirror', 'create', '-with-sources', 'heron', urlOf('apt'), 'heron', 'main', 'extras']);
  await run('aptly', ['-config', config, 'mirror', 'update', 'heron']);
  return join(directory, 'aptly');
}

const trees: readonly { readonly tool: string; readonly kind: Kind; readonly make: (directory: string) => Promise<string> | string }[] = [
  { tool: 'dnf reposync', kind: 'rpm', make: makeReposync },
  { tool: 'debmirror', kind: 'apt', make: makeDebmirror },
  { tool: 'apt-mirror', kind: 'apt', make: makeAptMirror },
  { tool: 'aptly', kind: 'apt', make: makeAptly },
  { tool: 'a plain copy (apt)', kind: 'apt', make: copyOf('apt') },
  { tool: 'a plain copy (rpm)', kind: 'rpm', make: copyOf('rpm') },
];

function copyOf(kind: Kind): (directory: string) => string {
  return (directory) => {
    cpSync(upstreamFixture(kind, 'day1'), join(directory, 'copy'), { recursive: true });
    return join(directory, 'copy');
  };
}

async function makeMirror(kind: Kind): Promise<Tenant> {
  const tenant = makeTenant(temporaryDirectory(), { repositories: [repositories[kind]()] });
  await tenant.runJson(['init']);
  return tenant;
}

const isPackage = (path: string): boolean => /\.(rpm|deb|dsc|tar\.\w+)$/.test(path);

function packagesOf(kind: Kind): readonly string[] {
  return readdirSync(upstreamFixture(kind, 'day1'), { recursive: true, encoding: 'utf8' }).filter(isPackage);
}

describe.each(trees)('a tree made by $tool', ({ kind, make }) => {
  test('is adopted, and the sync fetches metadata only', async () => {
    const tree = await make(temporaryDirectory());
    const tenant = await makeMirror(kind);
    const { name } = repositories[kind]();
    upstreams[kind].takeRequests();
    const planned = await tenant.runJson(['adopt', '--repo-id', name, '--from', tree, '--dry-run']);
    const adopted = await tenant.runJson(['adopt', '--repo-id', name, '--from', tree]) as AdoptResult;
    expect(planned).toMatchObject({ outcome: 'planned', adopted: adopted.adopted, linked: 0, copied: 0, wrong: [] });
    expect(adopted).toMatchObject({
      outcome: 'adopted', adopted: { packages: packagesOf(kind).length }, linked: adopted.adopted.packages + adopted.adoptedMetadata.files, copied: 0, missing: { packages: 0 }, wrong: [], unreadable: [],
    });
    await tenant.runJson(['repo', 'sync', '--repo-id', name]);
    const requests = upstreams[kind].takeRequests().map(({ path }) => path);
    expect(requests.filter(isPackage)).toEqual([]);
    expect(requests).toContain(kind === 'rpm' ? '/day1/repodata/repomd.xml' : '/day1/dists/heron/InRelease');
    const published = servedFiles(tenant.latest(name));
    for (const [path, digest] of Object.entries(servedFiles(upstreamFixture(kind, 'day1'))).filter(([each]) => isPackage(each))) expect([path, published[path]]).toEqual([path, digest]);
  });
});
