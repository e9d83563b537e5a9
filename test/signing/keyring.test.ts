import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTrust } from '../../src/signing/keyring.js';
import { openGnupg, type Gnupg } from './gnupg.js';

const text = 'Origin: Example\nSuite: stable\n- dashes come first\n-- two of them\n\nSHA256:\n 00 1 main/Packages\n';
const now = new Date();
const day = 86_400_000;

let gnupg: Gnupg;
let alice: string;
let bob: string;

beforeAll(() => {
  gnupg = openGnupg();
  alice = gnupg.makeKey('alice');
  bob = gnupg.makeKey('bob', 'rsa2048');
}, 120_000);

afterAll(() => gnupg.remove());

const trust = async (bytes: Uint8Array, at: Date = now) => readTrust([{ bytes, origin: 'test.asc' }], () => at);

describe('keys', () => {
  it('reads armored and binary, one and several, and tells their fingerprints', async () => {
    expect((await trust(gnupg.exportArmored(alice))).fingerprints).toEqual([alice]);
    expect((await trust(gnupg.exportBinary(alice))).fingerprints).toEqual([alice]);
    expect((await trust(gnupg.exportBinary(alice, bob))).fingerprints).toEqual([alice, bob].sort());
    expect((await trust(gnupg.exportArmored(alice, bob))).fingerprints).toEqual([alice, bob].sort());
  });

  it('reads several armored blocks with text around them', async () => {
    const page = Buffer.concat([
      Buffer.from('<html><pre>our keys, old and new\r\n'), gnupg.exportArmored(alice), Buffer.from('and\n'), gnupg.exportArmored(bob), Buffer.from('</pre>'),
    ]);
    expect((await trust(page)).fingerprints).toEqual([alice, bob].sort());
  });

  it('takes a key of two sources once', async () => {
    const both = await readTrust([
      { bytes: gnupg.exportArmored(alice), origin: 'a' }, { bytes: gnupg.exportBinary(alice, bob), origin: 'b' },
    ]);
    expect(both.fingerprints).toEqual([alice, bob].sort());
  });

  it('gives out keys that gpg and this room can read again', async () => {
    const { armored, binary, fingerprints } = await trust(gnupg.exportArmored(alice, bob));
    expect((await trust(Buffer.from(armored))).fingerprints).toEqual(fingerprints);
    expect((await trust(binary)).fingerprints).toEqual(fingerprints);
    for (const bytes of [armored, binary]) {
      const shown = gnupg.run(['--show-keys', '--with-colons'], bytes).toString();
      for (const fingerprint of fingerprints) expect(shown).toContain(fingerprint);
    }
  });

  it.each([
    ['an HTML page', Buffer.from('<!DOCTYPE html><title>404</title>'), /looks like an HTML page/],
    ['nothing', Buffer.alloc(0), /is empty/],
    ['text', Buffer.from('no key here'), /neither an armored nor a binary/],
    ['damaged armor', Buffer.from('-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ!!\n-----END PGP PUBLIC KEY BLOCK-----\n'), /armor/],
  ])('refuses %s, naming where it came from', async (_what, bytes, message) => {
    await expect(trust(bytes)).rejects.toMatchObject({ code: 'E_KEY', message: expect.stringMatching(message) });
    await expect(trust(bytes)).rejects.toMatchObject({ message: expect.stringContaining('test.asc') });
  });

  it('refuses a private key', async () => {
    for (const armor of [['--armor'], []]) {
      const secret = gnupg.run([...armor, '--export-secret-keys', alice]);
      await expect(trust(secret)).rejects.toMatchObject({ code: 'E_KEY', message: expect.stringContaining('private key') });
    }
  });
});

