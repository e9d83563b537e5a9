import { readFileSync } from 'node:fs';
import { createMessage, readPrivateKey, sign } from 'openpgp';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/core/digest.js';
import { ChantalError } from '../../../src/core/errors.js';
import { parseRelativePath } from '../../../src/core/relative-path.js';
import type { ListedArtifact } from '../../../src/core/repository.js';
import { parsePackageHead } from '../../../src/formats/rpm/header.js';
import { verifyPackage } from '../../../src/formats/rpm/signature.js';
import { readTrust } from '../../../src/signing/keyring.js';
import { keyFixture, upstreamFixture } from '../../support/fixtures.js';
import { header, mainHeader, packageFile, type HeaderEntry } from '../../support/made-up-rpm.js';

const trust = await readTrust([{ bytes: readFileSync(keyFixture('rpm')), origin: 'rpm' }]);
const privateKey = await readPrivateKey({ armoredKey: readFileSync(keyFixture('rpm', 'private.asc'), 'utf8') });

async function signatureOf(bytes: Buffer): Promise<Buffer> {
  const message = await createMessage({ binary: new Uint8Array(bytes) });
  return Buffer.from(await sign({ message, signingKeys: privateKey, detached: true, format: 'binary' }));
}

const describeFile = (file: Buffer, fields: Partial<ListedArtifact> = {}): ListedArtifact => ({
  path: parseRelativePath('Packages/oar-1.0-1.x86_64.rpm'),
  name: 'oar',
  version: '1.0-1',
  arch: 'x86_64',
  checksum: { algorithm: 'sha256', hex: digestOf(file) },
  sizeBytes: file.length,
  attributes: {},
  ...fields,
});

const binary = (tag: number, value: Buffer): HeaderEntry => ({ tag, type: 'binary', value });
const signer = expect.objectContaining({ fingerprint: trust.fingerprints[0] }) as object;

/** As a sync does, with what was read of the file. The metadata that names the package is not signed, unless told otherwise. */
async function verify(file: Buffer, fields: Partial<ListedArtifact> = {}, { isListSigned = false, chunkBytes = 1000 } = {}) {
  const asked: number[] = [];
  let isReadWhole = false;
  const signer = await verifyPackage(describeFile(file, fields), {
    async start(lengthBytes) {
      asked.push(lengthBytes);
      return file.subarray(0, lengthBytes);
    },
    async* open() {
      isReadWhole = true;
      for (let at = 0; at < file.length; at += chunkBytes) yield file.subarray(at, at + chunkBytes);
    },
  }, { trust, isListSigned });
  return { signer, asked, isReadWhole };
}

describe('a signature of the header', () => {
  it.each([267, 268])('tag %i vouches for the header, and for the payload that it names', async (tag) => {
    const main = mainHeader();
    const file = packageFile([binary(tag, await signatureOf(main))], main);
    for (const chunkBytes of [1, 7, 1000]) expect(await verify(file, {}, { chunkBytes })).toMatchObject({ signer, isReadWhole: true });
  });

  it.each([false, true])('does not vouch for another payload, for a longer or a shorter one (metadata signed: %s)', async (isListSigned) => {
    const main = mainHeader();
    const signature = binary(268, await signatureOf(main));
    for (const payload of ['Payload', 'payload.', 'payloa', '']) {
      await expect(verify(packageFile([signature], main, Buffer.from(payload)), {}, { isListSigned }), payload)
        .rejects.toMatchObject({ code: 'E_SIGNATURE', context: { package: 'oar-1.0-1.x86_64' } });
    }
  });

  it('is asked for again when the first bytes do not hold it', async () => {
    const main = mainHeader({ name: 'o'.repeat(100_000) });
    const file = packageFile([binary(268, await signatureOf(main))], main);
    const { asked } = await verify(file, { name: 'o'.repeat(100_000) });
    expect(asked).toEqual([64 * 1024, file.length - 'payload'.length]);
  });

  it.each<[string, Parameters<typeof mainHeader>[0]]>([['no digest', { payload: 'unnamed' }], ['a digest that can be forged', { payloadHash: 2 }]])(
    'is not enough with %s of the payload, unless the metadata is signed', async (_what, fields) => {
      const main = mainHeader(fields);
      const file = packageFile([binary(268, await signatureOf(main))], main);
      await expect(verify(file)).rejects.toMatchObject({ code: 'E_SIGNATURE', message: expect.stringContaining('vouches for the payload') as string });
      expect(await verify(file, {}, { isListSigned: true })).toMatchObject({ signer, isReadWhole: false });
    });

  it('does not vouch for another header', async () => {
    const file = packageFile([binary(268, await signatureOf(mainHeader()))], mainHeader({ name: 'evil' }));
    await expect(verify(file, { name: 'evil' })).rejects.toMatchObject({ code: 'E_SIGNATURE', context: { package: 'evil-1.0-1.x86_64' } });
  });

  it('is refused with any byte of the header changed', async () => {
    const main = mainHeader();
    const file = packageFile([binary(268, await signatureOf(main))], main);
    const { headerStart } = parsePackageHead(file) as { headerStart: number };
    for (let at = headerStart; at < headerStart + main.length; at += 5) {
      const changed = Buffer.from(file);
      changed[at]! ^= 1;
      await expect(verify(changed), `byte ${at}`).rejects.toBeInstanceOf(ChantalError);
    }
  });
});

