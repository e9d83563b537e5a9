/** Serve: the portal: the pages that `catalog portal` writes, made when they are asked for, of what is held then. */

import { createHash } from 'node:crypto';
import { join, relative, sep } from 'node:path';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { catalogDirectory } from '../../core/catalog.js';
import { mergedOwner } from '../../core/repository.js';
import { looseOrder } from '../../operations/catalog/update-merged.js';
import type { CatalogSource } from '../../operations/portal/artifact-pages.js';
import type { Places } from '../../operations/portal/mirror.js';
import { openSite } from '../../operations/portal/open-site.js';
import { createMemory, type SitePage } from '../../operations/portal/site.js';
import { changesPath } from '../../portal/paths.js';
import { isHeld } from '../answers.js';
import type { ServiceContext } from '../context.js';
import { Problem } from '../problem.js';
import { check } from '../read-route.js';
import { encodePath, latestUrl, snapshotUrl } from '../urls.js';

const top = '/portal/';

/** What pages state themselves, and what only a header can: nobody shows them in a frame of his own. */
const policy = 'default-src \'none\'; script-src \'self\'; style-src \'self\'; img-src \'self\'; connect-src \'self\'; form-action \'self\'; base-uri \'none\'; frame-ancestors \'none\'';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8', json: 'application/json; charset=utf-8', svg: 'image/svg+xml',
};

const name = z.string().max(200).regex(/^[A-Za-z0-9._+:-]+$/, { error: 'is no name of a repository or a state' });
const compareQuery = z.strictObject({ repository: name, from: name, to: name });

export function addPortalRoutes(context: ServiceContext): void {
  const { app, server, version } = context;
  if (!app.settings.service.hasPortal) return;
  const memory = createMemory();
  const hidden = { schema: { hide: true } };
  const findPage = async (path: string): Promise<SitePage | undefined> => {
    const catalog = await catalogOf(context);
    const site = await openSite({
      mirror: { app, places: placesOf(context) }, memory, readAsset: app.readAsset, version,
      events: app.settings.service.sse.isEnabled ? '../api/v1/events' : null,
      ...(catalog === undefined ? {} : { catalog }),
    });
    return site.find(path);
  };
  for (const entry of ['/', '/portal']) server.get(entry, hidden, async (_request, reply) => reply.redirect(`${top}index.html`, 302));
  server.get(`${top}compare`, hidden, async (request, reply) => {
    const { repository, from, to } = check(compareQuery, request.query, 'query');
    return reply.redirect(`${top}${encodePath(changesPath(repository, from, to, 'html'))}`, 303);
  });
  server.get<{ Params: { '*': string } }>(`${top}*`, hidden, async (request, reply) => {
    const page = await findPage(request.params['*']);
    if (page === undefined) throw new Problem('NOT_FOUND', 'there is nothing at this address');
    return send(reply, page, await page.render(), request.headers['if-none-match']);
  });
}

function send(reply: FastifyReply, { path }: SitePage, content: string | Uint8Array, ifNoneMatch: string | undefined): FastifyReply {
  const bytes = Buffer.from(content as Uint8Array);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
  reply.headers({ etag, 'cache-control': 'private, no-cache', 'content-security-policy': policy, 'referrer-policy': 'no-referrer' });
  if (isHeld(etag, ifNoneMatch)) return reply.code(304).send();
  return reply.type(types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream').send(bytes);
}

/** From the top of the site, so that a web server in front may put all of it below a directory. */
function placesOf({ app: { settings } }: ServiceContext): Places {
  return {
    treeOf({ repository, target }) {
      const url = target === 'latest' ? settings.repositories.find((each) => each.name === repository)?.catalog?.url : undefined;
      if (url !== undefined) return { url: `${url}/` };
      if (!settings.service.hasTrees) return undefined;
      return { path: `..${target === 'latest' ? latestUrl(repository) : snapshotUrl(repository, target.slice('snapshot:'.length))}` };
    },
  };
}

async function catalogOf({ app }: ServiceContext): Promise<CatalogSource | undefined> {
  const { settings, files } = app;
  const { path: root } = settings.catalog;
  if (root === undefined) return undefined;
  // What the catalog says relative to itself lies in a tree, or beside it in the catalog.
  const served = [
    { directory: root, url: '../', isWanted: true },
    ...settings.repositories.map((repository) => ({ directory: repository.latestPath, url: `..${latestUrl(repository.name)}`, isWanted: settings.service.hasTrees })),
    { directory: settings.publish.mergedPath, url: `../repos/${mergedOwner}/`, isWanted: settings.service.hasTrees },
  ];
  return {
    files, catalogDir: join(root, catalogDirectory), compareVersions: await looseOrder(app),
    placeOf(path) {
      for (const { directory, url, isWanted } of served) {
        const below = relative(directory, path);
        if (isWanted && below !== '' && below !== '..' && !below.startsWith(`..${sep}`)) return { path: `${url}${encodePath(below)}` };
      }
      return undefined;
    },
  };
}
