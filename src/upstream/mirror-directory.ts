/** Upstream: who the mirrors are: configured, or in a list that is fetched when it is needed; and which of them answered last time. */

import type { FileVersion, MirrorList, UpstreamSource } from '../core/mirrors.js';
import type { RelativePath } from '../core/relative-path.js';
import { readMirrorNote } from './mirror-note.js';
import type { UpstreamSettings } from './settings.js';
import { parseBaseUrl, type BaseUrl } from '../core/urls.js';

export interface MirrorDirectory {
  /** The preferred first. At least one. @throws what fetching and reading a list may throw */
  list(): Promise<readonly BaseUrl[]>;
  /** The mirror of the last completed sync; undefined: there is none, too long ago, or no mirror any more. Fetches nothing. */
  remembered(): Promise<BaseUrl | undefined>;
  /** What the root document must be, the newest version first; undefined: nobody says. */
  rootVersions(path: RelativePath): Promise<readonly FileVersion[] | undefined>;
  /** The list is asked for again when it is needed next. */
  forget(): void;
}

export function openMirrorDirectory(settings: UpstreamSettings, fetchList: (url: string) => Promise<Buffer>): MirrorDirectory {
  const { source, parseList } = settings;
  let fetched: Promise<MirrorList> | undefined;
  let remembered: Promise<BaseUrl | undefined> | undefined;
  const load = async (url: string): Promise<MirrorList> => parseList(source.kind === 'metalink' ? 'metalink' : 'mirrorlist', await fetchList(url), url);
  const fetchOnce = async (url: string): Promise<MirrorList> => {
    fetched ??= load(url).catch((error: unknown) => {
      fetched = undefined;
      throw error;
    });
    return fetched;
  };
  const configured = source.kind === 'urls' ? source.urls.map(parseBaseUrl) : [];
  return {
    async list() {
      return source.kind === 'urls' ? configured : (await fetchOnce(source.url)).mirrors.map(parseBaseUrl);
    },
    async remembered() {
      remembered ??= configured.length === 1 ? Promise.resolve(configured[0]) : recall(settings, configured);
      return remembered;
    },
    async rootVersions(path) {
      if (source.kind !== 'metalink') return undefined;
      const { root } = await fetchOnce(source.url);
      return root?.path === path ? root.versions : undefined;
    },
    forget() {
      fetched = undefined;
    },
  };
}

/** Those who may see credentials: what the operator himself wrote down. */
export function ownersOf(source: UpstreamSource): readonly BaseUrl[] {
  return (source.kind === 'urls' ? source.urls : [source.url]).map(parseBaseUrl);
}

async function recall({ repository, source, cache, clock }: UpstreamSettings, configured: readonly BaseUrl[]): Promise<BaseUrl | undefined> {
  if (!cache.enabled) return undefined;
  const note = await readMirrorNote(cache.path, repository, source);
  const ageMs = note === undefined ? NaN : clock.now().getTime() - Date.parse(note.storedAt);
  // Later, others get their chance again, and a list is looked at for mirrors that have left it.
  if (note === undefined || !(ageMs >= 0 && ageMs <= cache.maxAgeMs)) return undefined;
  return source.kind === 'urls' ? configured.find(({ prefix }) => prefix === note.mirror) : parseBaseUrl(note.mirror);
}
