/** Git: what git is run with: an environment of its own, the one way in that the address names, secrets where no other user can see them. */

import type { GitCredentials, GitSettings } from '../core/git-settings.js';
import type { ProxySettings } from '../core/settings.js';

export type Environment = Readonly<Record<string, string>>;

/** Of our own environment; nothing else of it reaches git. */
export const inherited = ['PATH', 'HOME', 'SSH_AUTH_SOCK', 'TMPDIR'] as const;

/**
 * Neither the system's nor the user's configuration of Git counts: it could send our secrets elsewhere. Command lines can be
 * read by every user of the machine, environments only by ours.
 */
export function environmentFor({ url, credentials }: Pick<GitSettings, 'url' | 'credentials'>, proxy: ProxySettings, own: Environment): Environment {
  const settings: readonly (readonly [string, string])[] = [...transport, ...secretSettings(credentials)];
  return {
    ...own,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: protocolOf(url),
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_SSH_COMMAND: sshCommand(credentials),
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(settings.flatMap(([key, value], index) => [[`GIT_CONFIG_KEY_${index}`, key], [`GIT_CONFIG_VALUE_${index}`, value]])),
    ...proxyVariables(proxy),
  };
}

const transport: readonly (readonly [string, string])[] = [
  ['protocol.ext.allow', 'never'],
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['gc.autoDetach', 'false'],
  // What is larger is never held in memory.
  ['core.bigFileThreshold', '8m'],
  ['fetch.unpackLimit', '1'],
  ['fetch.recurseSubmodules', 'false'],
  ['submodule.recurse', 'false'],
  ['credential.helper', ''],
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '60'],
];

/** A redirect could lead a secret to another host: with one, it is an error. */
function secretSettings(credentials: GitCredentials | undefined): readonly (readonly [string, string])[] {
  switch (credentials?.type) {
    case 'basic': return [['http.followRedirects', 'false'], ['http.extraHeader', `Authorization: Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`]];
    case 'bearer': return [['http.followRedirects', 'false'], ['http.extraHeader', `Authorization: Bearer ${credentials.token}`]];
    default: return [];
  }
}

/** `git@host:path` is ssh. */
function protocolOf(url: string): string {
  return /^([a-z]+):\/\//.exec(url)?.[1] ?? 'ssh';
}

/** A host whose key is not known is refused: nobody is there to be asked. */
function sshCommand(credentials: GitCredentials | undefined): string {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=30'];
  if (credentials?.type !== 'ssh_key') return ['ssh', ...options.flatMap((option) => ['-o', option])].join(' ');
  const { keyFile, knownHostsFile } = credentials;
  const own = ['IdentitiesOnly=yes', ...(knownHostsFile === undefined ? [] : [`UserKnownHostsFile=${knownHostsFile}`])];
  return ['ssh', '-i', quote(keyFile), ...[...options, ...own].flatMap((option) => ['-o', quote(option)])].join(' ');
}

/** For the shell that git hands it to. */
function quote(text: string): string {
  return `'${text.replaceAll('\'', '\'\\\'\'')}'`;
}

function proxyVariables({ httpProxy, httpsProxy, noProxy, username, password }: ProxySettings): Environment {
  const withUser = (address: string): string => {
    const url = new URL(address);
    if (username !== undefined) url.username = encodeURIComponent(username);
    if (password !== undefined) url.password = encodeURIComponent(password);
    return url.toString();
  };
  return {
    ...(httpProxy === undefined ? {} : { http_proxy: withUser(httpProxy) }),
    ...(httpsProxy === undefined ? {} : { https_proxy: withUser(httpsProxy) }),
    ...(noProxy.length === 0 ? {} : { no_proxy: noProxy.join(',') }),
  };
}
