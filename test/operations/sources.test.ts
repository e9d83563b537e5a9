/** Source packages of apt repositories, filtered and merged: whole, and as the tools of the trade index and fetch them. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { MergeStrategy } from '../../src/core/merge-content.js';
import { parseFields, splitStanzas } from '../../src/formats/kit/deb822.js';
import { mergeSnapshots } from '../../src/operations/merge-snapshots.js';
import type { MergeResult } from '../../src/operations/results.js';
import { makeAptClient, type AptClient } from '../support/apt-client.js';
import { buildSource, writeSourceUpstream } from '../support/debian-sources.js';
import { keyFixture } from '../support/fixtures.js';
import { startNginx } from '../support/nginx.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { servedFiles } from '../support/tree.js';
import { aptRepository, describeLab, type Lab } from './lab.js';

const work = sharedTemporaryDirectory();
/** `first` and `second` have one tarball; `fork` has another one of the same name; `rebuilt` is another `first`. */
let built: Readonly<Record<'first' | 'second' | 'third' | 'fork' | 'rebuilt', string>>;

beforeAll(() => {
  built = {
    first: buildSource(work, 'gauge', { version: '1.0-1' }), second: buildSource(work, 'gauge', { version: '1.0-2' }),
    third: buildSource(work, 'gauge', { version: '1.1-1', text: 'two' }), fork: buildSource(work, 'gauge', { version: '1.0-3', text: 'forked' }),
    rebuilt: buildSource(work, 'gauge', { version: '1.0-1', note: 'Once more.' }),
  };
});

type Version = keyof typeof built;

const filesOf = (version: Version): readonly string[] => readdirSync(built[version]).sort();

/** Repositories `gauge` and `other` over upstreams that hold nothing yet. */
async function configure(lab: Lab, filters?: Record<string, unknown>): Promise<void> {
  writeFileSync(join(lab.tenant.configDir, 'conf.d/signing.yaml'), stringify({ signing: { key_file: keyFixture('stranger', 'private.asc') } }));
  for (const name of ['gauge', 'other']) {
    lab.tenant.writeRepository(aptRepository(`${lab.upstream.url}/${name}`, {
      name, apt: { distribution: 'heron', sources: true, gpgkey_file: keyFixture('apt') }, ...(filters === undefined ? {} : { filters }), sync: { max_removed: '100%' },
    }));
  }
  await lab.reopen();
}

const offer = (lab: Lab, name: 'gauge' | 'other', versions: readonly Version[]): void =>
  writeSourceUpstream(join(lab.served, name), 'gauge', versions.map((version) => built[version]));

/** Snapshots `gauge/first` … of the upstream as it was with these versions. */
async function freeze(lab: Lab, name: 'gauge' | 'other', snapshotName: string, versions: readonly Version[]): Promise<string> {
  offer(lab, name, versions);
  await lab.sync(name, { snapshotName });
  return `${name}/${snapshotName}`;
}

const merge = async (lab: Lab, name: string, sources: readonly string[], strategy: MergeStrategy): Promise<MergeResult> =>
  mergeSnapshots(lab.app, { sources, name, strategy, isDryRun: false });

async function asClient(lab: Lab, path: string, use: (client: AptClient) => Promise<void>): Promise<void> {
  const nginx = await startNginx(temporaryDirectory(), join(lab.tenant.basePath, 'www'));
  try {
    const directory = join(lab.tenant.basePath, 'www', path);
    const key = readdirSync(directory).find((name) => name.endsWith('-archive-key.gpg'))!;
    const client = makeAptClient(temporaryDirectory(), { url: `${nginx.url}/${path}`, distribution: 'heron', components: ['main'], keyFile: join(directory, key), hasSources: true });
    expect(await client.update()).toMatchObject({ exitCode: 0, stderr: '' });
    await use(client);
  } finally {
    await nginx.stop();
  }
}

async function versionsSeen(client: AptClient): Promise<readonly string[]> {
  const { stdout } = await client.run('apt-cache', ['showsrc', 'gauge']);
  return [...stdout.matchAll(/^Version: (.*)$/gm)].map(([, version]) => version!).sort();
}

