import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { apt } from '../../../src/formats/apt/index.js';
import { directoryReader } from '../../support/directory-reader.js';
import { temporaryDirectory } from '../../support/temp.js';
import { aptOptions, fixtureTrust, mirror } from './mirror.js';
import { gzip, stanza, writeUpstream, type ReleaseOptions } from './upstream.js';

const heron = aptOptions('heron');
const now = new Date('2026-07-12T00:00:00Z');

function upstream(options: ReleaseOptions = {}, directory = 'dists/heron'): string {
  const root = temporaryDirectory();
  writeUpstream(root, directory, { [`${directory}/main/binary-amd64/Packages.gz`]: gzip(stanza('a')) }, options);
  return root;
}

describe('signatures', () => {
  test('InRelease, or Release with Release.gpg', async () => {
    const trust = await fixtureTrust();
    const inline = await mirror(upstream(), trust, heron, now);
    expect(inline.root.signedBy).toEqual(trust.fingerprints);
    const detached = await mirror(upstream({ form: 'detached' }), trust, heron, now);
    expect(detached.root.signedBy).toEqual(trust.fingerprints);
    expect(detached.root.stored.map(({ path }) => path)).toEqual(['dists/heron/Release', 'dists/heron/Release.gpg']);
    expect(detached.root.dates).toEqual({ 'dists/heron/Release': '2026-07-11T10:16:37.000Z' });
    expect(detached.manifest.artifacts).toHaveLength(1);
  });

  test('of a stranger are refused', async () => {
    for (const form of ['inline', 'detached'] as const) {
      await expect(mirror(upstream({ form, key: 'stranger' }), await fixtureTrust(), heron, now)).rejects.toMatchObject({ code: 'E_SIGNATURE' });
    }
  });

  test('that are missing are refused, unless nobody asks for them', async () => {
    const root = upstream({ form: 'unsigned' });
    await expect(mirror(root, await fixtureTrust(), heron, now)).rejects.toMatchObject({ code: 'E_UNSIGNED', context: { path: 'dists/heron/Release' } });
    const { root: read, manifest } = await mirror(root, undefined, heron, now);
    expect(read.signedBy).toEqual([]);
    expect(manifest.artifacts).toHaveLength(1);
  });

  test('only what is signed counts: text round the signed part is refused', async () => {
    const root = upstream();
    const path = join(root, 'dists/heron/InRelease');
    writeFileSync(path, `Suite: evil\nSHA256:\n ${'0'.repeat(64)} 1 main/binary-amd64/Packages.gz\n\n${readFileSync(path, 'utf8')}`);
    await expect(mirror(root, await fixtureTrust(), heron, now)).rejects.toMatchObject({ code: 'E_SIGNATURE' });
  });

  test('one changed letter is refused', async () => {
    const root = upstream();
    const path = join(root, 'dists/heron/InRelease');
    writeFileSync(path, readFileSync(path, 'utf8').replace('Suite: stable', 'Suite: stabel'));
    await expect(mirror(root, await fixtureTrust(), heron, now)).rejects.toMatchObject({ code: 'E_SIGNATURE' });
    expect((await mirror(root, undefined, heron, now)).manifest.artifacts).toHaveLength(1);
  });
});

describe('time', () => {
  const dated = (text: string): string => upstream({ fields: `Codename: heron\nComponents: main\nArchitectures: amd64\n${text}` });
  const expired = 'Date: Wed, 01 Jul 2026 00:00:00 UTC\nValid-Until: Wed, 08 Jul 2026 00:00:00 UTC\n';

  test('an expired Release is refused; unverified, it is warned of', async () => {
    await expect(mirror(dated(expired), await fixtureTrust(), heron, now)).rejects.toMatchObject({ code: 'E_EXPIRED' });
    expect((await mirror(dated(expired), undefined, heron, now)).root.warnings).toEqual([expect.stringContaining('2026-07-08')]);
  });

  test('one that is valid says until when', async () => {
    const { root } = await mirror(dated(expired), await fixtureTrust(), heron, new Date('2026-07-02T00:00:00Z'));
    expect(root.validUntil).toBe('2026-07-08T00:00:00.000Z');
    expect(root.dates).toEqual({ 'dists/heron/Release': '2026-07-01T00:00:00.000Z' });
  });

  test('one from the future is refused', async () => {
    await expect(mirror(dated('Date: Wed, 01 Jul 2026 00:00:00 UTC\n'), await fixtureTrust(), heron, new Date('2026-06-01T00:00:00Z'))).rejects.toMatchObject({ code: 'E_EXPIRED' });
  });
});

