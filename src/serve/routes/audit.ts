/** Serve: the audit trail, for administrators. */

import { z } from 'zod';
import { describeAudit } from '../../queries/audit.js';
import type { ServiceContext } from '../context.js';
import { addReadRoute } from '../read-route.js';
import { pageQuery, pageShape, text } from '../shapes.js';

const recordShape = z.strictObject({
  id: z.int(), timestamp: z.string(), event: z.string(), resource: z.string(), version: z.string().nullable(),
  user: z.string(), changes: z.array(z.string()), git_commit: z.string().nullable(),
});

export function addAuditRoutes(context: ServiceContext): void {
  addReadRoute(context, {
    path: '/api/v1/audit', summary: 'Who changed what, newest first.', tag: 'service', life: 'fresh', access: 'admin',
    query: z.strictObject({ ...pageQuery, resource: text(300).optional(), event: text(60).optional() }), answer: pageShape(recordShape),
    read: async ({ query: { limit, offset, resource, event } }) => {
      const filter = { ...(resource === undefined ? {} : { resource }), ...(event === undefined ? {} : { event }) };
      const { items, total } = await context.app.store.listAudit(filter, { limit, offset });
      return {
        limit, offset, total,
        items: items.map(describeAudit),
      };
    },
  });
}
