/** Scripts: what must come from the distribution, and how it gets there. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { hasProgram, isRoot, must, show, stop } from './steps.mjs';

const listsDirectory = '/var/lib/apt/lists';
const debianEnvironment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

/** To compile better-sqlite3 and the decompressors. */
export const compilers = { cc: 'build-essential', make: 'build-essential', python3: 'python3' };

/** Program, or program and subcommand, or file → Debian package: what the tests make upstreams with, serve, mirror and read them with. */
export const testTools = {
  createrepo_c: 'createrepo-c',
  rpmbuild: 'rpm',
  dnf: 'dnf',
  'dnf reposync': 'dnf-plugins-core',
  debmirror: 'debmirror',
  'apt-mirror': 'apt-mirror',
  aptly: 'aptly',
  'apt-ftparchive': 'apt-utils',
  'dpkg-source': 'dpkg-dev',
  nginx: 'nginx-light',
  pg_ctlcluster: 'postgresql',
  gpg: 'gnupg',
  gpgv: 'gpgv',
  xz: 'xz-utils',
  zstd: 'zstd',
  bzip2: 'bzip2',
  openssl: 'openssl',
  promtool: 'prometheus',
  curl: 'curl',
  python3: 'python3',
  '/usr/lib/python3/dist-packages/yaml': 'python3-yaml',
  git: 'git',
  'systemd-analyze': 'systemd',
  chromium: 'chromium',
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
};

/** Installs the packages of the programs that are missing; without the right to do so, says which they are and exits with 2. */
export function ensurePrograms(programs, purpose) {
  const missing = missingPackages(programs);
  if (missing.length === 0) return;
  const command = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!canInstall()) stop(`${purpose} needs packages that are not installed. As root:\n  ${command}\n(or what your distribution calls them)`, 2);
  console.log(`Installing ${missing.join(', ')}: ${purpose} needs them`);
  must('apt-get', ['update'], { env: debianEnvironment });
  must('apt-get', ['install', '--yes', '--no-install-recommends', ...missing], { env: debianEnvironment });
}

/** The same for what can be done without: one by one, so that one that is not to be had keeps no other away. Says what stays missing. */
export function tryPrograms(programs) {
  if (missingPackages(programs).length > 0 && canInstall()) {
    show('apt-get', ['update'], { env: debianEnvironment });
    for (const name of missingPackages(programs)) show('apt-get', ['install', '--yes', '--no-install-recommends', name], { env: debianEnvironment });
  }
  const missing = missingPackages(programs);
  if (missing.length > 0) console.log(`Not installed: ${missing.join(', ')}`);
}

function missingPackages(programs) {
  return [...new Set(Object.entries(programs).filter(([name]) => !isThere(name)).map(([, name]) => name))];
}

function canInstall() {
  return isRoot() && hasProgram('apt-get');
}

/** A plugin's subcommand is there when it can explain itself. */
function isThere(name) {
  if (name.startsWith('/')) return existsSync(name);
  const [program, ...subcommand] = name.split(' ');
  return hasProgram(program) && (subcommand.length === 0 || spawnSync(program, [...subcommand, '--help'], { stdio: 'ignore' }).status === 0);
}

/** Some tests read the machine's own Debian indexes: real ones, signed by Debian. */
export function ensureAptLists() {
  if (holdsLists()) return;
  if (!isRoot()) stop(`The tests read Debian's own indexes in ${listsDirectory}, which holds none. As root:\n  apt-get update`, 2);
  must('apt-get', ['update'], { env: debianEnvironment });
  if (!holdsLists()) stop(`apt-get update left no InRelease and Packages in ${listsDirectory}`, 2);
}

function holdsLists() {
  const names = existsSync(listsDirectory) ? readdirSync(listsDirectory) : [];
  return names.some((name) => name.endsWith('_InRelease')) && names.some((name) => /_Packages(\.\w+)?$/.test(name));
}
