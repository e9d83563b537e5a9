/** Test support: the real dnf with an install root of its own: its cache, keys and rpm database, nothing of this machine's. */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localEnvironment, mustRun, runProgram, type Finished } from './run.js';

export interface DnfRepository {
  readonly url: string;
  /** URL (`file://…` will do) of the keys for metadata and packages. */
  readonly keyUrl: string;
}

export interface DnfClient {
  /** `dnf makecache --refresh`: reads and verifies repomd.xml and all that dnf uses. */
  readonly makeCache: () => Promise<Finished>;
  /** `dnf repoquery`: one NEVRA a line, sorted. */
  readonly query: (args: readonly string[]) => Promise<readonly string[]>;
  /** Downloads packages with what they require, checks their signatures, installs nothing. @returns file names, sorted */
  readonly download: (names: readonly string[]) => Promise<readonly string[]>;
  /** Anything else: `run(['updateinfo', 'list'])`. */
  readonly run: (args: readonly string[]) => Promise<Finished>;
}

/** An EL 9 x86_64 machine that knows nothing but this repository; signatures of metadata and packages are demanded. */
export function makeDnfClient(root: string, repository: DnfRepository): DnfClient {
  for (const directory of ['repos', 'cache', 'downloads', 'installroot', 'log']) mkdirSync(join(root, directory), { recursive: true });
  writeFileSync(join(root, 'dnf.conf'), configuration(root));
  writeFileSync(join(root, 'repos/mirror.repo'), [
    '[mirror]', 'name=mirror', `baseurl=${repository.url}`, 'enabled=1', 'gpgcheck=1', 'repo_gpgcheck=1', `gpgkey=${repository.keyUrl}`, '',
  ].join('\n'));
  const fixed = ['--config', join(root, 'dnf.conf'), '--installroot', join(root, 'installroot'), '--releasever', '9', '--forcearch', 'x86_64', '--assumeyes', '--quiet'];
  const options = { env: { ...localEnvironment(), LC_ALL: 'C', HOME: root } };
  const downloads = join(root, 'downloads');
  return {
    makeCache: () => runProgram('dnf', [...fixed, 'makecache', '--refresh'], options),
    query: async (args) => lines(await mustRun('dnf', [...fixed, 'repoquery', ...args], options)),
    download: async (names) => {
      await mustRun('dnf', [...fixed, 'install', '--downloadonly', '--downloaddir', downloads, ...names], options);
      return readdirSync(downloads).sort();
    },
    run: (args) => runProgram('dnf', [...fixed, ...args], options),
  };
}

function configuration(root: string): string {
  return [
    '[main]', `reposdir=${root}/repos`, `cachedir=${root}/cache`, `logdir=${root}/log`, 'varsdir=/nonexistent', 'pluginconfpath=/nonexistent',
    'plugins=0', 'module_platform_id=platform:el9', 'retries=1', 'timeout=10', 'install_weak_deps=0', 'skip_if_unavailable=0', '',
  ].join('\n');
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '').sort();
}
