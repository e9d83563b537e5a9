/** Config: the block `webhooks` → `WebhookSettings`. */

import type { WebhookSettings } from '../core/webhooks.js';
import type { BuildOptions } from './build-settings.js';
import type { CompleteGlobal } from './merged-config.js';
import type { ConfigProblem } from './problem.js';
import { readSecretFile } from './read-secrets.js';
import { parseDuration } from './units.js';
import { minWebhookSecretLength } from './webhooks-schema.js';

/** What is wrong is added to `problems`. */
export function buildWebhooks({ webhooks }: CompleteGlobal, options: BuildOptions, problems: ConfigProblem[]): readonly WebhookSettings[] {
  return Object.entries(webhooks).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, webhook]) => {
    const tell = (key: string, message: string): void => void problems.push(options.globalProblem(['webhooks', name, key], message));
    const read = (key: 'url_file' | 'secret_file', check: (text: string) => string | undefined): string => {
      const path = webhook[key];
      if (path === undefined) return '';
      const { text, fault } = readSecretFile(path);
      if (fault !== undefined && options.checkFiles) tell(key, fault);
      const wrong = text === undefined ? undefined : check(text);
      if (wrong !== undefined) tell(key, wrong);
      return text ?? '';
    };
    return {
      name,
      url: webhook.url ?? read('url_file', (text) => (isAddress(text) ? undefined : 'what it holds is no http or https address without a user name')),
      events: webhook.events,
      severity: webhook.severity,
      secret: webhook.secret ?? read('secret_file', (text) => (text.length < minWebhookSecretLength ? `the secret in it must be at least ${minWebhookSecretLength} characters` : undefined)),
      timeoutMs: parseDuration(webhook.timeout) ?? 0,
      attempts: webhook.attempts,
    };
  });
}

function isAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).username === '';
}
