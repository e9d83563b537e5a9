/** Scripts: the error taxonomy as Markdown. What there is comes from the program; what to do about it is written here. */

import { renderRefusals } from './refusal-docs.mjs';

const exitCodeMeanings = {
  done: 'done',
  bug: 'a bug of Chantal: an error that is not one of those below',
  usage: 'the command line cannot be understood',
  partial: 'some of several repositories failed, or packages are quarantined, everything else is up to date; or `doctor` found a problem',
  configuration: 'the configuration is wrong',
  notFound: 'there is no such repository, snapshot or package, or nothing of it yet',
  conflict: 'something is there already',
  upstream: 'upstream does not deliver',
  locked: 'another run is at work on it',
  integrity: 'what upstream delivers is not what it, or its signature, says',
  malformed: 'upstream\'s metadata cannot be understood, or should not be believed',
  disk: 'the file system refuses',
  database: 'the database refuses',
  cancelled: 'stopped by a signal',
};

const advice = {
  E_USAGE: 'Read the message; `--help` shows what the command takes.',
  E_PARTIAL: 'Look at each repository\'s own error, and run it again for those; for quarantined packages, at `chantal repo show`: each sync tries them again.',
  E_CONFIG: 'Correct the places it names; `chantal config check` tells when all is well.',
  E_CONFIG_SECRET: 'Make the file or the environment variable readable for the user that runs Chantal.',
  E_CONFIG_NOT_YET: 'Take the key out: this version does not know what to do with it.',
  E_CONFIG_UPSTREAM: 'Upstream does not offer what the repository\'s file asks for; the message lists what it offers.',
  E_REPOSITORY_UNKNOWN: 'See `chantal repo list`.',
  E_SNAPSHOT_UNKNOWN: 'See `chantal snapshot list`.',
  E_SNAPSHOT_AMBIGUOUS: 'Write it as repository/snapshot.',
  E_VERSION_UNKNOWN: 'See the versions that are kept: `chantal repo show`.',
  E_PACKAGE_UNKNOWN: 'Look for part of its name: `chantal package search`.',
  E_RESOURCE_UNKNOWN: 'See `chantal resource list`, and the versions of one: `chantal resource show`.',
  E_ADDON_UNKNOWN: 'See what the catalog lists: `k0.catalog.list`.',
  E_NOT_SYNCED: 'Run `chantal repo sync` for it first.',
  E_SNAPSHOT_EXISTS: 'Snapshots never change: choose another name, or delete the old one.',
  E_PATH_OCCUPIED: 'Move the file or directory away that the message names; Chantal does not overwrite what it has not made.',
  E_ADDRESS: 'End the program that listens there, or set `service.host` and `service.port`.',
  E_UPSTREAM: 'Usually passes: run it again later. If it stays, look at proxy, firewall and URL.',
  E_UPSTREAM_MISSING: 'Check `upstream.url` and, for apt, `distribution`: the document is not where it should be.',
  E_UPSTREAM_DENIED: 'Check the credentials or client certificate, and whether the subscription still holds.',
  E_UPSTREAM_TIMEOUT: 'Run it again: it goes on where it stopped. Raise `download.timeout` for a slow line.',
  E_UPSTREAM_TOO_LARGE: 'Upstream sends more than it announced; tell its owner.',
  E_UPSTREAM_WIPED: 'Upstream has lost more than `sync.max_removed` of its packages. If that is right: `--force`.',
  E_CLUSTER: 'The Kubernetes API does not answer, or serves no such kind: look at `mcp.kubeconfig`, and whether k0rdent is installed there.',
  E_CLUSTER_DENIED: 'The cluster knows the user and refuses, or does not know them: look at the roles, or at the token.',
  E_CLUSTER_CONFLICT: 'Somebody else looks after fields of that object; the message says who. Chantal takes nothing away from others.',
  E_LOCKED: 'Wait for the run that the message names. A lock ends with its process.',
  E_CHECKSUM: 'A mirror or proxy on the way is stale or damaged: run it again later, or use another mirror.',
  E_WEAK_CHECKSUM: 'Upstream has only MD5 or SHA-1. `allow_weak_checksums: true` accepts that, for this repository.',
  E_SIGNATURE: 'Do not use it. Find out whether upstream has a new key, from its owner rather than from the mirror.',
  E_UNSIGNED: 'Upstream does not sign. `gpgcheck: false` accepts that, for this repository.',
  E_KEY: 'Check `gpgkey_url` or `gpgkey_file`: what is there is not a public key.',
  E_KEY_CHANGED: 'Another key than the pinned one. Compare fingerprints with upstream\'s owner before you accept it.',
  E_EXPIRED: 'Upstream\'s metadata is past its Valid-Until: the mirror is stale, or this machine\'s clock is wrong.',
  E_ROLLBACK: 'Upstream offers older metadata than before: a stale mirror or a replay. If it is meant: `--force`.',
  E_SUITE: 'A signed Release of another suite than asked for: a mix-up, or an attack. If the owner means it so: `apt.suite_names`.',
  E_METADATA: 'Tell upstream\'s owner; `latest` stays as it was.',
  E_METADATA_PATH: 'Upstream names a path outside its own tree, or two files in one place: tell its owner.',
  E_METADATA_LIMIT: 'Far larger than any honest metadata: tell upstream\'s owner.',
  E_DISK: 'Look at the path it names, and at the system\'s log.',
  E_DISK_FULL: 'Free space and run it again: what was fetched is kept.',
  E_PERMISSION: 'Run as the user who owns the directory, or correct owner and mode.',
  E_DATABASE: 'Check `database.url`, and that the server runs or the file is readable.',
  E_DATABASE_SCHEMA: 'Run `chantal init` or `chantal db migrate`; if the database is newer, use the newer program.',
  E_DATABASE_NOT_EMPTY: 'Nothing is lost, so nothing is rebuilt. To start over, move the database away first.',
  E_CANCELLED: 'Run it again: what was fetched is kept.',
};

/** @throws when a code has no advice, or an advice no code */
export function renderExitCodes(exitCodes, errorCodes) {
  const orphans = Object.keys(advice).filter((code) => !(code in errorCodes));
  if (orphans.length > 0) throw new Error(`advice for codes that do not exist: ${orphans.join(', ')}`);
  return [
    '| exit code | meaning |',
    '|---|---|',
    ...Object.entries(exitCodes).map(([name, number]) => `| ${number} | ${known(exitCodeMeanings, name)} |`),
    '',
    '## Error codes',
    '',
    '| code | exit code | what to do |',
    '|---|---|---|',
    ...Object.entries(errorCodes).map(([code, name]) => `| \`${code}\` | ${exitCodes[name]} | ${known(advice, code)} |`),
    '',
    '## What is refused of an upstream',
    '',
    'In each case `latest` stays byte for byte as it was, and the exit code is that of the code above. What to do is said above, and in the error itself.',
    '',
    renderRefusals(errorCodes),
  ].join('\n');
}

function known(texts, name) {
  if (texts[name] === undefined) throw new Error(`scripts/lib/exit-code-docs.mjs says nothing about ${name}`);
  return texts[name];
}
