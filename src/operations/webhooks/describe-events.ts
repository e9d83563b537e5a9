/** Operations: events → what each webhook is told, as JSON. */

import type { AdvisorySummary } from '../../core/diff-advisories.js';
import { gravityOf } from '../../core/diff-advisories.js';
import type { App } from '../../core/app.js';
import type { RecordedEvent } from '../../core/events.js';
import type { NewDelivery, WebhookSettings } from '../../core/webhooks.js';
import { compareAdvisories } from '../../queries/diff-versions.js';
import { describeWireEvent, toWireEvents } from '../../queries/wire-events.js';

/** With more, the rest is counted only: who wants all of them asks for the difference between the versions. */
const namedAdvisories = 100;

export interface EventDescriber {
  describe(webhook: WebhookSettings, recorded: RecordedEvent): Promise<readonly NewDelivery[]>;
}

/** Advisories are read once for an event, however many ask. */
export function openDescriber(app: App): EventDescriber {
  const covered = new Map<number, Promise<readonly AdvisorySummary[]>>();
  return {
    async describe(webhook, recorded) {
      const { id: eventId, at, event: { repository } } = recorded;
      const deliveries: NewDelivery[] = [];
      const add = (type: string, content: object): void => {
        if (webhook.events.some((wanted) => wanted === type)) deliveries.push({ eventId, type, repository, body: JSON.stringify({ id: deliveryId(eventId, type), ...content }) });
      };
      for await (const wire of toWireEvents(app, recorded, false)) add(wire.type, describeWireEvent(wire));
      if (recorded.event.type !== 'version.recorded' || !webhook.events.includes('advisories.covered')) return deliveries;
      const found = covered.get(eventId) ?? readCovered(app, repository, recorded.event.version);
      covered.set(eventId, found);
      const grave = (await found).filter(({ severity }) => gravityOf(severity) <= gravityOf(webhook.severity));
      if (grave.length > 0) {
        add('advisories.covered', {
          type: 'advisories.covered', at, kind: 'Repository', repository,
          metadata: { name: repository, provider: repository, version: String(recorded.event.version) },
          count: grave.length,
          advisories: grave.slice(0, namedAdvisories).map(({ id, type, severity, title, issuedAt, cves }) => ({ id, type, severity, title, issued_at: issuedAt, cves })),
        });
      }
      return deliveries;
    },
  };
}

/** The same for the same, whoever sends it and however often: who is told twice knows by it. */
export function deliveryId(eventId: number, type: string): string {
  return `${eventId}:${type}`;
}

/** Of a first version nothing is newly covered; where one of the two is gone by now, nobody can say. */
async function readCovered(app: App, repository: string, number: number): Promise<readonly AdvisorySummary[]> {
  const [from, to] = [await app.store.findVersion(repository, number - 1), await app.store.findVersion(repository, number)];
  const record = await app.store.findRepository(repository);
  if (from === undefined || to === undefined || record === undefined) return [];
  return (await compareAdvisories(app, await app.format(record.type), from, to))?.covered ?? [];
}
