/** Upstream: assembles the room: one repository's upstream over HTTP. Knows no format and no database. */

import { ChantalError, isChantalError } from '../core/errors.js';
import type { Pool, TransferReport, Upstream } from '../core/ports.js';
import { redactUrl } from '../core/redact.js';
import { judge } from './answers.js';
import { openDispatchers, silenceMs } from './dispatchers.js';
import { downloadOnce, type DownloadParts } from './download.js';
import { receiveSmall } from './receive.js';
import { createRequester } from './request.js';
import { createRootReader } from './root-reader.js';
import { TransientFailure, withRetries, type RetryRules } from './retry.js';
import type { UpstreamSettings } from './settings.js';
import { createThrottle } from './throttle.js';
import { joinUrl, parseBaseUrl } from './urls.js';

/** First pause before another try; it doubles each time. */
const firstPauseMs = 500;

/** @throws E_CONFIG_SECRET when a certificate cannot be read */
export async function openUpstream(settings: UpstreamSettings, pool: Pool): Promise<Upstream> {
  const { download, clock, credentials } = settings;
  const base = parseBaseUrl(settings.url);
  const dispatchers = await openDispatchers(download, settings.proxy, credentials);
  const report: TransferReport = { requests: 0, downloadedBytes: 0, downloadedFiles: 0, resumedBytes: 0, retries: 0 };
  const parts: DownloadParts = {
    pool,
    requester: createRequester(base, credentials, dispatchers, () => {
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
  /** Retries, and an error that says which address it is about. */
  const attempt = async <T>(url: string, run: (tries: number) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await withRetries(retryRules, run, signal);
    } catch (error) {
      throw isChantalError(error) ? error.within({ url: redactUrl(url) }) : error;
    }
  };

  const upstream: Upstream = {
    url: redactUrl(settings.url),
    report,
    onProgress: undefined,

    async readRoot(path, limitBytes, signal) {
      const url = joinUrl(base, path);
      const document = await attempt(url, async () => roots.read(url, limitBytes, signal), signal);
      if (document?.fromCache === false) report.downloadedFiles += 1;
      return document;
    },

    async download(paths, expected, signal) {
      for (const path of paths) {
        const url = joinUrl(base, path);
        let isFresh = false;
        const blob = await attempt(url, async () => {
          try {
            return await downloadOnce(parts, url, expected, isFresh, signal);
          } catch (error) {
            isFresh ||= error instanceof TransientFailure && error.isCorrupt;
            throw error;
          }
        }, signal);
        if (blob === undefined) continue;
        report.downloadedFiles += 1;
        return blob;
      }
      return undefined;
    },

    readUrl: async (url, limitBytes, signal) => attempt(url, async () => {
      const answer = await parts.requester.get(url, {}, signal);
      if ((await judge(answer, parts.nowMs())) !== 'body') {
        throw new ChantalError('E_UPSTREAM_MISSING', 'there is nothing at this address', { context: { url: redactUrl(url) } });
      }
      return receiveSmall(answer, { ...parts.rules, limitBytes }, signal);
    }, signal),

    commitCache: async () => roots.commit(),
    forgetCache: () => roots.forget(),
    close: async () => dispatchers.close(),
  };
  return upstream;
}
