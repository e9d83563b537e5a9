/** Serve: who is told of events over HTTP, and how that goes, for administrators. */

import { z } from 'zod';
import { listWebhooks } from '../../queries/webhooks.js';
import type { ServiceContext } from '../context.js';
import { addReadRoute } from '../read-route.js';
import { pageQuery, text } from '../shapes.js';
import { toWire } from '../to-wire.js';

const states = z.enum(['pending', 'delivered', 'failed']);
const count = z.int().min(0);

const answer = z.strictObject({
  webhooks: z.array(z.strictObject({ name: z.string(), origin: z.string(), events: z.array(z.string()), severity: z.string(), pending: count, delivered: count, failed: count })),
  deliveries: z.array(z.strictObject({
    id: z.int(), webhook: z.string(), event_id: z.int(), type: z.string(), repository: z.string(), created_at: z.string(), state: states,
    attempts: count, next_at: z.string().describe('Not tried before.'), status: z.int().optional(), error: z.string().optional(), finished_at: z.string().optional(),
  })),
  limit: count, offset: count, total: count,
});

export function addWebhookRoutes(context: ServiceContext): void {
  addReadRoute(context, {
    path: '/api/v1/webhooks', summary: 'Webhooks, and what they were told, newest first.', tag: 'service', life: 'fresh', access: 'admin', answer,
    query: z.strictObject({ ...pageQuery, webhook: text(63).optional(), state: states.optional() }),
    read: async ({ query: { limit, offset, webhook, state } }) =>
      toWire(await listWebhooks(context.app, { ...(webhook === undefined ? {} : { webhook }), ...(state === undefined ? {} : { state }) }, limit, offset)),
  });
}
