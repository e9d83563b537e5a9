/** Test support: Debian as `apt-get update` left it on this machine, to be served again: the real InRelease, all stanzas, some packages. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const lists = '/var/lib/apt/lists';
export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

export interface DebianLists {
  readonly suite: string;
  /** Where the lists came from. */
  readonly url: string;
  readonly inRelease: Buffer;
  readonly stanzaCount: number;
}

/** Puts InRelease and main's Packages for amd64 below `served`. apt keeps the index compressed in its own way; what Release lists is the plain file. */
export function serveDebianLists(served: string): DebianLists {
  const name = readdirSync(lists).find((each) => /_debian_dists_[a-z]+_InRelease$/.test(each));
  if (name === undefined) throw new Error(`no InRelease of Debian in ${lists}: run apt-get update`);
  const [, base = '', suite = ''] = /^(.*)_dists_([a-z]+)_InRelease$/.exec(name) ?? [];
  const index = readdirSync(lists).find((each) => each.startsWith(name.replace('InRelease', 'main_binary-amd64_Packages')));
  if (index === undefined) throw new Error(`no Packages beside ${name}`);
  const packages = execFileSync('/usr/lib/apt/apt-helper', ['cat-file', join(lists, index)], { maxBuffer: 1024 ** 3 });
  const inRelease = readFileSync(join(lists, name));
  put(served, `dists/${suite}/InRelease`, inRelease);
  put(served, `dists/${suite}/main/binary-amd64/Packages`, packages);
  return { suite, url: `http://${base.replaceAll('_', '/')}`, inRelease, stanzaCount: packages.toString('latin1').match(/^Package: /gm)?.length ?? 0 };
}

export function put(served: string, path: string, bytes: Buffer): void {
  mkdirSync(dirname(join(served, path)), { recursive: true });
  writeFileSync(join(served, path), bytes);
}

/** What apt itself would install on an empty machine that knows this suite alone, fetched and put below `served`. @returns paths, sorted */
export function serveDebianPackages(served: string, work: string, { suite, url }: DebianLists, names: readonly string[]): readonly string[] {
  writeFileSync(join(work, 'status'), '');
  writeFileSync(join(work, 'sources.list'), `deb [signed-by=${debianKeyring}] ${url} ${suite} main\n`);
  const options = [`Dir::Etc::SourceList=${work}/sources.list`, 'Dir::Etc::SourceParts=/nonexistent', `Dir::State::status=${work}/status`, `Dir::Cache=${work}`, 'APT::Sandbox::User=root'];
  const apt = (...args: readonly string[]): string =>
    execFileSync('apt-get', [...options.flatMap((option) => ['-o', option]), ...args], { cwd: work, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'pipe'] });
  const simulated = apt('install', '--simulate', '--no-install-recommends', ...names);
  const wanted = [...simulated.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name, version]) => `${name}=${version}`);
  // It names only what is not there yet.
  const uris = [...apt('--print-uris', 'download', ...wanted).matchAll(/^'([^']+)' (\S+) /gm)];
  apt('download', ...wanted);
  return uris.map(([, uri = '', file = '']) => {
    const path = decodeURIComponent(uri.slice(url.length + 1));
    mkdirSync(dirname(join(served, path)), { recursive: true });
    copyFileSync(join(work, basename(file)), join(served, path));
    return path;
  }).sort();
}
