import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTrust } from '../../../src/signing/keyring.js';
import { temporaryDirectory } from '../../support/temp.js';
import { aptOptions, mirror } from './mirror.js';

const lists = '/var/lib/apt/lists';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

test('Debian\'s own InRelease verifies, and vouches for its index of 63,000 packages', async () => {
  const names = readdirSync(lists);
  const index = names.find((file) => /_dists_bookworm_main_binary-[a-z0-9]+_Packages(\.lz4)?$/.test(file))!;
  const architecture = /binary-([a-z0-9]+)_/.exec(index)![1]!;
  const directory = join(temporaryDirectory(), 'dists/bookworm');
  mkdirSync(join(directory, `main/binary-${architecture}`), { recursive: true });
  copyFileSync(join(lists, names.find((file) => /_dists_bookworm_InRelease$/.test(file))!), join(directory, 'InRelease'));
  const packages = execFileSync('/usr/lib/apt/apt-helper', ['cat-file', join(lists, index)], { maxBuffer: 1 << 28 });
  writeFileSync(join(directory, `main/binary-${architecture}/Packages`), packages);

  const trust = await readTrust([{ bytes: readFileSync(keyring), origin: keyring }]);
  const options = aptOptions('bookworm', { components: ['main'], architectures: [architecture] });
  const { root, manifest } = await mirror(join(directory, '../..'), trust, options);

  expect(root.signedBy).toHaveLength(1);
  const lines = Number(execFileSync('grep', ['-c', '^Package:'], { input: packages, encoding: 'utf8' }));
  expect(manifest.artifacts).toHaveLength(lines);
  expect(new Set(manifest.artifacts.map(({ arch }) => arch))).toEqual(new Set([architecture, 'all']));
  expect(manifest.artifacts.find(({ name }) => name === 'bash')).toMatchObject({ attributes: { section: 'shells', priority: 'required', component: 'main' } });
  expect(manifest.warnings).toEqual([expect.stringContaining('lists all in its Release')]);
  const wanted = manifest.wanted.flatMap(({ published }) => published.map(({ path }) => path));
  expect(wanted.filter((path) => /non-free|contrib|udeb|installer|Contents-source|\/source\//.test(path))).toEqual([]);
  expect(wanted).toEqual(expect.arrayContaining([`dists/bookworm/main/Contents-${architecture}.gz`, 'dists/bookworm/main/i18n/Translation-en.xz', `dists/bookworm/main/dep11/Components-${architecture}.yml.xz`]));
});