describe('a signature of header and payload', () => {
  const main = mainHeader({ payload: 'unnamed' });
  const payload = Buffer.from('x'.repeat(10_000));
  const whole = async (): Promise<Buffer> => signatureOf(Buffer.concat([main, payload]));

  it.each([1002, 1005])('tag %i alone vouches for both', async (tag) => {
    const file = packageFile([binary(tag, await whole())], main, payload);
    expect((await verify(file)).signer).toEqual(signer);
    for (const at of [file.length - 1, file.length - payload.length - 1]) {
      const changed = Buffer.from(file);
      changed[at]! ^= 1;
      await expect(verify(changed)).rejects.toMatchObject({ code: 'E_SIGNATURE' });
    }
  });

  it('vouches for the payload where the signed header does not name it', async () => {
    const signatures = [binary(268, await signatureOf(main)), binary(1002, await whole())];
    expect((await verify(packageFile(signatures, main, payload))).signer).toEqual(signer);
    await expect(verify(packageFile(signatures, main, Buffer.from('another'))))
      .rejects.toMatchObject({ code: 'E_SIGNATURE', message: expect.stringContaining('not the bytes that were signed') as string });
  });

  it('is not looked at where the signed header names the payload', async () => {
    const named = mainHeader();
    expect((await verify(packageFile([binary(268, await signatureOf(named)), binary(1002, Buffer.from('x'))], named))).signer).toEqual(signer);
  });

  it('by the right key over nothing at all vouches for nothing', async () => {
    await expect(verify(packageFile([binary(1002, await signatureOf(Buffer.alloc(0)))], main, payload))).rejects.toMatchObject({ code: 'E_SIGNATURE' });
  });
});

describe('what the package says of itself', () => {
  it.each<[string, Parameters<typeof mainHeader>[0], Partial<ListedArtifact>]>([
    ['an epoch', { epoch: 3 }, { version: '3:1.0-1' }], ['epoch 0', { epoch: 0 }, {}], ['a source package', { isSource: true }, { arch: 'src' }],
    ['a source package without its sources', { isSource: true }, { arch: 'nosrc' }],
  ])('fits the metadata: %s', async (_what, fields, described) => {
    const main = mainHeader(fields);
    expect((await verify(packageFile([binary(268, await signatureOf(main))], main), described)).signer).toEqual(signer);
  });

  it.each<[string, Partial<ListedArtifact>]>([['name', { name: 'mast' }], ['version', { version: '1.1-1' }], ['epoch', { version: '1:1.0-1' }], ['architecture', { arch: 'noarch' }], ['source', { arch: 'src' }]])(
    'does not: another %s', async (_what, described) => {
      const main = mainHeader();
      const file = packageFile([binary(268, await signatureOf(main))], main);
      await expect(verify(file, described)).rejects.toMatchObject({ code: 'E_METADATA', context: { found: 'oar-1.0-1.x86_64' } });
    });
});

describe('refused by name', () => {
  it('no signature at all', async () => {
    await expect(verify(packageFile([], mainHeader()))).rejects.toMatchObject({ code: 'E_UNSIGNED', context: { path: 'Packages/oar-1.0-1.x86_64.rpm' } });
  });

  it('an OpenPGP v3 packet that is cut off', async () => {
    const packet = Buffer.concat([Buffer.from([0x89, 0, 10, 3]), Buffer.alloc(20, 1)]);
    await expect(verify(packageFile([binary(268, packet)], mainHeader()))).rejects.toMatchObject({ code: 'E_SIGNATURE' });
  });

  it('rubbish for a signature', async () => {
    await expect(verify(packageFile([binary(268, Buffer.from('rubbish'))], mainHeader()))).rejects.toMatchObject({ code: 'E_SIGNATURE' });
    await expect(verify(packageFile([binary(268, Buffer.alloc(0))], mainHeader()))).rejects.toMatchObject({ code: 'E_SIGNATURE' });
  });

  it('no package: a Git LFS pointer, a web page, nothing', async () => {
    for (const text of ['version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 100\n'.repeat(3), `<html>${' '.repeat(300)}</html>`, '']) {
      await expect(verify(Buffer.from(text))).rejects.toMatchObject({ code: 'E_METADATA' });
    }
  });
});

