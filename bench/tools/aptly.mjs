/** Bench: aptly, with signatures checked on the way in and none made on the way out (which is in its favour). */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare } from '../lib/measure.mjs';

export async function openAptly(directory, { url, keyring, workers }) {
  mkdirSync(directory, { recursive: true });
  const config = join(directory, 'aptly.conf');
  writeFileSync(config, JSON.stringify({
    rootDir: join(directory, 'root'), downloadConcurrency: workers, architectures: ['amd64'], gpgProvider: 'internal', dependencyFollowSource: false,
  }));
  const command = (...args) => ['aptly', `-config=${config}`, ...args];
  await prepare([command('mirror', 'create', `-keyring=${keyring}`, 'bench', url, 'bench', 'main')]);
  const publish = ['-skip-signing', '-skip-contents', '-architectures=amd64', '-distribution=bench'];
  return {
    update: () => [command('mirror', 'update', `-keyring=${keyring}`, 'bench')],
    snapshot: (name) => [command('snapshot', 'create', name, 'from', 'mirror', 'bench')],
    publish: (name, prefix) => [command('publish', 'snapshot', ...publish, name, prefix)],
    switch: (name, prefix) => [command('publish', 'switch', '-skip-signing', '-skip-contents', 'bench', prefix, name)],
    diff: (a, b) => [command('snapshot', 'diff', a, b)],
    merge: (name, ...sources) => [command('snapshot', 'merge', '-latest', name, ...sources)],
    cleanup: () => [command('db', 'cleanup')],
  };
}
