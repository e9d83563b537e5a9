/** Bench: Chantal, as installed in this checkout: a tenant for each round, the commands a user types. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/lib/steps.mjs';
import { prepare } from '../lib/measure.mjs';

const program = join(projectRoot, 'bin/run.js');

/** @param repositories name → its file's lines besides the name */
export async function openChantal(directory, repositories, settings = '') {
  mkdirSync(join(directory, 'conf.d'), { recursive: true });
  mkdirSync(join(directory, 'repos.d'));
  writeFileSync(join(directory, 'conf.d/global.yaml'), `storage: {base_path: ${join(directory, 'data')}}\n${settings}`);
  for (const [name, lines] of Object.entries(repositories)) writeFileSync(join(directory, 'repos.d', `${name}.yaml`), `name: ${name}\n${lines}`);
  const command = (...args) => ['node', program, '--config-dir', directory, ...args, '--quiet'];
  await prepare([command('init')]);
  const repo = Object.keys(repositories)[0];
  return {
    command,
    sync: (name = repo, ...more) => [command('repo', 'sync', '--repo-id', name, ...more)],
    snapshot: (snapshot, name = repo) => [command('snapshot', 'create', '--repo-id', name, '--name', snapshot)],
    diff: (from, to) => [command('snapshot', 'diff', '--from', from, '--to', to, '--json')],
    merge: (name, ...sources) => [command('snapshot', 'merge', '--name', name, '--strategy', 'latest', ...sources.flatMap((source) => ['--source', source]))],
    cleanup: () => [command('db', 'cleanup')],
  };
}
