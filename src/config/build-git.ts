/** Config: the blocks `git` and `validation` → settings; user names and passwords are taken out of addresses. */

import type { GitCredentials, GitSettings, Policy, ValidationSettings } from '../core/git-settings.js';
import type { KeyPath } from '../core/key-path.js';
import type { BuildOptions } from './build-settings.js';
import type { GitRepositoryConfig } from './git-schema.js';
import type { CompleteGlobal } from './merged-config.js';
import type { ConfigProblem } from './problem.js';
import { findFileFault, readSecretFile } from './read-secrets.js';
import { parseDuration } from './units.js';

/** What is wrong is added to `problems`. In the order of the file. */
export function buildGit({ git }: CompleteGlobal, options: BuildOptions, problems: ConfigProblem[]): readonly GitSettings[] {
  const names = git.repositories.map(({ name }) => name);
  return git.repositories.map((repository, index) => {
    const tell = (path: KeyPath, message: string): void => void problems.push(options.globalProblem(['git', 'repositories', index, ...path], message));
    if (names.indexOf(repository.name) < index) tell(['name'], `${repository.name} is the name of another Git repository too`);
    return buildRepository(repository, { tell, checkFiles: options.checkFiles });
  });
}

export function buildValidation({ validation }: CompleteGlobal, policies: readonly Policy[]): ValidationSettings {
  return { isStrict: validation.strict_mode, enforcesPolicies: validation.policy_enforcement, checksSchema: validation.schema_validation, policies };
}

interface Tools {
  readonly checkFiles: boolean;
  tell(path: KeyPath, message: string): void;
}

function buildRepository(given: GitRepositoryConfig, tools: Tools): GitSettings {
  const { url, credentials: inUrl } = splitUrl(given.url);
  const secret = given.webhook_secret ?? secretOf(given.webhook_secret_file, ['webhook_secret_file'], tools);
  const credentials = given.credentials === undefined ? inUrl : buildCredentials(given.credentials, tools);
  if (given.credentials !== undefined && inUrl !== undefined) tools.tell(['credentials'], 'url holds a password already: keep one of the two');
  if (credentials !== undefined && !fits(credentials, url)) {
    tools.tell(['credentials'], credentials.type === 'ssh_key' ? 'a key is for ssh:// and git@host:path' : `${credentials.type} is for https://; over anything else others can read it`);
  }
  return {
    name: given.name,
    url,
    branch: given.branch,
    path: given.path.split('/').filter((part) => part !== '' && part !== '.').join('/'),
    provides: given.provides,
    pollMs: parseDuration(given.poll_interval) ?? 0,
    ...(secret === undefined ? {} : { webhookSecret: secret }),
    ...(credentials === undefined ? {} : { credentials }),
    allowsLocal: given.allow_local,
  };
}

/** Over ssh the user name is a part of the address, and no secret. */
function splitUrl(given: string): { readonly url: string; readonly credentials?: GitCredentials } {
  if (!/^https?:\/\//.test(given)) return { url: given };
  const url = new URL(given);
  if (url.username === '' && url.password === '') return { url: given };
  const credentials = { type: 'basic', username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) } as const;
  url.username = '';
  url.password = '';
  return { url: url.toString(), credentials };
}

/** To this machine itself plain HTTP is no way that others listen on. */
function fits({ type }: GitCredentials, url: string): boolean {
  if (type === 'ssh_key') return url.startsWith('ssh://') || !url.includes('://');
  return url.startsWith('https://') || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(url);
}

function buildCredentials(given: NonNullable<GitRepositoryConfig['credentials']>, tools: Tools): GitCredentials {
  switch (given.type) {
    case 'basic': return { type: 'basic', username: given.username, password: given.password ?? secretOf(given.password_file, ['credentials', 'password_file'], tools) ?? '' };
    case 'bearer': return { type: 'bearer', token: given.token ?? secretOf(given.token_file, ['credentials', 'token_file'], tools) ?? '' };
    case 'ssh_key': {
      needFile(given.key_file, ['credentials', 'key_file'], tools);
      needFile(given.known_hosts_file, ['credentials', 'known_hosts_file'], tools);
      return { type: 'ssh_key', keyFile: given.key_file, ...(given.known_hosts_file === undefined ? {} : { knownHostsFile: given.known_hosts_file }) };
    }
  }
}

function secretOf(path: string | undefined, key: KeyPath, { checkFiles, tell }: Tools): string | undefined {
  if (path === undefined) return undefined;
  const { text, fault } = readSecretFile(path);
  if (fault !== undefined && checkFiles) tell(key, fault);
  return text;
}

function needFile(path: string | undefined, key: KeyPath, { checkFiles, tell }: Tools): void {
  const fault = path === undefined || !checkFiles ? undefined : findFileFault(path);
  if (fault !== undefined) tell(key, fault);
}
