/** Test support: the real apt-get with a root of its own: its lists, cache, keys and status, nothing of this machine's. */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { localEnvironment, mustRun, runProgram, type Finished } from './run.js';

export interface AptSource {
  /** `http://…`, what stands after `deb` in sources.list. */
  readonly url: string;
  /** A suite, or a flat repository's path with its final slash. */
  readonly distribution: string;
  readonly components?: readonly string[];
  /** Armored or binary: what may sign the repository. */
  readonly keyFile: string;
  /** A `deb-src` line beside the `deb` line. */
  readonly hasSources?: boolean;
}

export interface AptClient {
  /** `apt-get update`; warnings are failures. Signatures are checked: nothing is marked as trusted. */
  readonly update: () => Promise<Finished>;
  /** Every version apt can see, as `apt-cache policy` prints them. */
  readonly policy: (name: string) => Promise<string>;
  /** `apt-get download`, checked against the index by apt. @returns the file's absolute path */
  readonly download: (name: string) => Promise<string>;
  /** `apt-get source --download-only`. @returns the names of the files */
  readonly downloadSource: (name: string) => Promise<readonly string[]>;
  /** Where the files are that were fetched. */
  readonly downloads: string;
  /** Anything else: `run('apt-get', ['indextargets'])`. */
  readonly run: (command: 'apt-get' | 'apt-cache', args: readonly string[]) => Promise<Finished>;
}

/** An amd64 machine with arm64 as its second architecture that knows nothing but `source`. */
export function makeAptClient(root: string, source: AptSource): AptClient {
  for (const directory of ['etc/apt/apt.conf.d', 'etc/apt/preferences.d', 'etc/apt/sources.list.d', 'var/lib/apt/lists/partial', 'var/cache/apt/archives/partial', 'var/log/apt', 'downloads']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  writeFileSync(join(root, 'status'), '');
  writeFileSync(join(root, 'apt.conf'), configuration(root));
  writeFileSync(join(root, 'etc/apt/sources.list'), sourcesList(source));
  const env = { ...localEnvironment(), APT_CONFIG: join(root, 'apt.conf'), LC_ALL: 'C' };
  const downloads = join(root, 'downloads');
  const fetch = async (args: readonly string[]): Promise<string[]> => {
    const before = new Set(readdirSync(downloads));
    await mustRun('apt-get', ['--quiet', ...args], { env, cwd: downloads });
    return readdirSync(downloads).filter((name) => !before.has(name)).sort();
  };
  return {
    update: () => runProgram('apt-get', ['--error-on=any', 'update'], { env }),
    policy: (name) => mustRun('apt-cache', ['policy', name], { env }),
    download: async (name) => {
      const [file] = await fetch(['download', name]);
      if (file === undefined) throw new Error(`apt-get download ${name} left no file`);
      return join(downloads, file);
    },
    downloads,
    downloadSource: (name) => fetch(['source', '--download-only', name]),
    run: (command, args) => runProgram(command, args, { env, cwd: downloads }),
  };
}

/** Programs and methods are the machine's; as root, apt may not drop to a user who cannot read temporary directories. */
function configuration(root: string): string {
  return [
    `Dir "${root}";`,
    `Dir::State::status "${root}/status";`,
    'Dir::Bin::methods "/usr/lib/apt/methods";',
    'Dir::Bin::apt-key "/usr/bin/apt-key";',
    'Dir::Bin::dpkg "/usr/bin/dpkg";',
    'APT::Architecture "amd64";',
    'APT::Architectures { "amd64"; "arm64"; };',
    'APT::Sandbox::User "root";',
    'APT::Update::Error-Mode "any";',
    'Acquire::Languages "en";',
    'Acquire::Retries "0";',
    '',
  ].join('\n');
}

function sourcesList(source: AptSource): string {
  const line = `[signed-by=${source.keyFile}] ${source.url} ${source.distribution} ${(source.components ?? []).join(' ')}`;
  return `deb ${line}\n${source.hasSources === true ? `deb-src ${line}\n` : ''}`;
}
