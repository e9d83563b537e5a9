/** Config: which files hold secrets: those that are named for that, and configuration that has them written out. */

import type { SecretFile } from '../core/settings.js';
import { formatKey, type KeyPath } from '../core/key-path.js';
import type { MergedConfig } from './merged-config.js';
import type { ConfigProblem } from './problem.js';

/** @param globalProblem tells in which file a global key stands */
export function listSecretFiles({ global, repositories, shown }: MergedConfig, globalProblem: (path: KeyPath, message: string) => ConfigProblem): readonly SecretFile[] {
  const { signing, proxy, database, service, auth, git, mcp, webhooks } = global;
  const files: SecretFile[] = [];
  const name = (path: string | undefined, holds: string, repository?: string): void => {
    if (path !== undefined) files.push({ path, holds: repository === undefined ? holds : `${holds} of ${repository}`, ...(repository === undefined ? {} : { repository }) });
  };
  const nameInline = (value: string | undefined, path: KeyPath): void => {
    if (value !== undefined && !shown.has(formatKey(path))) name(globalProblem(path, '').file, formatKey(path));
  };
  name(signing.key_file, 'signing.key_file');
  name(signing.passphrase_file, 'signing.passphrase_file');
  name(proxy.password_file, 'proxy.password_file');
  name(service.tls?.key, 'service.tls.key');
  name(mcp.kubeconfig, 'mcp.kubeconfig');
  name(auth.jwt?.secret_file, 'auth.jwt.secret_file');
  nameInline(auth.jwt?.secret, ['auth', 'jwt', 'secret']);
  nameInline(signing.passphrase, ['signing', 'passphrase']);
  nameInline(proxy.password, ['proxy', 'password']);
  nameInline(passwordIn(database.url), ['database', 'url']);
  git.repositories.forEach(({ url, webhook_secret: secret, webhook_secret_file: secretFile, credentials }, index) => {
    const key: KeyPath = ['git', 'repositories', index];
    const given: Readonly<Record<string, unknown>> = credentials ?? {};
    name(secretFile, formatKey([...key, 'webhook_secret_file']));
    nameInline(secret, [...key, 'webhook_secret']);
    nameInline(passwordIn(url), [...key, 'url']);
    for (const each of ['password_file', 'token_file', 'key_file']) name(given[each] as string | undefined, formatKey([...key, 'credentials', each]));
    for (const each of ['password', 'token']) nameInline(given[each] as string | undefined, [...key, 'credentials', each]);
  });
  for (const [webhook, { secret, secret_file: secretFile, url_file: urlFile }] of Object.entries(webhooks)) {
    name(secretFile, `webhooks.${webhook}.secret_file`);
    name(urlFile, `webhooks.${webhook}.url_file`);
    nameInline(secret, ['webhooks', webhook, 'secret']);
  }
  for (const { file, config } of repositories) {
    const { credentials, upstream } = config;
    const given: Readonly<Record<string, unknown>> = credentials ?? {};
    for (const key of ['key', 'password_file', 'token_file', 'value_file']) name(given[key] as string | undefined, `credentials.${key}`, config.name);
    for (const key of ['password', 'token', 'value']) {
      if (given[key] !== undefined && !file.shown.has(`credentials.${key}`)) name(file.path, `credentials.${key}`, config.name);
    }
    for (const [index, origin] of config.origins.entries()) {
      const own: Readonly<Record<string, unknown>> = origin.credentials ?? {};
      for (const key of ['password_file', 'token_file', 'value_file']) name(own[key] as string | undefined, `origins.${key}`, config.name);
      for (const key of ['password', 'token', 'value']) {
        if (own[key] !== undefined && !file.shown.has(formatKey(['origins', index, 'credentials', key]))) name(file.path, `origins.${key}`, config.name);
      }
    }
    for (const [key, value] of Object.entries(upstream)) {
      const urls = typeof value === 'string' ? [value] : value ?? [];
      if (urls.some((url) => passwordIn(url) !== undefined) && ![...file.shown.keys()].some((path) => path.startsWith(`upstream.${key}`))) name(file.path, `upstream.${key}`, config.name);
    }
  }
  return files;
}

function passwordIn(url: string): string | undefined {
  const password = URL.canParse(url) ? new URL(url).password : '';
  return password === '' ? undefined : password;
}
