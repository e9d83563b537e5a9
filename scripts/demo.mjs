#!/usr/bin/env node
/**
 * Scripts: `npm run demo`. A fresh clone mirrors a signed RPM and a signed APT repository, snapshots them, follows upstream by a day
 * and shows what is served. Every command is the real one, shown before its output; the first that fails ends the demo.
 */

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDependencies } from './lib/dependencies.mjs';
import { readWithClients } from './lib/demo-clients.mjs';
import { chantal, heading, listDirectories, listPackages, note } from './lib/demo-output.mjs';
import { startStaticServer } from './lib/static-server.mjs';
import { must, projectRoot } from './lib/steps.mjs';

const repositories = { rpm: 'saltmarsh-el9', apt: 'saltmarsh-heron' };

heading('Set-up: dependencies and build');
ensureDependencies();
must(process.execPath, ['scripts/build.mjs']);

const directory = mkdtempSync(join(tmpdir(), 'chantal-demo-'));
const www = join(directory, 'var/www');
const upstreams = { rpm: await startStaticServer(upstream('rpm', 'day1')), apt: await startStaticServer(upstream('apt', 'day1')) };
try {
  await demonstrate();
  note(`Everything lies in ${directory}: etc is the configuration, var/pool the blobs, var/www what a web server serves.`);
  note(`To clean up: rm -r ${directory}`);
} catch (error) {
  console.error(`\nThe demo failed: ${error.message}\nWhat it left lies in ${directory}.`);
  process.exitCode = 1;
} finally {
  await Promise.all(Object.values(upstreams).map((server) => server.close()));
}

async function demonstrate() {
  const configDir = writeConfiguration();
  const run = (...args) => chantal(configDir, args);

  heading('Two upstreams on this machine, one RPM and one APT, both signed');
  note(`export CHANTAL_CONFIG_DIR=${configDir}`);
  await run('init');
  await run('repo', 'list');

  heading('Day 1: mirror both, and give what they hold a name');
  await run('repo', 'sync', '--all');
  for (const name of Object.values(repositories)) await run('snapshot', 'create', '--repo-id', name, '--name', 'day1');

  heading('Day 2: upstream has upgraded tidelog, dropped portglass and added harbourmap');
  for (const [kind, server] of Object.entries(upstreams)) {
    server.serve(upstream(kind, 'day2'));
    server.takeRequests();
  }
  await run('repo', 'sync', '--all');
  showTraffic('The second sync fetched only what is new', ({ path }) => /\.(rpm|deb)$/.test(path));
  await run('snapshot', 'list');

  heading('Again, and nothing has changed: one look at the root of each repository');
  await run('repo', 'sync', '--all');
  showTraffic('The third sync asked for');

  heading('What is served: latest is a link to a complete tree, a snapshot is a directory of its own');
  note(`in ${www}`);
  listDirectories(www, [`${repositories.rpm}/latest`, `${repositories.rpm}/snapshots/day1`, `${repositories.apt}/latest`, `${repositories.apt}/latest/dists/heron`]);
  note('day1 holds what upstream had on day 1; latest has what is new, and what was removed stays for one more publication');
  note('so that a client that has read the old metadata finishes.');
  listPackages(www, `${repositories.rpm}/snapshots/day1/Packages`);
  listPackages(www, `${repositories.rpm}/latest/Packages`);

  heading('How clients use it');
  for (const name of Object.values(repositories)) await run('repo', 'show', '--repo-id', name);
  await readWithClients(directory, {
    rpm: { latest: join(www, repositories.rpm, 'latest'), key: key('rpm') },
    apt: { latest: join(www, repositories.apt, 'latest'), key: key('apt') },
  });
}

/** What an operator would write: a line for the storage, four or five a repository. */
function writeConfiguration() {
  const configDir = join(directory, 'etc');
  for (const part of ['conf.d', 'repos.d']) mkdirSync(join(configDir, part), { recursive: true });
  const files = {
    'conf.d/global.yaml': `storage: {base_path: ${join(directory, 'var')}}\n`,
    [`repos.d/${repositories.rpm}.yaml`]: [
      `name: ${repositories.rpm}`, 'type: rpm', `upstream: {url: ${upstreams.rpm.url}}`, `rpm: {gpgkey_file: ${key('rpm')}}`, '',
    ].join('\n'),
    [`repos.d/${repositories.apt}.yaml`]: [
      `name: ${repositories.apt}`, 'type: apt', `upstream: {url: ${upstreams.apt.url}}`, `apt: {distribution: heron, gpgkey_file: ${key('apt')}}`, '',
    ].join('\n'),
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(configDir, path), text);
  return configDir;
}

/** Counts what was asked of each upstream since last time, and names the requests that `isShown`. */
function showTraffic(what, isShown = () => true) {
  for (const [kind, server] of Object.entries(upstreams)) {
    const requests = server.takeRequests().filter(({ status }) => status < 400);
    const bytes = requests.reduce((sum, request) => sum + request.bytes, 0);
    note(`${what} (${kind}): requests ${requests.length}, bytes ${bytes}`);
    for (const { status, path } of requests.filter(isShown)) console.log(`    ${status} ${path}`);
  }
  console.log('');
}

function upstream(kind, day) {
  return join(projectRoot, 'test/fixtures/upstream', kind, day);
}

function key(name) {
  return join(projectRoot, 'test/fixtures/keys', `${name}.public.asc`);
}
