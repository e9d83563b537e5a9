/** Bench: the machine's own limit: plain programs that verify and record nothing. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function curlAll(directory, url, paths) {
  mkdirSync(directory, { recursive: true });
  const config = join(directory, 'curl.cfg');
  writeFileSync(config, paths.map((path) => `url = "${url}/${path}"\noutput = "tree/${path}"\n`).join(''));
  return { cwd: directory, commands: [['curl', '--silent', '--show-error', '--no-progress-meter', '--fail', '--parallel', '--parallel-max', '10', '--create-dirs', '--config', config]] };
}

/** Of every file below the directory. */
export function hashAll(directory) {
  return [['find', directory, '-type', 'f', '-exec', 'sha256sum', '{}', '+']];
}

export function copyByLink(from, to) {
  return [['cp', '-al', from, to]];
}
