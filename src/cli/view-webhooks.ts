/** CLI: webhooks and what they were told, as text. */

import type { DeliverResult } from '../operations/webhooks/deliver.js';
import type { WebhookList } from '../queries/webhooks.js';
import { formatCount, formatTime, renderTable } from './render.js';

export function viewWebhooks({ webhooks, deliveries, total }: WebhookList): string {
  const hooks = webhooks.length === 0 ? 'No webhook is configured.' : renderTable(webhooks, [
    { title: 'WEBHOOK', value: ({ name }) => name },
    { title: 'TO', value: ({ origin }) => origin },
    { title: 'WAITING', isNumber: true, value: ({ pending }) => String(pending) },
    { title: 'TOLD', isNumber: true, value: ({ delivered }) => String(delivered) },
    { title: 'GIVEN UP', isNumber: true, value: ({ failed }) => String(failed) },
    { title: 'EVENTS', value: ({ events }) => events.join(' ') },
  ]);
  if (deliveries.length === 0) return hooks;
  const table = renderTable(deliveries, [
    { title: 'TIME', value: ({ createdAt }) => formatTime(createdAt) },
    { title: 'WEBHOOK', value: ({ webhook }) => webhook },
    { title: 'EVENT', value: ({ type }) => type },
    { title: 'REPOSITORY', value: ({ repository }) => repository },
    { title: 'STATE', value: ({ state, nextAt, attempts }) => (state !== 'pending' ? state : attempts === 0 ? 'waits' : `again at ${formatTime(nextAt)}`) },
    { title: 'TRIES', isNumber: true, value: ({ attempts }) => String(attempts) },
    { title: 'LAST', value: ({ status, error }) => error ?? (status === undefined ? '' : String(status)) },
  ]);
  return `${hooks}\n\n${table}${total > deliveries.length ? `\n${total - deliveries.length} older ones: --limit shows more` : ''}`;
}

export function viewDelivery({ delivered, postponed, failed }: DeliverResult): string {
  if (delivered + postponed + failed === 0) return 'Nothing is due.';
  return [
    `told ${formatCount(delivered, 'event')}`,
    ...(postponed === 0 ? [] : [`${postponed} to be tried again`]), ...(failed === 0 ? [] : [`${failed} given up`]),
  ].join(', ');
}
