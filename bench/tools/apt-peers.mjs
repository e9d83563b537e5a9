/** Bench: debmirror, apt-mirror and reprepro, each told to mirror `main` of amd64 and to check what it can check. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function openDebmirror(directory, { port, path, keyring }) {
  mkdirSync(directory, { recursive: true });
  return {
    sync: () => [[
      'debmirror', '--method=http', `--host=127.0.0.1:${port}`, `--root=${path}`, '--dist=bench', '--section=main', '--arch=amd64', '--nosource',
      `--keyring=${keyring}`, '--diff=none', '--rsync-extra=none', join(directory, 'tree'),
    ]],
  };
}

export function openAptMirror(directory, { url }) {
  mkdirSync(join(directory, 'var'), { recursive: true });
  mkdirSync(join(directory, 'skel'));
  mkdirSync(join(directory, 'mirror'));
  const list = join(directory, 'mirror.list');
  writeFileSync(list, [
    `set base_path ${directory}`, 'set mirror_path $base_path/mirror', 'set skel_path $base_path/skel', 'set var_path $base_path/var',
    'set defaultarch amd64', 'set nthreads 10', 'set _tilde 0', 'set run_postmirror 0', `deb [arch=amd64] ${url} bench main`, '',
  ].join('\n'));
  return { sync: () => [['apt-mirror', list]] };
}

export function openReprepro(directory, { url, key }) {
  mkdirSync(join(directory, 'conf'), { recursive: true });
  writeFileSync(join(directory, 'conf/distributions'), 'Origin: Bench\nSuite: bench\nCodename: bench\nArchitectures: amd64\nComponents: main\nUpdate: bench\n');
  writeFileSync(join(directory, 'conf/updates'), `Name: bench\nMethod: ${url}\nSuite: bench\nComponents: main\nArchitectures: amd64\nVerifyRelease: ${key.id.slice(-16)}\n`);
  const command = (...args) => ['reprepro', '--basedir', directory, ...args];
  return { env: { GNUPGHOME: key.home }, sync: () => [command('--noskipold', 'update')], again: () => [command('update')] };
}
