/** Bench: a key made for this run: signs the upstreams, and every tool that checks signatures is given it. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function makeKey(work) {
  const home = join(work, 'gnupg');
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...args) => execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  gpg('--passphrase', '', '--quick-generate-key', 'Bench <bench@example.org>', 'rsa3072', 'sign', '0');
  const id = /^fpr:+([0-9A-F]+):/m.exec(gpg('--with-colons', '--list-keys').toString())[1];
  const publicPath = join(work, 'bench.asc');
  const ringPath = join(work, 'trustedkeys.gpg');
  writeFileSync(publicPath, gpg('--armor', '--export'));
  writeFileSync(ringPath, gpg('--export'));
  return { home, id, publicPath, ringPath };
}
