/** Operations: which pages a site has: of a mirror, of a catalog, of both. */

import type { App } from '../../core/app.js';
import { digestOf } from '../../core/digest.js';
import type { SiteFacts } from '../../portal/frame.js';
import { advisoryPages } from './advisory-pages.js';
import { artifactPages, type CatalogSource } from './artifact-pages.js';
import { changePages } from './change-pages.js';
import { mirrorPages } from './mirror-pages.js';
import { readMirror, type Places } from './mirror.js';
import { packagePages } from './package-pages.js';
import type { SiteMemory, SitePage, SitePart } from './site.js';

export interface SiteRequest {
  /** Without: the site of a catalog alone. */
  readonly mirror?: { readonly app: App; readonly places: Places };
  readonly catalog?: CatalogSource;
  readonly memory: SiteMemory;
  readAsset(name: string): Promise<Buffer>;
  /** The program's. */
  readonly version: string;
  /** Where this site is served by a service: its address of events, from the top of the site; null: it tells none. undefined: a site of files. */
  readonly events?: string | null;
}

const assetNames = ['portal.css', 'portal.js', 'icon.svg'] as const;

/** As things are now: open it anew for what is recorded later. */
export async function openSite({ mirror: source, catalog, memory, readAsset, version, events }: SiteRequest): Promise<SitePart> {
  const assets = await memory.recall('assets', version, async () => Promise.all(assetNames.map(async (name) => ({ name, bytes: await readAsset(name) }))));
  const assetsDigest = digestOf(assets.map(({ bytes }) => digestOf(bytes)).join());
  const facts: SiteFacts = { hasMirror: source !== undefined, hasArtifacts: catalog !== undefined, assetsDigest, isLive: events !== undefined };
  const site = { facts, key: digestOf(`${version} ${assetsDigest}`), memory };
  const mirror = source === undefined ? undefined : await readMirror(source.app, source.places);
  const parts: readonly SitePart[] = [
    ...(mirror === undefined ? [] : [mirrorPages(site, mirror), packagePages(site, mirror), changePages(site, mirror), advisoryPages(site, mirror)]),
    ...(catalog === undefined ? [] : [artifactPages(site, catalog)]),
  ];
  // What every page needs comes first: none is there without it.
  const common: readonly SitePage[] = [
    { path: 'live.json', render: async () => `${JSON.stringify({ events: events ?? null })}\n` },
    ...assets.map(({ name, bytes }) => ({ path: `assets/${name}`, render: async () => bytes })),
  ];
  return {
    async* list() {
      yield* common;
      for (const part of parts) yield* part.list();
    },
    async find(path) {
      for (const part of [{ find: async () => common.find((page) => page.path === path) }, ...parts]) {
        const page = await part.find(path);
        if (page !== undefined) return page;
      }
      return undefined;
    },
  };
}