describe('a Release of another suite', () => {
  const named = (fields: string): string => upstream({ fields: `${fields}Date: Wed, 01 Jul 2026 00:00:00 UTC\nComponents: main\nArchitectures: amd64\n` });
  const gannet = 'Suite: gannet\nCodename: gannet\n';

  test('is refused, though its signature is good; unverified, it is warned of', async () => {
    await expect(mirror(named(gannet), await fixtureTrust(), heron, now)).rejects.toMatchObject({
      code: 'E_SUITE', context: { expected: 'heron', found: 'gannet or gannet' }, hint: expect.stringContaining('suite_names: [gannet]') as string,
    });
    expect((await mirror(named(gannet), undefined, heron, now)).root.warnings).toEqual([expect.stringContaining('gannet')]);
  });

  test.each([
    ['its Suite or its Codename will do', 'Suite: stable\nCodename: heron\n', {}],
    ['a name that the operator gave', gannet, { suiteNames: ['gannet'] }],
    ['no name at all, which is warned of', '', {}],
  ])('%s', async (_, fields, options) => {
    expect((await mirror(named(fields), await fixtureTrust(), { ...heron, ...options }, now)).manifest.artifacts).toHaveLength(1);
  });
});

describe('what is not there', () => {
  test('is named with both paths', async () => {
    await expect(mirror(temporaryDirectory(), undefined, heron)).rejects.toMatchObject({
      code: 'E_UPSTREAM_MISSING', message: expect.stringMatching('dists/heron/InRelease nor dists/heron/Release') as string,
    });
  });

  test('may be answered by 403: Release is tried then, and the refusal is told when nothing is left', async () => {
    const denied = ['InRelease', 'Release.gpg'].map((name) => `dists/heron/${name}`);
    const root = await apt.readRoot(directoryReader(upstream({ form: 'unsigned' }), { denied, now }), heron);
    expect(root.stored.map(({ path }) => path)).toEqual(['dists/heron/Release']);
    await expect(apt.readRoot(directoryReader(temporaryDirectory(), { denied }), heron)).rejects.toMatchObject({ code: 'E_UPSTREAM_DENIED' });
  });
});

describe('Release beside InRelease', () => {
  const paths = (mirrored: Awaited<ReturnType<typeof mirror>>): string[] => mirrored.manifest.stored.map(({ path }) => path).filter((path) => path.includes('Release'));

  test('is carried along with its signature when it says the same', async () => {
    const mirrored = await mirror(upstream({ form: 'both' }), await fixtureTrust(), heron, now);
    expect(paths(mirrored)).toEqual(['dists/heron/Release', 'dists/heron/Release.gpg']);
    expect(mirrored.reader.requests[0]).toBe('dists/heron/InRelease');
  });

  test('without a signature it is carried alone', async () => {
    const root = upstream({ form: 'both' });
    rmSync(join(root, 'dists/heron/Release.gpg'));
    expect(paths(await mirror(root, await fixtureTrust(), heron, now))).toEqual(['dists/heron/Release']);
  });

  test('that is stale is left out, with its signature, and warned of', async () => {
    const root = upstream({ form: 'both' });
    writeFileSync(join(root, 'dists/heron/Release'), 'Suite: old\n');
    const mirrored = await mirror(root, await fixtureTrust(), heron, now);
    expect(paths(mirrored)).toEqual([]);
    expect(mirrored.manifest.warnings).toEqual([expect.stringContaining('stale dists/heron/Release')]);
  });

  test('whose signature is a stranger\'s is left out and warned of', async () => {
    const root = upstream({ form: 'both' });
    copyFileSync(join(upstream({ form: 'both', key: 'stranger' }), 'dists/heron/Release.gpg'), join(root, 'dists/heron/Release.gpg'));
    const mirrored = await mirror(root, await fixtureTrust(), heron, now);
    expect(paths(mirrored)).toEqual([]);
    expect(mirrored.manifest.warnings).toEqual([expect.stringContaining('Release.gpg')]);
  });
});

describe('names', () => {
  test.each([['heron', 0], ['stable', 0], ['heron/updates', 0], ['other', 1]])('asked for as %s: %i warnings', async (name, count) => {
    const { root } = await mirror(upstream({}, `dists/${name}`), undefined, aptOptions(name), now);
    expect(root.warnings).toHaveLength(count);
  });

  test('several distributions: roots of all, the earliest expiry', async () => {
    const root = temporaryDirectory();
    for (const [name, day] of [['heron', '20'], ['heron-updates', '15']] as const) {
      const fields = `Suite: ${name}\nComponents: main\nArchitectures: amd64\nValid-Until: ${day} Jul 2026 00:00:00 UTC\n`;
      writeUpstream(root, `dists/${name}`, { [`dists/${name}/main/binary-amd64/Packages.gz`]: gzip(stanza(name) + '\n' + stanza('common')) }, { fields });
    }
    const { root: read, manifest } = await mirror(root, await fixtureTrust(), { ...heron, distributions: ['heron', 'heron-updates', 'heron'] }, now);
    expect(read.stored).toHaveLength(2);
    expect(read.validUntil).toBe('2026-07-15T00:00:00.000Z');
    expect(manifest.artifacts.map(({ name }) => name)).toEqual(['heron', 'common', 'heron-updates']);
  });
});
