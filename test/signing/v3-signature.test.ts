import { createHash, createPrivateKey, createSign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPrivateKey } from 'openpgp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTrust } from '../../src/signing/keyring.js';
import { openGnupg, type Gnupg } from './gnupg.js';

const text = Buffer.from('the header of a package');

let gnupg: Gnupg;
let alice: string;

beforeAll(() => {
  gnupg = openGnupg();
  alice = gnupg.makeKey('alice', 'rsa2048', '2y');
}, 120_000);

afterAll(() => gnupg.remove());

const trust = async (fingerprint: string, at = new Date()) => readTrust([{ bytes: gnupg.exportArmored(fingerprint), origin: 'test.asc' }], () => at);

const digests: Readonly<Record<number, string>> = { 2: 'sha1', 8: 'sha256', 10: 'sha512' };

/** Packets as old signing servers made them; today's gpg reads them and does not write them any more. */
async function signV3(fingerprint: string, bytes: Uint8Array, hash = 8, created = new Date(), isNew = false): Promise<Buffer> {
  const key = await readPrivateKey({ binaryKey: new Uint8Array(gnupg.run(['--export-secret-keys', fingerprint])) });
  const packet = key.keyPacket as unknown as Record<'publicParams' | 'privateParams', Record<string, Uint8Array>>;
  const parameter = (name: string): bigint => BigInt(`0x${Buffer.from(packet.publicParams[name] ?? packet.privateParams[name] ?? []).toString('hex')}`);
  const base64 = (value: bigint): string => Buffer.from(value.toString(16).padStart(value.toString(16).length + value.toString(16).length % 2, '0'), 'hex').toString('base64url');
  const [n, e, d, p, q] = ['n', 'e', 'd', 'p', 'q'].map(parameter) as [bigint, bigint, bigint, bigint, bigint];
  const jwk = { kty: 'RSA', n: base64(n), e: base64(e), d: base64(d), p: base64(p), q: base64(q), dp: base64(d % (p - 1n)), dq: base64(d % (q - 1n)), qi: base64(inverse(q, p)) };
  const trailer = Buffer.alloc(5);
  trailer.writeUInt32BE(Math.floor(created.getTime() / 1000), 1);
  const value = stripZeros(createSign(digests[hash] ?? '').update(bytes).update(trailer).sign(createPrivateKey({ format: 'jwk', key: jwk })));
  const bits = Buffer.alloc(2);
  bits.writeUInt16BE(value.length * 8 - Math.clz32(value[0] ?? 0) + 24);
  const left = createHash(digests[hash] ?? '').update(bytes).update(trailer).digest().subarray(0, 2);
  const body = Buffer.concat([Buffer.from([3, 5]), trailer, Buffer.from(fingerprint.slice(-16), 'hex'), Buffer.from([1, hash]), left, bits, value]);
  const header = isNew ? Buffer.from([0xc2, ((body.length - 192) >> 8) + 192, (body.length - 192) & 0xff]) : Buffer.from([0x89, body.length >> 8, body.length & 0xff]);
  return Buffer.concat([header, body]);
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5);
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (a > 1n) [a, b, x, y] = [b % a, a, y - (b / a) * x, x];
  return ((x % modulus) + modulus) % modulus;
}

function stripZeros(value: Buffer): Buffer {
  return value.subarray(value.findIndex((byte) => byte !== 0));
}

describe('signatures of version 3', () => {
  it('hold, as they do for gpg', async () => {
    for (const [hash, isNew] of [[8, false], [10, true]] as const) {
      const signature = await signV3(alice, text, hash, new Date(), isNew);
      expect(await (await trust(alice)).verifyDetached(text, signature)).toEqual({ fingerprint: alice, keyId: alice.slice(-16) });
      expect(await (await trust(alice)).verifyDetached(pieces(text), signature)).toEqual({ fingerprint: alice, keyId: alice.slice(-16) });
      await expect((await trust(alice)).verifyDetached(pieces(text.subarray(1)), signature)).rejects.toMatchObject({ code: 'E_SIGNATURE' });
      writeFileSync(join(gnupg.home, 'v3.sig'), signature);
      expect(gnupg.run(['--status-fd', '1', '--verify', join(gnupg.home, 'v3.sig'), '-'], text).toString()).toContain(`VALIDSIG ${alice}`);
    }
  });

  it('do not for other bytes', async () => {
    const signature = await signV3(alice, text);
    await expect((await trust(alice)).verifyDetached(Buffer.from('the Header of a package'), signature))
      .rejects.toMatchObject({ code: 'E_SIGNATURE', message: expect.stringContaining('not the bytes that were signed') });
    const changed = Buffer.from(signature);
    changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
    await expect((await trust(alice)).verifyDetached(text, changed)).rejects.toMatchObject({ code: 'E_SIGNATURE' });
  });

  it('do not by an unknown, expired or short key, from the future, or with SHA-1', async () => {
    const bob = gnupg.makeKey('bob', 'rsa2048');
    const short = gnupg.makeKey('short', 'rsa1024');
    const inThreeYears = new Date(Date.now() + 3 * 365 * 86_400_000);
    const signature = await signV3(alice, text);
    await expect((await trust(bob)).verifyDetached(text, signature)).rejects.toMatchObject({ message: expect.stringContaining('not among the trusted ones') });
    await expect((await trust(alice, inThreeYears)).verifyDetached(text, signature)).rejects.toMatchObject({ message: expect.stringContaining('expired on') });
    await expect((await trust(short)).verifyDetached(text, await signV3(short, text))).rejects.toMatchObject({ message: expect.stringContaining('too weak') });
    await expect((await trust(alice)).verifyDetached(text, await signV3(alice, text, 8, inThreeYears))).rejects.toMatchObject({ message: expect.stringContaining('in the future') });
    await expect((await trust(alice)).verifyDetached(text, await signV3(alice, text, 2))).rejects.toMatchObject({ code: 'E_SIGNATURE' });
  });

  it('are refused however they are cut', async () => {
    const signature = await signV3(alice, text);
    const keys = await trust(alice);
    for (const length of [1, 2, 3, 5, 22, 24, 100, signature.length - 1]) {
      await expect(keys.verifyDetached(text, signature.subarray(0, length))).rejects.toMatchObject({ code: 'E_SIGNATURE' });
    }
    await expect(keys.verifyDetached(text, Buffer.concat([signature, signature]))).rejects.toMatchObject({ code: 'E_SIGNATURE' });
  });
});
