/** Upstream: assembles the room: one repository's upstream over HTTP. Knows no format and no database. */

import type { Expected } from '../core/digest.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import { isLocator } from '../core/locator.js';
import type { Blob, Pool, RootDocument, Upstream } from '../core/ports.js';
import { redactUrl } from '../core/redact.js';
import type { RelativePath } from '../core/relative-path.js';
import { judge } from './answers.js';
import { openDispatchers, patienceOf } from './dispatchers.js';
import { downloadOnce, pastCaches } from './download.js';
import { createElsewhere } from './elsewhere.js';
import { openMirrorDirectory } from './mirror-directory.js';
import { writeMirrorNote } from './mirror-note.js';
import { createMirrors, type Mirrors } from './mirrors.js';
import { createRegistries, isOci } from './registries.js';
import { receiveSmall } from './receive.js';
import { createRootReader } from './root-reader.js';
import { withRetries } from './retry.js';
import type { UpstreamSettings } from './settings.js';
import { createTransfers, type Transfers } from './transfers.js';

/** Fedora's metalinks have 50 KB. */
const listLimitBytes = 4 * 1024 * 1024;

/** @throws E_CONFIG_SECRET when a certificate cannot be read */
export async function openUpstream(settings: UpstreamSettings, pool: Pool): Promise<Upstream> {
  const { clock, source, cache } = settings;
  const dispatchers = await openDispatchers(settings.download, settings.proxy, settings.credentials, patienceOf(settings));
  const transfers = createTransfers(settings, pool, dispatchers, (bytes) => upstream.onProgress?.(bytes));
  const { parts, retryRules, report } = transfers;
  const roots = createRootReader(parts, settings);
  const readUrl: Upstream['readUrl'] = async (url, limitBytes, signal) => readAddress(transfers, url, limitBytes, signal);
  const directory = openMirrorDirectory(settings, async (url) => readUrl(url, listLimitBytes));
  const mirrors = createMirrors(directory);
  const registries = createRegistries(transfers, settings);
  const elsewhere = createElsewhere(transfers, registries);
  // A registry has layers only: nothing lies below its address.
  const hasNoTree = source.kind === 'urls' && source.urls.every((url) => url.startsWith('oci://'));

  const upstream: Upstream = {
    url: redactUrl(source.kind === 'urls' ? source.urls[0] ?? '' : source.url),
    report,
    onProgress: undefined,

    async readRoot(place, limitBytes, signal) {
      const read = async (url: string): Promise<RootDocument | undefined> =>
        roots.read(url, limitBytes, async () => (isLocator(place) ? undefined : directory.rootVersions(place)), signal);
      if (!isLocator(place) && hasNoTree) return undefined;
      const document = await withRetries(retryRules, async (timeoutsLeft) => (isLocator(place) ? read(place) : mirrors.askForRoot(place, read, timeoutsLeft, signal)), signal);
      if (document?.fromCache === false) report.downloadedFiles += 1;
      if (document !== undefined) report[document.fromCache ? 'cacheHits' : 'cacheMisses'] += 1;
      return document;
    },

    describe: async (place, signal) => (isOci(place) ? registries.describe(place, signal) : undefined),
    listTags: registries.listTags,

    async download(places, expected, signal) {
      for (const place of places) {
        if (!isLocator(place) && hasNoTree) continue;
        const blob = isLocator(place) ? await elsewhere.download(place, expected, signal) : await downloadFrom(transfers, mirrors, place, expected, signal);
        if (blob === undefined) continue;
        report.downloadedFiles += 1;
        return blob;
      }
      return undefined;
    },

    readUrl,
    missingAt: (place) => (isLocator(place) ? [redactUrl(place)] : mirrors.missingAt(place)),

    async commitCache() {
      await roots.commit();
      if (!cache.enabled || mirrors.chosen === undefined || (source.kind === 'urls' && source.urls.length === 1)) return;
      await writeMirrorNote(cache.path, settings.repository, source, { mirror: mirrors.chosen.prefix, storedAt: clock.now().toISOString() });
    },
    forgetCache() {
      roots.forget();
      directory.forget();
      mirrors.distrustChosen();
    },
    async passOverMirror() {
      roots.forget();
      return mirrors.passOverChosen();
    },
    close: async () => dispatchers.close(),
  };
  return upstream;
}

/** undefined: upstream does not have it. A mirror whose copy was wrong is asked again past every cache on the way. */
async function downloadFrom(
  { parts, retryRules }: Transfers, mirrors: Mirrors, path: RelativePath, expected: Expected, signal?: AbortSignal,
): Promise<Blob | undefined> {
  const download = pastCaches(async (url, isFresh) => downloadOnce(parts, url, expected, isFresh, signal));
  return withRetries(retryRules, async (timeoutsLeft) => mirrors.askForFile(path, download, timeoutsLeft, signal), signal);
}

/** The whole of a small document at an absolute address; an error says which address it is about. */
async function readAddress({ parts, retryRules }: Transfers, url: string, limitBytes: number, signal?: AbortSignal): Promise<Buffer> {
  try {
    return await withRetries(retryRules, async () => {
      const answer = await parts.requester.get(url, {}, signal);
      if ((await judge(answer, parts.nowMs())) !== 'body') throw new ChantalError('E_UPSTREAM_MISSING', 'there is nothing at this address');
      return receiveSmall(answer, { ...parts.rules, limitBytes }, signal);
    }, signal);
  } catch (error) {
    throw isChantalError(error) ? error.within({ url: redactUrl(url) }) : error;
  }
}
