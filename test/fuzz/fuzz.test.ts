/** Fuzz: every parser that reads upstream's bytes, or an operator's, given damaged ones: an answer or a ChantalError, never anything else. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkConfig } from '../../src/config/load.js';
import { isChantalError } from '../../src/core/errors.js';
import { parseRelativePath } from '../../src/core/relative-path.js';
import type { ListedArtifact, StoredFile } from '../../src/core/repository.js';
import type { Trust } from '../../src/core/ports.js';
import { formats } from '../../src/formats/all.js';
import { readClearText } from '../../src/formats/apt/clear-text.js';
import { parsePackage } from '../../src/formats/apt/packages.js';
import { parseRelease } from '../../src/formats/apt/release.js';
import { parseSource } from '../../src/formats/apt/sources.js';
import { collect, decompress } from '../../src/formats/kit/decompress.js';
import { parseFields, readStanzas, splitStanzas } from '../../src/formats/kit/deb822.js';
import { parseMetalink } from '../../src/formats/kit/metalink.js';
import { parseMirrorlist } from '../../src/formats/kit/mirror-list.js';
import { splitXml } from '../../src/formats/kit/xml-records.js';
import { parsePackageHead } from '../../src/formats/rpm/header.js';
import { readModules } from '../../src/formats/rpm/modules.js';
import { parsePrimary } from '../../src/formats/rpm/primary.js';
import { parseRepomd } from '../../src/formats/rpm/repomd.js';
import { verifyPackage } from '../../src/formats/rpm/signature.js';
import { parseTreeinfo } from '../../src/formats/rpm/treeinfo.js';
import { readAdvisories } from '../../src/formats/rpm/updateinfo.js';
import { splitClearSigned } from '../../src/signing/clear-signed.js';
import { readTrust } from '../../src/signing/keyring.js';
import { keyFixture, upstreamFixture } from '../support/fixtures.js';
import { sharedTemporaryDirectory } from '../support/temp.js';
import { compress, suffixes } from '../torture/compressions.js';
import { rounds } from '../torture/duration.js';
import { createRandom, seed } from '../torture/random.js';
import '../torture/task-meta.js';
import { mutate } from './mutate.js';

interface Target {
  readonly name: string;
  readonly documents: readonly Buffer[];
  /** What it read, to be measured; it may throw a ChantalError. */
  parse(bytes: Buffer, original: Buffer): unknown;
}

const rpm = upstreamFixture('rpm', 'day1');
const apt = join(upstreamFixture('apt', 'day1'), 'dists/heron');
const repodata = readdirSync(join(rpm, 'repodata'));
const read = (...path: readonly string[]): Buffer => readFileSync(join(...path));
const record = (suffix: string): Buffer => read(rpm, 'repodata', repodata.find((name) => name.endsWith(suffix))!);
const packages = gunzipSync(read(apt, 'main/binary-amd64/Packages.gz'));
const sources = Buffer.from('Package: marlin\nBinary: marlin\nVersion: 1.2-1\nDirectory: pool/main/m/marlin\nFiles:\n 0123456789abcdef0123456789abcdef 12 marlin_1.2-1.dsc\nChecksums-Sha256:\n '
  + `${'0'.repeat(64)} 12 marlin_1.2-1.dsc\n ${'1'.repeat(64)} 13 marlin_1.2.orig.tar.xz\n`);
const packageFile = read(rpm, 'Packages/t/tidelog-2.4.1-3.el9.noarch.rpm');
const inRelease = read(apt, 'InRelease');
const treeinfo = read(rpm, '.treeinfo');
const metalink = Buffer.from('<?xml version="1.0"?><metalink xmlns="http://www.metalinker.org/"><files><file name="repomd.xml"><size>10</size><verification><hash type="sha256">'
  + `${'a'.repeat(64)}</hash></verification><resources><url protocol="https" preference="100">https://a.example/repodata/repomd.xml</url></resources></file></files></metalink>`);
const artifact = { name: 'tidelog', version: '2.4.1-3.el9', arch: 'noarch', path: parseRelativePath('a.rpm'), checksum: { algorithm: 'sha256', hex: '0'.repeat(64) }, sizeBytes: packageFile.length, attributes: {} } as ListedArtifact;
const updateinfo = { path: parseRelativePath('repodata/updateinfo.xml.gz'), kind: 'updateinfo' } as StoredFile;
const trusts: { apt?: Trust; rpm?: Trust } = {};