describe('signatures', () => {
  it('returns the signed text and who signed', async () => {
    const { content, signer } = await (await trust(gnupg.exportArmored(alice))).verifyInline(gnupg.clearSign(text, alice));
    expect(content.toString()).toBe(text);
    expect(signer).toEqual({ fingerprint: alice, keyId: alice.slice(-16) });
  });

  it('takes one good signature among several', async () => {
    const signed = gnupg.clearSign(text, bob, alice);
    expect((await (await trust(gnupg.exportArmored(alice))).verifyInline(signed)).signer.fingerprint).toBe(alice);
    expect((await (await trust(gnupg.exportArmored(bob))).verifyInline(signed)).signer.fingerprint).toBe(bob);
  });

  it('verifies detached signatures, armored and binary', async () => {
    const keys = await trust(gnupg.exportArmored(alice));
    expect((await keys.verifyDetached(Buffer.from(text), gnupg.signDetached(text, alice))).fingerprint).toBe(alice);
    expect((await keys.verifyDetached(Buffer.from(text), gnupg.signDetached(text, alice, ['--armor']))).fingerprint).toBe(alice);
  });

  it('verifies what comes as a stream, by keys of any kind, in bounded memory', async () => {
    const makers = [alice, gnupg.makeKey('edward', 'ed25519'), gnupg.makeKey('petra', 'nistp256')];
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const stream = async function* (chunks: number): AsyncGenerator<Buffer> {
      for (let index = 0; index < chunks; index++) yield chunk;
    };
    const document = Buffer.alloc(300 * chunk.length, 'x');
    const signatures = makers.map((key) => gnupg.signDetached(document, key));
    for (const [index, key] of makers.entries()) {
      const keys = await trust(gnupg.exportArmored(key));
      const before = process.memoryUsage().arrayBuffers;
      expect((await keys.verifyDetached(stream(300), signatures[index]!)).fingerprint).toBe(key);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(document.length / 2);
      await expect(keys.verifyDetached(stream(299), signatures[index]!)).rejects.toMatchObject({ code: 'E_SIGNATURE' });
    }
  }, 60_000);

  it('refuses one changed byte', async () => {
    const keys = await trust(gnupg.exportArmored(alice));
    const signature = gnupg.signDetached(text, alice);
    await expect(keys.verifyDetached(Buffer.from(text.replace('stable', 'stably')), signature))
      .rejects.toMatchObject({ code: 'E_SIGNATURE', message: expect.stringContaining('not the bytes that were signed') });
    const inline = gnupg.clearSign(text, alice).toString().replace('stable', 'stably');
    await expect(keys.verifyInline(Buffer.from(inline))).rejects.toMatchObject({ code: 'E_SIGNATURE' });
  });

  it('names a key nobody gave us', async () => {
    const keys = await trust(gnupg.exportArmored(bob));
    await expect(keys.verifyInline(gnupg.clearSign(text, alice))).rejects.toMatchObject({
      code: 'E_SIGNATURE', message: expect.stringContaining(`key ${alice.slice(-16)} is not among the trusted ones`),
    });
  });

  it('credits the primary key with what its subkey signed', async () => {
    const carol = gnupg.makeKey('carol');
    const subkey = gnupg.addSigningSubkey(carol);
    const keys = await trust(gnupg.exportArmored(carol));
    const signer = await keys.verifyDetached(Buffer.from(text), gnupg.signDetached(text, `${subkey}!`));
    expect(signer).toEqual({ fingerprint: carol, keyId: carol.slice(-16) });
  });

  it('refuses a key that has expired since it signed', async () => {
    const dave = gnupg.makeKey('dave', 'ed25519', '2y');
    const signature = gnupg.signDetached(text, dave);
    const bytes = gnupg.exportArmored(dave);
    expect((await (await trust(bytes)).verifyDetached(Buffer.from(text), signature)).fingerprint).toBe(dave);
    const late = new Date(now.getTime() + 800 * day);
    await expect((await trust(bytes, late)).verifyDetached(Buffer.from(text), signature))
      .rejects.toMatchObject({ code: 'E_SIGNATURE', message: expect.stringMatching(/key [0-9A-F]{16} expired on \d{4}-\d\d-\d\d/) });
  });

  it('refuses an expired subkey of a key that has not expired', async () => {
    const erin = gnupg.makeKey('erin');
    const subkey = gnupg.addSigningSubkey(erin, '1y');
    const signature = gnupg.signDetached(text, `${subkey}!`);
    const late = new Date(now.getTime() + 400 * day);
    await expect((await trust(gnupg.exportArmored(erin), late)).verifyDetached(Buffer.from(text), signature))
      .rejects.toMatchObject({ code: 'E_SIGNATURE', message: expect.stringContaining(`subkey ${subkey} expired`) });
  });

  it('refuses a revoked key, and a revoked subkey', async () => {
    const frank = gnupg.makeKey('frank');
    const signature = gnupg.signDetached(text, frank);
    gnupg.revoke(frank);
    await expect((await trust(gnupg.exportArmored(frank))).verifyDetached(Buffer.from(text), signature))
      .rejects.toMatchObject({ code: 'E_SIGNATURE', message: expect.stringContaining('is revoked') });

    const grace = gnupg.makeKey('grace');
    const subkey = gnupg.addSigningSubkey(grace);
    const bySubkey = gnupg.signDetached(text, `${subkey}!`);
    gnupg.run(['--command-fd', '0', '--no-batch', '--no-tty', '--edit-key', grace], 'key 1\nrevkey\ny\n1\n\ny\nsave\n');
    await expect((await trust(gnupg.exportArmored(grace))).verifyDetached(Buffer.from(text), bySubkey))
      .rejects.toMatchObject({ code: 'E_SIGNATURE', message: expect.stringContaining(`subkey ${subkey} is revoked`) });
  });

  it('refuses SHA-1 and short RSA keys, saying so', async () => {
    const weakHash = gnupg.signDetached(text, bob, ['--digest-algo', 'SHA1', '--allow-weak-digest-algos']);
    await expect((await trust(gnupg.exportArmored(bob))).verifyDetached(Buffer.from(text), weakHash))
      .rejects.toMatchObject({ code: 'E_SIGNATURE', message: expect.stringContaining('SHA1') });
    const heidi = gnupg.makeKey('heidi', 'rsa1024');
    await expect((await trust(gnupg.exportArmored(heidi))).verifyDetached(Buffer.from(text), gnupg.signDetached(text, heidi)))
      .rejects.toMatchObject({ code: 'E_SIGNATURE', message: expect.stringContaining('too weak') });
  });

  it('still takes what a key signed before its validity was extended', async () => {
    const ivan = gnupg.makeKey('ivan', 'ed25519', '1y', ['--faked-system-time', '20250101T000000!']);
    const signature = gnupg.signDetached(text, ivan, ['--faked-system-time', '20250201T000000!']);
    gnupg.run(['--quick-set-expire', ivan, '5y']);
    const bytes = gnupg.run(['--armor', '--export-options', 'export-clean', '--export', ivan]);
    expect((await (await trust(bytes)).verifyDetached(Buffer.from(text), signature)).fingerprint).toBe(ivan);
  });

  it('refuses what is no signature', async () => {
    const keys = await trust(gnupg.exportArmored(alice));
    for (const junk of ['<html>', '', '-----BEGIN PGP SIGNATURE-----\n\nxx\n-----END PGP SIGNATURE-----\n']) {
      await expect(keys.verifyDetached(Buffer.from(text), Buffer.from(junk))).rejects.toMatchObject({ code: 'E_SIGNATURE' });
    }
  });
});

describe('Debian', () => {
  it('verifies the InRelease that apt fetched', async () => {
    const lists = '/var/lib/apt/lists';
    const keys = await readTrust([{ bytes: readFileSync('/usr/share/keyrings/debian-archive-keyring.gpg'), origin: 'debian-archive-keyring.gpg' }]);
    const name = readdirSync(lists).find((file) => file.endsWith('_bookworm_InRelease'));
    const bytes = readFileSync(`${lists}/${name ?? 'bookworm_InRelease'}`);
    const { content, signer } = await keys.verifyInline(bytes);
    expect(content.toString()).toMatch(/^Origin: Debian\n/);
    expect(content.toString()).toContain('\nCodename: bookworm\n');
    expect(keys.fingerprints).toContain(signer.fingerprint);

    const changed = Buffer.from(bytes);
    const at = changed.indexOf('Codename: bookworm') + 10;
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(keys.verifyInline(changed)).rejects.toMatchObject({ code: 'E_SIGNATURE' });
  });
});
