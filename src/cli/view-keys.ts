/** CLI: keys as text. */

import type { KeyDescription, NewKey } from '../core/keys.js';
import type { AcceptResult, KeyChange } from '../operations/accept-keys.js';
import type { KeyView } from '../queries/keys.js';
import { formatCount, formatTime, renderFields, renderTable } from './render.js';

export function viewKeyList(keys: readonly KeyView[]): string {
  if (keys.length === 0) return 'No key is pinned or configured.';
  return renderTable(keys, [
    { title: 'REPOSITORY', value: ({ repository }) => repository ?? '-' },
    { title: 'USE', value: ({ use }) => use },
    { title: 'FINGERPRINT', value: ({ fingerprint }) => fingerprint },
    { title: 'STATE', value: describeState },
    { title: 'USER ID', value: ({ userIds }) => userIds[0] ?? '' },
  ]);
}

/** One block a key. */
export function viewKeys(keys: readonly (KeyDescription & Partial<KeyView>)[]): string {
  if (keys.length === 0) return 'There is no key: it is fetched and pinned by the first sync.';
  return keys.map((key) => renderFields([
    ['fingerprint', key.fingerprint],
    ['user ids', key.userIds.join('\n')],
    ['algorithm', key.algorithm],
    ['created', formatTime(key.createdAt)],
    ['state', describeState(key)],
    ['holds', key.holds === 'public' ? undefined : `the ${key.holds} key`],
    ['use', key.use],
    ['file', key.path],
    ['from', key.urls?.join('\n')],
    ['pinned', key.pinnedAt === undefined ? undefined : formatTime(key.pinnedAt)],
  ])).join('\n\n');
}

export function viewNewKey({ description, privateKeyPath, publicKeyPath }: NewKey): string {
  return `${viewKeys([description])}\n\nprivate key: ${privateKeyPath}\npublic key:  ${publicKeyPath}`;
}

/** For the decision: what is trusted now, and what would be. */
export function viewKeyChange({ repository, pinned, offered }: KeyChange): string {
  const list = (keys: readonly KeyDescription[]): string => keys
    .map((key) => `  ${key.fingerprint}  ${key.userIds[0] ?? ''} (${key.algorithm}, ${describeState(key)})`).join('\n');
  return [
    `${repository}: pinned now:`, pinned.length === 0 ? '  nothing' : list(pinned),
    'offered at gpgkey_url:', list(offered),
  ].join('\n');
}

export function viewAccepted(result: AcceptResult): string {
  const { repository, added, removed, outcome } = result;
  const changes = [...added.map((fingerprint) => `+ ${fingerprint}`), ...removed.map((fingerprint) => `- ${fingerprint}`)].map((line) => `\n  ${line}`).join('');
  switch (outcome) {
    case 'accepted': return `${repository}: pinned what is offered; ${formatCount(added.length, 'key')} added, ${removed.length} removed${changes}`;
    case 'renewed': return `${repository}: the same keys, renewed`;
    case 'unchanged': return `${repository}: the keys at gpgkey_url are those pinned already`;
    case 'declined': return `${repository}: nothing was pinned`;
  }
}

function describeState({ state, expiresAt }: KeyDescription): string {
  if (expiresAt === undefined) return state;
  return `${state}, ${state === 'expired' ? 'on' : 'until'} ${expiresAt.slice(0, 10)}`;
}
