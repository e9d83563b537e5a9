/** Scripts: the demo's proof: dnf and apt-get, where they are installed, read the published trees with signatures on. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { heading, showCommand } from './demo-output.mjs';
import { hasProgram } from './steps.mjs';

/** Each client gets a root of its own below `directory`; nothing of this machine is read or changed. */
export async function readWithClients(directory, { rpm, apt }) {
  if (hasProgram('dnf')) {
    heading('dnf reads latest, signatures on');
    await readWithDnf(join(directory, 'dnf'), rpm);
  }
  if (hasProgram('apt-get')) {
    heading('apt-get reads latest, signatures on');
    await readWithApt(join(directory, 'apt'), apt);
  }
}

async function readWithDnf(root, { latest, key }) {
  mkdirSync(join(root, 'installroot'), { recursive: true });
  writeFileSync(join(root, 'dnf.conf'), [
    '[main]', 'reposdir=/nonexistent', `cachedir=${root}/cache`, `logdir=${root}/log`, 'plugins=0', 'module_platform_id=platform:el9',
    '[latest]', 'name=latest', `baseurl=file://${latest}`, 'gpgcheck=1', 'repo_gpgcheck=1', `gpgkey=file://${key}`, '',
  ].join('\n'));
  const fixed = ['--config', join(root, 'dnf.conf'), '--installroot', join(root, 'installroot'), '--releasever', '9', '--forcearch', 'x86_64', '--assumeyes', '--quiet'];
  await showCommand('dnf … repoquery', 'dnf', [...fixed, 'repoquery']);
}

async function readWithApt(root, { latest, key }) {
  for (const part of ['etc/apt/apt.conf.d', 'etc/apt/preferences.d', 'lists/partial', 'cache/archives/partial']) mkdirSync(join(root, part), { recursive: true });
  writeFileSync(join(root, 'status'), '');
  writeFileSync(join(root, 'etc/apt/sources.list'), `deb [signed-by=${key} arch=amd64] file:${latest} heron main extras\n`);
  writeFileSync(join(root, 'apt.conf'), [
    `Dir::Etc "${root}/etc/apt";`, `Dir::State "${root}";`, `Dir::State::status "${root}/status";`, `Dir::Cache "${root}/cache";`,
    'APT::Architecture "amd64";', 'APT::Architectures { "amd64"; };', 'APT::Sandbox::User "root";', 'APT::Update::Error-Mode "any";', '',
  ].join('\n'));
  const env = { APT_CONFIG: join(root, 'apt.conf') };
  await showCommand('apt-get update', 'apt-get', ['--quiet', 'update'], env);
  await showCommand('apt-cache madison tidelog harbourmap portglass', 'apt-cache', ['madison', 'tidelog', 'harbourmap', 'portglass'], env);
}
