/** Upstream: assembles the room: one repository's upstream over HTTP. Knows no format and no database. */

import { ChantalError, isChantalError } from '../core/errors.js';
import type { FileVersion } from '../core/mirrors.js';
import type { Pool, TransferReport, Upstream } from '../core/ports.js';
import { redactUrl } from '../core/redact.js';
import { judge } from './answers.js';
import { openDispatchers, silenceMs } from './dispatchers.js';
import { downloadOnce, type DownloadParts } from './download.js';
import { openMirrorDirectory, ownersOf } from './mirror-directory.js';
import { writeMirrorNote } from './mirror-note.js';
import { createMirrors } from './mirrors.js';
import { receiveSmall } from './receive.js';
import { createRequester } from './request.js';
import { createRootReader } from './root-reader.js';
import { TransientFailure, withRetries, type RetryRules } from './retry.js';
import type { UpstreamSettings } from './settings.js';
import { createThrottle } from './throttle.js';

/** First pause before another try; it doubles each time. */
const firstPauseMs = 500;
/** Fedora's metalinks have 50 KB. */
const listLimitBytes = 4 * 1024 * 1024;

/** @throws E_CONFIG_SECRET when a certificate cannot be read */
export async function openUpstream(settings: UpstreamSettings, pool: Pool): Promise<Upstream> {
  const { download, clock, credentials, source, cache } = settings;
  const dispatchers = await openDispatchers(download, settings.proxy, credentials);
  const report: TransferReport = { requests: 0, downloadedBytes: 0, downloadedFiles: 0, resumedBytes: 0, retries: 0 };
  const parts: DownloadParts = {
    pool,
    requester: createRequester(ownersOf(source), credentials, dispatchers, () => {
      report.requests += 1;
    }),
    rules: {
      silenceMs: silenceMs(download),
      throttles: [settings.throttle, createThrottle(settings.bandwidthBytesPerSecond)],
      onBytes(count) {
        report.downloadedBytes += count;
        upstream.onProgress?.(count);
      },
    },
    onResumed(bytes) {
      report.resumedBytes += bytes;
      upstream.onProgress?.(bytes);
    },
    onLost(bytes) {
      if (bytes > 0) upstream.onProgress?.(-bytes);
    },
    nowMs: () => clock.now().getTime(),
  };
  const roots = createRootReader(parts, settings);
  const retryRules: RetryRules = {
    retries: download.retries,
    baseDelayMs: firstPauseMs,
    onRetry() {
      report.retries += 1;
    },
  };
  /** The whole of a small document at an absolute address; an error says which address it is about. */
  const readUrl = async (url: string, limitBytes: number, signal?: AbortSignal): Promise<Buffer> => {
    try {
      return await withRetries(retryRules, async () => {
        const answer = await parts.requester.get(url, {}, signal);
        if ((await judge(answer, parts.nowMs())) !== 'body') throw new ChantalError('E_UPSTREAM_MISSING', 'there is nothing at this address');
        return receiveSmall(answer, { ...parts.rules, limitBytes }, signal);
      }, signal);
    } catch (error) {
      throw isChantalError(error) ? error.within({ url: redactUrl(url) }) : error;
    }
  };
  const directory = openMirrorDirectory(settings, async (url) => readUrl(url, listLimitBytes));
  const mirrors = createMirrors(directory);

  const upstream: Upstream = {
    url: redactUrl(source.kind === 'urls' ? source.urls[0] ?? '' : source.url),
    report,
    onProgress: undefined,

    async readRoot(path, limitBytes, signal) {
      const findVersions = async (): Promise<readonly FileVersion[] | undefined> => directory.rootVersions(path);
      const document = await withRetries(retryRules, async () => mirrors.askForRoot(path, async (url) => roots.read(url, limitBytes, findVersions, signal), signal), signal);
      if (document?.fromCache === false) report.downloadedFiles += 1;
      return document;
    },

    async download(paths, expected, signal) {
      for (const path of paths) {
        const corrupt = new Set<string>();
        const blob = await withRetries(retryRules, async () => mirrors.askForFile(path, async (url) => {
          try {
            return await downloadOnce(parts, url, expected, corrupt.has(url), signal);
          } catch (error) {
            if (error instanceof TransientFailure && error.isCorrupt) corrupt.add(url);
            throw error;
          }
        }, signal), signal);
        if (blob === undefined) continue;
        report.downloadedFiles += 1;
        return blob;
      }
      return undefined;
    },

    readUrl,

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
    close: async () => dispatchers.close(),
  };
  return upstream;
}
