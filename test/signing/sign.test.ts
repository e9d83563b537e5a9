import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MetadataSigner } from '../../src/core/render.js';
import { describeKeys } from '../../src/signing/describe-keys.js';
import { writeNewKey } from '../../src/signing/generate-key.js';
import { readTrust } from '../../src/signing/keyring.js';
import { openSigner } from '../../src/signing/sign.js';
import { keyFixture } from '../support/fixtures.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { openGnupg, type Gnupg } from './gnupg.js';

const text = 'Origin: Example\nSuite: stable\n- dashes come first\n-- two of them\n\nSHA256:\n 00 1 main/Packages\n';
const at = new Date('2026-06-01T12:00:00Z');
const passphrase = 'correct horse';
const directory = sharedTemporaryDirectory();

let gnupg: Gnupg;
const made = join(directory, 'made.asc');
const locked = join(directory, 'locked.asc');
const fromGnupg = join(directory, 'gnupg.asc');
const subkeyOnly = join(directory, 'subkey.gpg');

beforeAll(async () => {
  gnupg = openGnupg();
  const request = { name: 'Example Mirror', email: 'mirror@example.org', type: 'ed25519', at: new Date('2026-01-01T00:00:00Z') } as const;
  await writeNewKey({ ...request, path: made });
  await writeNewKey({ ...request, path: locked, passphrase });
  const carol = gnupg.makeKey('carol', 'rsa2048');
  writeFileSync(fromGnupg, gnupg.run(['--armor', '--export-secret-keys', carol]));
  const dave = gnupg.makeKey('dave');
  gnupg.addSigningSubkey(dave);
  writeFileSync(subkeyOnly, gnupg.run(['--export-secret-subkeys', dave]));
}, 120_000);
afterAll(() => gnupg.remove());