const targets: readonly Target[] = [
  { name: 'Release', documents: [read(apt, 'Release')], parse: (bytes) => { const release = parseRelease(bytes, 'Release'); assertInside(release.files.keys()); return release; } },
  { name: 'deb822', documents: [packages, read(apt, 'Release')], parse: async (bytes) => [splitStanzas(bytes).map((stanza) => [...parseFields(stanza)]), await gather(readStanzas(pieces(bytes), 'Packages'))] },
  { name: 'Packages', documents: [packages], parse: (bytes) => { const found = splitStanzas(bytes).map((stanza) => parsePackage(stanza, { path: 'Packages' })); assertInside(found.map(({ path }) => path)); return found; } },
  { name: 'Sources', documents: [sources], parse: (bytes) => { const found = splitStanzas(bytes).flatMap((stanza) => parseSource(stanza, { path: 'Sources' })); assertInside(found.map(({ path }) => path)); return found; } },
  { name: 'clear text', documents: [inRelease], parse: (bytes) => readClearText(bytes, 'InRelease') },
  { name: 'clear-signed framing', documents: [inRelease], parse: (bytes) => splitClearSigned(bytes) },
  {
    name: 'InRelease, verified',
    documents: [inRelease],
    // What a good signature covers is what was signed, however the file was altered around it.
    async parse(bytes, original) {
      const { content } = await trusts.apt!.verifyInline(bytes);
      expect(content.equals((await trusts.apt!.verifyInline(original)).content)).toBe(true);
    },
  },
  { name: 'a detached signature', documents: [read(apt, 'Release.gpg')], parse: async (bytes) => trusts.apt!.verifyDetached(read(apt, 'Release'), bytes) },
  {
    name: 'what a detached signature covers',
    documents: [read(apt, 'Release')],
    async parse(bytes, original) {
      await trusts.apt!.verifyDetached(bytes, read(apt, 'Release.gpg'));
      expect(bytes.equals(original)).toBe(true);
    },
  },
  { name: 'public keys', documents: [readFileSync(keyFixture('apt')), readFileSync(keyFixture('rpm', 'public.gpg'))], parse: async (bytes) => (await readTrust([{ bytes, origin: 'fuzz' }])).fingerprints },
  { name: 'repomd.xml', documents: [read(rpm, 'repodata/repomd.xml')], parse: (bytes) => { const repomd = parseRepomd(bytes); assertInside(repomd.records.map(({ path }) => path)); return repomd; } },
  { name: 'primary', documents: [gunzipSync(record('primary.xml.gz'))], parse: async (bytes) => { const { artifacts } = await parsePrimary(pieces(bytes), 'primary.xml'); assertInside(artifacts.map(({ path }) => path)); return artifacts; } },
  { name: 'records of XML', documents: ['filelists.xml.gz', 'other.xml.gz', 'comps.xml.gz'].map((name) => gunzipSync(record(name))), parse: async (bytes) => gather(splitXml(pieces(bytes), 'a.xml', { maxRecordBytes: 1 << 20 })) },
  { name: 'updateinfo', documents: [gunzipSync(record('updateinfo.xml.gz'))], parse: async (bytes) => gather(readAdvisories([updateinfo], () => Readable.from(pieces(bytes)))) },
  { name: 'modules', documents: [gunzipSync(record('modules.yaml.gz'))], parse: async (bytes) => readModules(Readable.from(pieces(bytes)), 'modules.yaml') },
  { name: '.treeinfo', documents: [treeinfo], parse: (bytes) => { const tree = parseTreeinfo(bytes, '.treeinfo'); assertInside(tree.files.map(({ path }) => path)); return tree; } },
  { name: 'the head of an rpm', documents: [packageFile.subarray(0, 8192)], parse: (bytes) => { const head = parsePackageHead(bytes); return 'needBytes' in head ? head : [head.header.string(1000), head.header.int32(1003), head.signatures.binary(268)]; } },
  { name: 'the signature of an rpm', documents: [packageFile], parse: async (bytes) => verifyPackage(artifact, { start: async (length) => bytes.subarray(0, length), open: () => Readable.from(pieces(bytes)) }, { trust: trusts.rpm!, isListSigned: false }) },
  { name: 'metalink', documents: [metalink], parse: (bytes) => parseMetalink(bytes, 'metalink') },
  { name: 'mirrorlist', documents: [Buffer.from('# mirrors\nhttps://a.example/$releasever/os\nhttp://b.example/os/\n')], parse: (bytes) => parseMirrorlist(bytes, 'mirrorlist') },
  ...suffixes.map((suffix): Target => ({
    name: `decompression of ${suffix}`,
    documents: [compress(packages, suffix)],
    parse: async (bytes) => collect(decompress(Readable.from(pieces(bytes)), `Packages.${suffix}`, { maxBytes: 1 << 22 }), 1 << 22),
  })),
];

