/** Serve: the catalog over all repositories, where it would lie on a web server; a package's sum is made of its files when it is asked for. */

import { join } from 'node:path';
import { isExporterName, metadataName } from '../../catalog/file-names.js';
import { renderDocument } from '../../catalog/render.js';
import { catalogDirectory, catalogIndexPath } from '../../core/catalog.js';
import { openAggregator } from '../../operations/catalog/aggregate-directory.js';
import { looseOrder } from '../../operations/catalog/update-merged.js';
import { isHeld } from '../answers.js';
import type { ServiceContext } from '../context.js';
import { Problem } from '../problem.js';
import { assertInside } from './trees.js';

/** Sums that are remembered, as long as their files are the same bytes. */
const rememberedSums = 2000;

/** `/catalog.json`, `/catalog/index.json`, `/catalog/<package>/…`. */
export async function addCatalogRoutes({ server, app }: ServiceContext): Promise<void> {
  const { path: root } = app.settings.catalog;
  if (root === undefined) return;
  const hidden = { schema: { hide: true } };
  const directory = join(root, catalogDirectory);
  const aggregator = openAggregator(app.files, directory, await looseOrder(app), rememberedSums);
  server.get(`/${catalogIndexPath}`, hidden, async (_request, reply) => reply.header('cache-control', 'no-cache').sendFile(catalogIndexPath, root));
  server.get<{ Params: { exporter: string } }>(`/catalog/:exporter/${metadataName}`, hidden, async (request, reply) => {
    const { exporter } = request.params;
    const { metadata, problems } = isExporterName(exporter) ? await aggregator.aggregate(exporter) : { metadata: undefined, problems: [] };
    for (const { path, message } of problems) app.reporter.log('WARN', `catalog: ${path} ${message}`, { trace_id: request.id });
    if (metadata === undefined) throw new Problem('NOT_FOUND', 'the catalog has no such package', { package: exporter.slice(0, 100) });
    const etag = `"${metadata.inputs ?? ''}"`;
    reply.headers({ etag, 'cache-control': 'no-cache' });
    if (isHeld(etag, request.headers['if-none-match'])) return reply.code(304).send();
    return reply.type('application/json; charset=utf-8').send(Buffer.from(renderDocument(metadata)));
  });
  server.get<{ Params: { '*': string } }>('/catalog/*', hidden, async (request, reply) => {
    assertInside(request.params['*']);
    return reply.header('cache-control', 'no-cache').sendFile(request.params['*'], directory);
  });
}