/** What gpgv, as apt calls it, says of a signature; throws when it is not good. */
function gpgv(signer: MetadataSigner, signature: string, signed?: Uint8Array): string {
  const work = temporaryDirectory();
  writeFileSync(join(work, 'ring.gpg'), signer.binaryPublicKey);
  writeFileSync(join(work, 'signature'), signature);
  if (signed !== undefined) writeFileSync(join(work, 'signed'), signed);
  const files = [join(work, 'signature'), ...(signed === undefined ? [] : [join(work, 'signed')])];
  return execFileSync('gpgv', ['--status-fd', '1', '--homedir', work, '--keyring', join(work, 'ring.gpg'), ...files], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}

describe('signatures', () => {
  it.each([
    ['Ed25519, made here', () => ({ keyFile: made })],
    ['protected by a passphrase', () => ({ keyFile: locked, passphrase })],
    ['RSA from gpg', () => ({ keyFile: fromGnupg })],
    ['RSA 4096', () => ({ keyFile: keyFixture('rpm', 'private.asc') })],
    ['a subkey without its primary key', () => ({ keyFile: subkeyOnly })],
  ])('%s: gpg, gpgv and this program verify them, and they are the same each time', async (_, options) => {
    const signer = await openSigner(options());
    const detached = await signer.signDetached(Buffer.from(text), at);
    const inline = await signer.signInline(text, at);
    const again = await openSigner(options());
    expect([await again.signDetached(Buffer.from(text), at), await again.signInline(text, at)]).toEqual([detached, inline]);

    expect(gpgv(signer, detached, Buffer.from(text))).toContain('GOODSIG');
    expect(gpgv(signer, inline)).toContain(signer.fingerprint);
    expect(() => gpgv(signer, detached, Buffer.from(`${text}x`))).toThrow();

    const client = openGnupg();
    try {
      client.run(['--import'], signer.armoredPublicKey);
      expect(client.run(['--decrypt'], inline).toString()).toBe(text);
    } finally {
      client.remove();
    }

    const trust = await readTrust([{ bytes: Buffer.from(signer.armoredPublicKey), origin: 'signer' }]);
    expect(await trust.verifyDetached(Buffer.from(text), Buffer.from(detached))).toMatchObject({ fingerprint: signer.fingerprint });
    expect((await trust.verifyInline(Buffer.from(inline))).content.toString()).toBe(text);
  });

  it('carry the time given, and never one from before the key', async () => {
    const signer = await openSigner({ keyFile: made });
    const timeOf = (signature: string): string => / VALIDSIG \S+ \S+ (\d+) /.exec(gpgv(signer, signature, Buffer.from(text)))?.[1] ?? '';
    expect(timeOf(await signer.signDetached(Buffer.from(text), at))).toBe(String(at.getTime() / 1000));
    expect(timeOf(await signer.signDetached(Buffer.from(text), new Date('2020-01-01T00:00:00Z')))).toBe(String(Date.parse('2026-01-01T00:00:00Z') / 1000));
  });

  it('another text, key or time gives another signature', async () => {
    const signer = await openSigner({ keyFile: made });
    const other = await openSigner({ keyFile: fromGnupg });
    const all = [
      await signer.signDetached(Buffer.from(text), at), await signer.signDetached(Buffer.from('x'), at),
      await signer.signDetached(Buffer.from(text), new Date(at.getTime() + 1000)), await other.signDetached(Buffer.from(text), at),
    ];
    expect(new Set(all).size).toBe(4);
  });
});

describe('a key file that cannot sign', () => {
  it.each([
    ['is not there', { keyFile: '/nonexistent/key.asc' }, 'cannot be read (ENOENT)'],
    ['is public, armored', { keyFile: keyFixture('rpm') }, 'holds a public key'],
    ['is public, binary', { keyFile: keyFixture('rpm', 'public.gpg') }, 'holds a public key'],
    ['needs a passphrase', { keyFile: locked }, 'none is given'],
    ['has another passphrase', { keyFile: locked, passphrase: 'wrong' }, 'the passphrase is wrong'],
    ['is no key', { keyFile: 'package.json' }, 'neither an armored nor a binary'],
  ])('%s', async (_, options, message) => {
    await expect(openSigner(options)).rejects.toMatchObject({ code: 'E_KEY', message: expect.stringContaining(message) as unknown, context: { path: options.keyFile } });
  });

  it('holds several keys', async () => {
    const several = join(temporaryDirectory(), 'several.asc');
    writeFileSync(several, Buffer.concat([readFileSync(made), readFileSync(locked)]));
    await expect(openSigner({ keyFile: several })).rejects.toMatchObject({ code: 'E_KEY', message: expect.stringContaining('2 private keys') as unknown });
  });

  it('has expired, or was revoked', async () => {
    const keyFile = join(temporaryDirectory(), 'key.asc');
    const expired = gnupg.makeKey('erin', 'ed25519', '2030-01-01');
    writeFileSync(keyFile, gnupg.run(['--armor', '--export-secret-keys', expired]));
    await expect(openSigner({ keyFile })).resolves.toMatchObject({ fingerprint: expired });
    await expect(openSigner({ keyFile }, new Date('2031-01-01'))).rejects.toMatchObject({ code: 'E_KEY' });
    gnupg.revoke(expired);
    writeFileSync(keyFile, gnupg.run(['--armor', '--export-secret-keys', expired]));
    await expect(openSigner({ keyFile })).rejects.toMatchObject({ code: 'E_KEY' });
  });

  it('lacks the secret of its only key that may sign', async () => {
    const keyFile = join(temporaryDirectory(), 'shell.gpg');
    const frank = gnupg.makeKey('frank');
    gnupg.run(['--quick-add-key', frank, 'cv25519', 'encr', 'never']);
    writeFileSync(keyFile, gnupg.run(['--export-secret-subkeys', frank]));
    await expect(openSigner({ keyFile })).rejects.toMatchObject({ code: 'E_KEY' });
  });
});

describe('descriptions', () => {
  const describeFile = async (path: string, now = new Date()) => describeKeys({ bytes: readFileSync(path), origin: path }, now);

  it('tell public from private, protected or not', async () => {
    const [key] = await describeFile(made);
    expect(key).toMatchObject({ algorithm: 'Ed25519', userIds: ['Example Mirror <mirror@example.org>'], createdAt: '2026-01-01T00:00:00.000Z', state: 'valid', holds: 'private' });
    expect(key).not.toHaveProperty('expiresAt');
    expect(key?.keyId).toBe(key?.fingerprint.slice(-16));
    expect(await describeFile(locked)).toMatchObject([{ holds: 'protected private' }]);
    expect(await describeFile(keyFixture('rpm', 'public.gpg'))).toMatchObject([{ algorithm: expect.stringMatching(/^RSA \d+$/) as unknown, holds: 'public' }]);
  });

  it('tell what has expired or was revoked', async () => {
    const grace = gnupg.makeKey('grace', 'ed25519', '2030-01-01');
    const file = join(temporaryDirectory(), 'grace.asc');
    writeFileSync(file, gnupg.exportArmored(grace));
    expect(await describeFile(file)).toMatchObject([{ fingerprint: grace, state: 'valid', expiresAt: expect.stringMatching(/^20(29-12-31|30-01-0[12])T/) as unknown }]);
    expect(await describeFile(file, new Date('2031-01-01'))).toMatchObject([{ state: 'expired' }]);
    gnupg.revoke(grace);
    writeFileSync(file, gnupg.exportArmored(grace));
    expect(await describeFile(file)).toMatchObject([{ state: 'revoked' }]);
  });
});

describe('a new key', () => {
  const request = { name: 'Example', email: 'a@example.org', type: 'ed25519', at } as const;

  it('is for this user only, its public half for everybody, whatever the umask', async () => {
    const path = join(temporaryDirectory(), 'mirror.key');
    const before = process.umask(0o277);
    const key = await writeNewKey({ ...request, path }).finally(() => process.umask(before));
    expect(key.publicKeyPath).toBe(path.replace('mirror.key', 'mirror.public.asc'));
    expect([path, key.publicKeyPath].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o644]);
    expect(gnupg.run(['--show-keys', '--with-colons'], readFileSync(key.publicKeyPath)).toString()).toContain(key.description.fingerprint);
  });

  it('overwrites neither file, and leaves no half behind', async () => {
    const path = join(temporaryDirectory(), 'mirror.asc');
    const { publicKeyPath } = await writeNewKey({ ...request, path });
    const contents = [path, publicKeyPath].map((file) => readFileSync(file, 'utf8'));
    await expect(writeNewKey({ ...request, path })).rejects.toMatchObject({ code: 'E_PATH_OCCUPIED', context: { path } });
    expect([path, publicKeyPath].map((file) => readFileSync(file, 'utf8'))).toEqual(contents);
    rmSync(path);
    await expect(writeNewKey({ ...request, path })).rejects.toMatchObject({ code: 'E_PATH_OCCUPIED', context: { path: publicKeyPath } });
    expect(existsSync(path)).toBe(false);
  });
});