/** Fetches a version, and unpacks what came: dpkg-source checks each file against the .dsc. */
async function fetchWhole(client: AptClient, version: string): Promise<readonly string[]> {
  const uris = (await client.run('apt-get', ['source', '--print-uris', `gauge=${version}`])).stdout;
  const names = [...uris.matchAll(/^'(\S+)' (\S+) /gm)].map(([, , name]) => name!).sort();
  expect(await client.run('apt-get', ['source', '--download-only', `gauge=${version}`])).toMatchObject({ exitCode: 0 });
  const tree = join(temporaryDirectory(), 'tree');
  execFileSync('dpkg-source', ['--no-copy', '--extract', `gauge_${version}.dsc`, tree], { cwd: client.downloads, stdio: 'pipe' });
  expect(existsSync(join(tree, 'debian/changelog'))).toBe(true);
  return names;
}

/** What a tool says of the tree's sources, or what was published: by directory and version, the fields that both have. */
function described(text: string): readonly Record<string, string | undefined>[] {
  return splitStanzas(Buffer.from(text)).map((stanza) => {
    const fields = parseFields(stanza);
    return Object.fromEntries(['package', 'version', 'directory', 'format', 'binary', 'maintainer', 'files', 'checksums-sha1', 'checksums-sha256'].map((name) => [name, fields.get(name)?.[0]?.split('\n').sort().join('\n')]));
  }).sort((a, b) => (JSON.stringify([a['directory'], a['version']]) < JSON.stringify([b['directory'], b['version']]) ? -1 : 1));
}