describe('hostile headers', () => {
  const parse = (file: Buffer): unknown => parsePackageHead(file);

  it('reading beyond the store is refused', () => {
    const reach = (entry: HeaderEntry) => parsePackageHead(packageFile([entry], mainHeader())) as Exclude<ReturnType<typeof parsePackageHead>, { needBytes: number }>;
    expect(() => reach({ ...binary(268, Buffer.from('abc')), count: 4 }).signatures.binary(268)).toThrow(/beyond/);
    expect(() => reach({ ...binary(268, Buffer.from('abc')), offset: 0xffffffff, count: 0xffffffff }).signatures.binary(268)).toThrow(/beyond/);
    expect(() => reach({ tag: 268, type: 'int32', value: 1 }).signatures.binary(268)).toThrow(/type/);
    const head = parsePackageHead(packageFile([], header([{ tag: 1000, type: 'string', value: Buffer.from('no end') }, { tag: 1001, type: 'string', value: '', offset: 999 }]))) as { header: { string(tag: number): string } };
    expect(() => head.header.string(1000)).not.toThrow();
    expect(() => head.header.string(1001)).toThrow(/end/);
  });

  it('a tag twice is refused', () => {
    expect(() => parse(packageFile([], header([{ tag: 1000, type: 'string', value: 'a' }, { tag: 1000, type: 'string', value: 'b' }])))).toThrow(/twice/);
  });

  it('absurd sizes are refused before anything is asked for', () => {
    const file = packageFile([], mainHeader());
    for (const [at, value] of [[96 + 8, 0x10000], [96 + 12, 0x7fffffff]] as const) {
      const absurd = Buffer.from(file);
      absurd.writeUInt32BE(value, at);
      expect(() => parse(absurd)).toThrow(expect.objectContaining({ code: 'E_METADATA_LIMIT' }) as Error);
    }
  });

  it('a file that ends within its header is refused', async () => {
    const main = mainHeader();
    const file = packageFile([binary(268, await signatureOf(main))], main, Buffer.alloc(0));
    for (let length = 0; length < file.length; length += 13) {
      await expect(verify(file.subarray(0, length)), `after ${length}`).rejects.toMatchObject({ code: 'E_METADATA' });
    }
  });

  it('what clients refuse in the part that nothing signs is refused: lead, region, digests of the header', async () => {
    const real = readFileSync(`${upstreamFixture('rpm', 'day1')}/Packages/t/tidelog-2.4.1-3.el9.noarch.rpm`);
    const described = { name: 'tidelog', version: '2.4.1-3.el9', arch: 'noarch' };
    const entries = real.readUInt32BE(104);
    const valueOf = (tag: number): number => {
      const entry = Array.from({ length: entries }, (_, index) => 112 + index * 16).find((at) => real.readUInt32BE(at) === tag)!;
      return 112 + entries * 16 + real.readUInt32BE(entry + 8);
    };
    const refused = [4, 79, 100, valueOf(62), valueOf(62) + 7, valueOf(62) + 11, valueOf(62) + 15, valueOf(269), valueOf(273)];
    for (const at of refused) {
      const damaged = Buffer.from(real);
      damaged[at]! ^= 0x55;
      await expect(verify(damaged, described), `byte ${at}`).rejects.toMatchObject({ code: 'E_METADATA' });
    }
    const elsewhere = Buffer.from(real);
    elsewhere.writeUInt32BE(0x7fffffff, 112 + 8);
    await expect(verify(elsewhere, described)).rejects.toMatchObject({ code: 'E_METADATA' });
    for (const at of [20, 90]) {
      const odd = Buffer.from(real);
      odd[at]! ^= 0x55;
      expect((await verify(odd, described)).signer, 'what clients pass over').toEqual(signer);
    }
  });

  it('any damage to a real package is an error of ours, or does not concern its head', async () => {
    const path = `${upstreamFixture('rpm', 'day1')}/Packages/t/tidelog-2.4.1-3.el9.noarch.rpm`;
    const real = readFileSync(path);
    const described = { name: 'tidelog', version: '2.4.1-3.el9', arch: 'noarch' };
    const { headerStart, headerBytes } = parsePackageHead(real) as { headerStart: number; headerBytes: Buffer };
    expect((await verify(real, described)).signer).toEqual(signer);
    let state = 7;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647);
    for (let round = 0; round < 300; round++) {
      const damaged = Buffer.from(real);
      const at = random() % (headerStart + headerBytes.length);
      damaged[at] = (damaged[at]! + 1 + (random() % 255)) % 256;
      const outcome = await verify(damaged, described).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome, `byte ${at}`).toBeInstanceOf(ChantalError);
      else expect(at, 'accepted with a changed byte in what the signature covers').toBeLessThan(headerStart);
    }
  });
});
