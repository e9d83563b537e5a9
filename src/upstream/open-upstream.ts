/** Upstream: assembles the room: one repository's upstream over HTTP. Knows no format and no database. */

import type { Expected } from '../core/digest.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import type { FileVersion } from '../core/mirrors.js';
import type { Blob, Pool, Upstream } from '../core/ports.js';
import { redactUrl } from '../core/redact.js';
import type { RelativePath } from '../core/relative-path.js';
import { judge } from './answers.js';
import { openDispatchers, patienceOf } from './dispatchers.js';
import { downloadOnce } from './download.js';
import { openMirrorDirectory } from './mirror-directory.js';
import { writeMirrorNote } from './mirror-note.js';
import { createMirrors, type Mirrors } from './mirrors.js';
import { receiveSmall } from './receive.js';
import { createRootReader } from './root-reader.js';
import { TransientFailure, withRetries } from './retry.js';
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

  const upstream: Upstream = {
    url: redactUrl(source.kind === 'urls' ? source.urls[0] ?? '' : source.url),
    report,
    onProgress: undefined,

    async readRoot(path, limitBytes, signal) {
      const findVersions = async (): Promise<readonly FileVersion[] | undefined> => directory.rootVersions(path);
      const document = await withRetries(retryRules, async (timeoutsLeft) => mirrors.askForRoot(path, async (url) => roots.read(url, limitBytes, findVersions, signal), timeoutsLeft, signal), signal);
      if (document?.fromCache === false) report.downloadedFiles += 1;
      if (document !== undefined) report[document.fromCache ? 'cacheHits' : 'cacheMisses'] += 1;
      return document;
    },

    download: async (paths, expected, signal) => downloadFirst(transfers, mirrors, paths, expected, signal),

    readUrl,
    missingAt: (path) => mirrors.missingAt(path),

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

/** The first of `paths` that upstream has. A mirror whose copy was wrong is asked again past every cache on the way. */
async function downloadFirst(
  { parts, retryRules, report }: Transfers, mirrors: Mirrors, paths: readonly RelativePath[], expected: Expected, signal?: AbortSignal,
): Promise<Blob | undefined> {
  for (const path of paths) {
    const corrupt = new Set<string>();
    const blob = await withRetries(retryRules, async (timeoutsLeft) => mirrors.askForFile(path, async (url) => {
      try {
        return await downloadOnce(parts, url, expected, corrupt.has(url), signal);
      } catch (error) {
        if (error instanceof TransientFailure && error.isCorrupt) corrupt.add(url);
        throw error;
      }
    }, timeoutsLeft, signal), signal);
    if (blob === undefined) continue;
    report.downloadedFiles += 1;
    return blob;
  }
  return undefined;
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
