/** Config: the merged result as `config show` prints it: every default in place, no secret. */

import { stringify } from 'yaml';
import { formatKey, type KeyPath } from '../core/key-path.js';
import { redactText } from '../core/redact.js';
import { isRecord } from './merge.js';
import type { MergedConfig } from './merged-config.js';
import { isSecretPath } from './validate.js';

/** The blocks of `conf.d` and, as `repositories`, the files of `repos.d`, each with the `file` it was read from. */
export function describeConfig({ global, shown, repositories }: MergedConfig): Readonly<Record<string, unknown>> {
  return {
    ...asRecord(mask(global, [], shown)),
    repositories: repositories.map(({ file, config }) => ({ ...asRecord(mask(config, [], file.shown)), file: file.path })),
  };
}

export function renderConfig(merged: MergedConfig): string {
  return stringify(describeConfig(merged), { lineWidth: 0 });
}

/** Secrets become `***`, whatever came from a variable named like a secret and credentials in URLs too. */
function mask(value: unknown, path: KeyPath, shown: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item, index) => mask(item, [...path, index], shown));
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, mask(item, [...path, key], shown)]));
  }
  if (typeof value !== 'string') return value;
  if (isSecretPath(path)) return '***';
  const text = shown.has(formatKey(path)) ? shownText(value, shown.get(formatKey(path))) : value;
  return /[@?]/.test(text) ? redactText(text) : text;
}

/** Paths are tidied after variables were put in: only where a secret is left out does the masked text differ. */
function shownText(value: string, masked: string | undefined): string {
  return masked?.includes('***') === true ? masked : value;
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