/** Every file of the pool is in the index, and apt-ftparchive and dpkg-scansources describe them in the same words. */
function expectToolsToAgree(tree: string): void {
  const published = described(gunzipSync(readFileSync(join(tree, 'dists/heron/main/source/Sources.gz'))).toString());
  expect(published.length).toBeGreaterThan(0);
  const listed = published.flatMap(({ directory = '', files = '' }) => files.split('\n').map((line) => `${directory}/${line.split(/\s+/)[2]!}`));
  expect([...new Set(listed)].sort()).toEqual(Object.keys(servedFiles(tree)).filter((path) => path.startsWith('pool/')).sort());
  for (const [command, args] of [['apt-ftparchive', ['--quiet', 'sources', 'pool']], ['dpkg-scansources', ['pool']]] as const) {
    expect(described(execFileSync(command, args, { cwd: tree, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))).toEqual(published);
  }
}

describeLab('filtered sources', (lab) => {
  it('keep the newest versions whole, also a tarball that an older one has too', async () => {
    await configure(lab(), { newest: 1 });
    offer(lab(), 'gauge', ['first', 'second']);
    expect(await lab().sync('gauge')).toMatchObject({ mode: 'regenerated', warnings: [], total: { packages: 3 } });
    const tree = lab().tenant.latest('gauge');
    expectToolsToAgree(tree);
    await asClient(lab(), 'gauge/latest', async (client) => {
      expect(await versionsSeen(client)).toEqual(['1.0-2']);
      expect(await fetchWhole(client, '1.0-2')).toEqual(filesOf('second'));
      expect((await client.run('apt-get', ['source', '--download-only', 'gauge=1.0-1'])).exitCode).not.toBe(0);
    });
    expect((await lab().sync('gauge')).outcome).toBe('unchanged');
    offer(lab(), 'gauge', ['first', 'second', 'third']);
    expect(await lab().sync('gauge')).toMatchObject({ warnings: [], added: { packages: 3 }, removed: { packages: 3 } });
    await asClient(lab(), 'gauge/latest', async (client) => {
      expect(await versionsSeen(client)).toEqual(['1.1-1']);
      expect(await fetchWhole(client, '1.1-1')).toEqual(filesOf('third'));
    });
  });

  it('of two versions are both fetched, from one tarball', async () => {
    await configure(lab(), { newest: 2 });
    offer(lab(), 'gauge', ['first', 'second', 'third']);
    expect(await lab().sync('gauge')).toMatchObject({ mode: 'regenerated', warnings: [], total: { packages: 6 } });
    const rows = await lab().app.store.listArtifacts((await lab().app.store.findRepository('gauge'))!.current!);
    expect(new Set(rows.map(({ version }) => version))).toEqual(new Set(['1.0-2', '1.1-1']));
    expectToolsToAgree(lab().tenant.latest('gauge'));
  });
});

describeLab('merged sources', (lab) => {
  it('are whole by latest, though the loser has the same tarball', async () => {
    await configure(lab());
    const sources = [await freeze(lab(), 'gauge', 'one', ['first']), await freeze(lab(), 'gauge', 'two', ['first', 'second'])];
    for (const [name, order] of [['ab', sources], ['ba', [...sources].reverse()]] as const) {
      const { decisions, warnings } = await merge(lab(), name, order, 'latest');
      expect(warnings).toEqual([]);
      expect(decisions).toEqual([{ name: 'gauge', arch: 'source', winners: [{ version: '1.0-2', origin: 'gauge/two' }], losers: order.map((origin) => ({ version: '1.0-1', origin })) }]);
      expectToolsToAgree(lab().tenant.snapshot('gauge', name));
      await asClient(lab(), `gauge/snapshots/${name}`, async (client) => {
        expect(await versionsSeen(client)).toEqual(['1.0-2']);
        expect(await fetchWhole(client, '1.0-2')).toEqual(filesOf('second'));
      });
    }
  });

  it('stay beside each other by keep-all, whatever is in their way, and merged again', async () => {
    await configure(lab());
    const sources = [await freeze(lab(), 'gauge', 'both', ['first', 'second']), await freeze(lab(), 'other', 'fork', ['fork']), await freeze(lab(), 'other', 'rebuilt', ['rebuilt', 'third'])];
    expect((await merge(lab(), 'all', sources, 'keep-all')).warnings).toEqual([]);
    await merge(lab(), 'again', ['merged/all', ...sources], 'keep-all');
    for (const name of ['all', 'again']) {
      const tree = join(lab().tenant.basePath, 'www/merged', name);
      expectToolsToAgree(tree);
      // Where they lie: two versions with one tarball, the third that nothing is in the way of, and two moved in a piece.
      const directories = Object.keys(servedFiles(tree)).filter((path) => path.endsWith('.orig.tar.gz')).map((path) => path.slice(0, path.lastIndexOf('/')));
      expect(new Set(directories).size).toBe(3);
      await asClient(lab(), `merged/${name}`, async (client) => {
        expect(await versionsSeen(client)).toEqual(['1.0-1', '1.0-1', '1.0-2', '1.0-3', '1.1-1']);
        expect(await fetchWhole(client, '1.0-2')).toEqual(filesOf('second'));
        expect(await fetchWhole(client, '1.1-1')).toEqual(filesOf('third'));
      });
      await asClient(lab(), `merged/${name}`, async (client) => expect(await fetchWhole(client, '1.0-3')).toEqual(filesOf('fork')));
    }
    expect(servedPool(lab(), 'again')).toEqual(servedPool(lab(), 'all'));
  });

  it('are the last source\'s by rightmost', async () => {
    await configure(lab());
    const sources = [await freeze(lab(), 'gauge', 'new', ['second', 'third']), await freeze(lab(), 'gauge', 'old', ['first'])];
    expect((await merge(lab(), 'right', sources, 'rightmost')).warnings).toEqual([]);
    expectToolsToAgree(lab().tenant.snapshot('gauge', 'right'));
    await asClient(lab(), 'gauge/snapshots/right', async (client) => {
      expect(await versionsSeen(client)).toEqual(['1.0-1']);
      expect(await fetchWhole(client, '1.0-1')).toEqual(filesOf('first'));
    });
  });
});

const servedPool = (lab: Lab, name: string): unknown =>
  Object.entries(servedFiles(join(lab.tenant.basePath, 'www/merged', name))).filter(([path]) => path.startsWith('pool/'));

describe('the fixtures', () => {
  it('share and differ as the tests want it', () => {
    const tarball = (version: Version): Buffer => readFileSync(join(built[version], 'gauge_1.0.orig.tar.gz'));
    expect(tarball('first').equals(tarball('second'))).toBe(true);
    expect(tarball('first').equals(tarball('rebuilt'))).toBe(true);
    expect(tarball('first').equals(tarball('fork'))).toBe(false);
    expect(readFileSync(join(built.first, 'gauge_1.0-1.dsc')).equals(readFileSync(join(built.rebuilt, 'gauge_1.0-1.dsc')))).toBe(false);
  });
});
