/** Bench: Chantal, as installed in this checkout: a tenant for each round, the commands a user types. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { projectRoot } from '../../scripts/lib/steps.mjs';
import { prepare } from '../lib/measure.mjs';

const program = join(projectRoot, 'bin/run.js');

/**
 * @param repositories name → its file's lines besides the name
 * @param settings `{ settings, nodeFlags }`: lines of the global configuration, and what Node is told
 */
export async function openChantal(directory, repositories, { settings = '', nodeFlags = [] } = {}) {
  mkdirSync(join(directory, 'conf.d'), { recursive: true });
  mkdirSync(join(directory, 'repos.d'));
  writeFileSync(join(directory, 'conf.d/global.yaml'), `storage: {base_path: ${join(directory, 'data')}}\n${settings}`);
  for (const [name, lines] of Object.entries(repositories)) writeFileSync(join(directory, 'repos.d', `${name}.yaml`), `name: ${name}\n${lines}`);
  const command = (...args) => ['node', ...nodeFlags, program, '--config-dir', directory, ...args, '--quiet'];
  await prepare([command('init')]);
  const repo = Object.keys(repositories)[0];
  const databasePath = join(directory, 'data/chantal.db');
  return {
    databasePath,
    version: () => ['node', ...nodeFlags, program, '--version'],
    command,
    sync: (name = repo, ...more) => [command('repo', 'sync', '--repo-id', name, ...more)],
    snapshot: (snapshot, name = repo) => [command('snapshot', 'create', '--repo-id', name, '--name', snapshot)],
    diff: (from, to) => [command('snapshot', 'diff', '--from', from, '--to', to, '--json')],
    merge: (name, ...sources) => [command('snapshot', 'merge', '--name', name, '--strategy', 'latest', ...sources.flatMap((source) => ['--source', source]))],
    cleanup: () => [command('db', 'cleanup')],
    /** From the version's record to `latest` in its place, by the events of the last sync. */
    publishingSeconds() {
      const database = new Database(databasePath, { readonly: true });
      try {
        const at = (type) => Date.parse(database.prepare('SELECT at FROM events WHERE type = ? ORDER BY id DESC LIMIT 1').pluck().get(type));
        return (at('latest.published') - at('version.recorded')) / 1000;
      } finally {
        database.close();
      }
    },
  };
}