beforeAll(async () => {
  const now = (): Date => new Date('2026-11-01T00:00:00Z');
  trusts.apt = await readTrust([{ bytes: readFileSync(keyFixture('apt')), origin: 'apt' }], now);
  trusts.rpm = await readTrust([{ bytes: readFileSync(keyFixture('rpm')), origin: 'rpm' }], now);
});

describe('fuzz', { timeout: 600_000 }, () => {
  it.each(targets)('$name', async ({ documents, parse }) => {
    for (const original of documents) await parse(original, original);
  });

  for (const { name, documents, parse } of targets) {
    it(`${name}, damaged`, async ({ task }) => {
      const random = createRandom(seed);
      for (const round of rounds(150, 0.01)) {
        const original = documents[round % documents.length]!;
        const bytes = mutate(original, random);
        const outcome = await tryParse(async () => parse(bytes, original));
        if (outcome.error !== undefined) expect.fail(`seed ${seed}, round ${round}: ${describeError(outcome.error)}\n${JSON.stringify(bytes.toString('latin1').slice(0, 3000))}`);
        expect(sizeOf(outcome.value), `seed ${seed}, round ${round}`).toBeLessThan(1 << 23);
        task.meta.inputs = round + 1;
      }
    });
  }

  const directory = sharedTemporaryDirectory();

  it('the configuration, damaged', ({ task }) => {
    const random = createRandom(seed);
    const examples = ['conf.d', 'repos.d'].flatMap((name) => readdirSync(`${name}.example`).filter((file) => file.endsWith('.yaml')).map((file) => ({ name, bytes: readFileSync(`${name}.example/${file}`) })));
    for (const name of ['conf.d', 'repos.d']) mkdirSync(join(directory, name));
    for (const round of rounds(100, 0.01)) {
      const { name, bytes } = random.pick(examples);
      writeFileSync(join(directory, name, 'a.yaml'), mutate(bytes, random));
      try {
        checkConfig({ configDir: directory, formats, env: {} });
      } catch (error) {
        if (!isChantalError(error)) expect.fail(`seed ${seed}, round ${round}: ${describeError(error)}\n${readFileSync(join(directory, name, 'a.yaml'), 'utf8')}`);
      }
      task.meta.inputs = round + 1;
    }
  });

  it('can be repeated by its seed', () => {
    const document = Buffer.from('a document of some length');
    expect(mutate(document, createRandom(seed))).toEqual(mutate(document, createRandom(seed)));
    expect(mutate(document, createRandom(1))).not.toEqual(mutate(document, createRandom(2)));
  });
});

async function tryParse(parse: () => Promise<unknown>): Promise<{ readonly value?: unknown; readonly error?: unknown }> {
  try {
    return { value: await parse() };
  } catch (error) {
    return isChantalError(error) ? {} : { error };
  }
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** Every path that came out is one that may go in. */
function assertInside(paths: Iterable<string>): void {
  for (const path of paths) expect(parseRelativePath(path)).toBe(path);
}

/** Small and large ones, as they come over the wire. */
async function* pieces(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 4093) yield bytes.subarray(at, at + size);
}

async function gather<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const item of source) found.push(item);
  return found;
}

function sizeOf(value: unknown): number {
  if (value === undefined) return 0;
  return JSON.stringify(value, (_, inner: unknown) => (inner instanceof Map ? [...inner] : Buffer.isBuffer(inner) ? inner.toString('latin1') : inner)).length;
}
