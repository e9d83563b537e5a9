import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { splitStanzas } from '../../../src/formats/kit/deb822.js';
import { makeAptClient } from '../../support/apt-client.js';
import { keyFixture } from '../../support/fixtures.js';
import { startStaticServer } from '../../support/static-server.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../../support/temp.js';
import { aptOptions } from './mirror.js';
import { bytesOf, mirroredSource, renderTree, textOf, writeRendered } from './render-tree.js';
import { writeRelease } from './upstream.js';

/** Debian's own index of this machine, and a Contents in its form with three lines for each package. */
const root = sharedTemporaryDirectory();
const packages = writeDebian(root);
const options = aptOptions('bookworm');
const index = 'dists/bookworm/main/binary-amd64/Packages.gz';

test('all of Debian: the index comes out as it went in', async () => {
  const tree = await renderTree([await mirroredSource(root, options)]);
  expect(gunzipSync(bytesOf(tree, index)).equals(packages)).toBe(true);
  expect(gunzipSync(bytesOf(tree, 'dists/bookworm/main/Contents-amd64.gz')).equals(contentsOf(packages))).toBe(true);
});

test('a thousand of Debian\'s packages, as apt sees them', async () => {
  let seed = 1;
  const isDrawn = (): boolean => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed >>> 26 === 0;
  };
  const source = await mirroredSource(root, options, isDrawn);
  const kept = source.artifacts.map(({ name }) => name);
  expect(kept.length).toBeGreaterThan(800);
  expect(kept.length).toBeLessThan(1200);
  const tree = await renderTree([source], { isSigned: true });

  const stanzas = new Set(splitStanzas(packages).map((bytes) => bytes.toString('latin1')));
  const rendered = splitStanzas(gunzipSync(bytesOf(tree, index))).map((bytes) => bytes.toString('latin1'));
  expect(rendered).toHaveLength(kept.length);
  expect(rendered.filter((text) => !stanzas.has(text))).toEqual([]);
  const listed = textOf(tree, 'dists/bookworm/main/Contents-amd64.gz').split('\n').slice(0, -1);
  expect(new Set(listed.map((line) => line.slice(line.lastIndexOf('/') + 1)))).toEqual(new Set(kept));

  const target = temporaryDirectory();
  writeRendered({ ...tree, sources: [] }, target);
  const server = await startStaticServer(target);
  try {
    const client = makeAptClient(temporaryDirectory(), { url: server.url, distribution: 'bookworm', components: ['main'], keyFile: keyFixture('apt') });
    expect(await client.update()).toMatchObject({ exitCode: 0, stderr: '' });
    const dumped = (await client.run('apt-cache', ['dumpavail'])).stdout;
    // Of two versions apt prints one.
    expect(new Set([...dumped.matchAll(/^Package: (.*)$/gm)].map(([, name]) => name))).toEqual(new Set(kept));
  } finally {
    await server.close();
  }
});

function writeDebian(directory: string): Buffer {
  const lists = '/var/lib/apt/lists';
  const list = readdirSync(lists).find((file) => /_dists_bookworm_main_binary-amd64_Packages(\.lz4)?$/.test(file))!;
  const bytes = execFileSync('/usr/lib/apt/apt-helper', ['cat-file', join(lists, list)], { maxBuffer: 1 << 28 });
  const distribution = join(directory, 'dists/bookworm');
  mkdirSync(join(distribution, 'main/binary-amd64'), { recursive: true });
  writeFileSync(join(distribution, 'main/binary-amd64/Packages.gz'), gzipSync(bytes, { level: 1 }));
  writeFileSync(join(distribution, 'main/Contents-amd64.gz'), gzipSync(contentsOf(bytes), { level: 1 }));
  writeRelease(distribution, { form: 'unsigned', fields: 'Suite: stable\nCodename: bookworm\nComponents: main\nArchitectures: amd64\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n' });
  return bytes;
}

function contentsOf(bytes: Buffer): Buffer {
  const names = [...bytes.toString('latin1').matchAll(/^Package: (.*)$/gm)].map(([, name]) => name!);
  return Buffer.from(names.flatMap((name) => [1, 2, 3].map((page) => `usr/share/doc/${name}/page ${page}.html\t\tdoc/${name}\n`)).join(''), 'latin1');
}
