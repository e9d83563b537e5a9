/** Real GnuPG in a home of its own: makes keys and signatures as repositories have them. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Gnupg {
  readonly home: string;
  run(args: readonly string[], input?: Uint8Array | string): Buffer;
  /** Returns the fingerprint. `expires`: `never`, `seconds=N`, `2030-01-01`. */
  makeKey(name: string, algorithm?: string, expires?: string, extra?: readonly string[]): string;
  /** Adds a subkey that signs; returns its key id. */
  addSigningSubkey(fingerprint: string, expires?: string): string;
  exportArmored(...fingerprints: readonly string[]): Buffer;
  exportBinary(...fingerprints: readonly string[]): Buffer;
  clearSign(text: string, ...keys: readonly string[]): Buffer;
  signDetached(bytes: Uint8Array | string, key: string, extra?: readonly string[]): Buffer;
  revoke(fingerprint: string): void;
  remove(): void;
}

export function openGnupg(): Gnupg {
  const home = mkdtempSync(join(tmpdir(), 'chantal-gnupg-'));
  const run = (args: readonly string[], input?: Uint8Array | string): Buffer =>
    execFileSync('gpg', ['--homedir', home, '--batch', '--yes', '--quiet', '--pinentry-mode', 'loopback', '--passphrase', '', ...args], {
      ...(input === undefined ? {} : { input }),
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    });
  const subkeyIds = (fingerprint: string): string[] =>
    run(['--list-keys', '--with-colons', fingerprint]).toString().split('\n')
      .filter((line) => line.startsWith('sub:')).map((line) => line.split(':')[4] ?? '');
  const signers = (keys: readonly string[]): string[] => keys.flatMap((key) => ['--local-user', key]);

  return {
    home,
    run,
    makeKey(name, algorithm = 'ed25519', expires = 'never', extra = []) {
      run([...extra, '--quick-generate-key', `${name} <${name}@example.org>`, algorithm, 'sign,cert', expires]);
      const listed = run(['--list-keys', '--with-colons', `${name}@example.org`]).toString();
      return /^fpr:+([0-9A-F]+):/m.exec(listed)?.[1] ?? '';
    },
    addSigningSubkey(fingerprint, expires = 'never') {
      const before = new Set(subkeyIds(fingerprint));
      run(['--quick-add-key', fingerprint, 'ed25519', 'sign', expires]);
      return subkeyIds(fingerprint).find((id) => !before.has(id)) ?? '';
    },
    exportArmored: (...fingerprints) => run(['--armor', '--export', ...fingerprints]),
    exportBinary: (...fingerprints) => run(['--export', ...fingerprints]),
    clearSign: (text, ...keys) => run([...signers(keys), '--clearsign'], text),
    signDetached: (bytes, key, extra = []) => run([...extra, '--local-user', key, '--detach-sign'], bytes),
    revoke(fingerprint) {
      const certificate = join(home, 'openpgp-revocs.d', `${fingerprint}.rev`);
      const text = execFileSync('sed', ['s/^:---/---/', certificate]);
      writeFileSync(`${certificate}.ready`, text);
      run(['--import', `${certificate}.ready`]);
    },
    remove() {
      execFileSync('gpgconf', ['--homedir', home, '--kill', 'all'], { stdio: 'ignore' });
      rmSync(home, { recursive: true, force: true });
    },
  };
}
