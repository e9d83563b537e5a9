/** Serve: snapshots, and what lies between two states. */

import { z } from 'zod';
import type { App } from '../../core/app.js';
import type { SnapshotView } from '../../operations/results.js';
import { diffVersions } from '../../queries/diff-versions.js';
import { listSnapshots, showSnapshot } from '../../queries/snapshots.js';
import type { ServiceContext } from '../context.js';
import { addReadRoute } from '../read-route.js';
import { diffShape, snapshotShape, text } from '../shapes.js';
import { toWire } from '../to-wire.js';
import { snapshotUrl } from '../urls.js';

const reference = text(300).regex(/^[A-Za-z0-9@._+:/-]+$/, { error: 'must be S, X/S, latest, X/latest or X@12' });

export function addSnapshotRoutes(context: ServiceContext): void {
  const { app } = context;
  addReadRoute(context, {
    path: '/api/v1/snapshots', summary: 'All snapshots, by repository, oldest first.', tag: 'mirror', life: 'kept',
    query: z.strictObject({ repo: text(200).optional() }),
    answer: z.strictObject({ items: z.array(snapshotShape) }),
    read: async ({ query: { repo } }) => ({ items: await listSnapshotViews(app, repo) }),
  });
  addReadRoute(context, {
    path: '/api/v1/snapshots/diff', summary: 'What changed from one state to another: packages, and advisories newly covered.', tag: 'mirror', life: 'kept',
    query: z.strictObject({ from: reference, to: reference, repo: text(200).optional() }), answer: diffShape,
    read: async ({ query: { from, to, repo } }) => toWire(await diffVersions(app, { from, to, ...(repo === undefined ? {} : { repository: repo }) })),
  });
  addReadRoute(context, {
    path: '/api/v1/snapshots/:snapshot', summary: 'One snapshot: S where one repository has it; X/S, its slash written %2F, always.', tag: 'mirror', life: 'kept',
    params: z.strictObject({ snapshot: reference }), query: z.strictObject({ repo: text(200).optional() }), answer: snapshotShape,
    read: async ({ params: { snapshot }, query: { repo } }) => view(app, await showSnapshot(app, repo === undefined ? snapshot : `${repo}/${snapshot}`)),
  });
}

export async function listSnapshotViews(app: App, repository: string | undefined): Promise<readonly unknown[]> {
  return (await listSnapshots(app, repository)).map((snapshot) => view(app, snapshot));
}

/** Ages change by themselves, and paths are this machine's. */
function view({ settings }: App, { ageMs: _, path: __, ...snapshot }: SnapshotView): unknown {
  const hasUrl = settings.service.hasTrees && snapshot.isPublished;
  return { ...(toWire(snapshot) as object), ...(hasUrl ? { url: snapshotUrl(snapshot.repository, snapshot.name) } : {}) };
}
