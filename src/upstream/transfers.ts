/** Upstream: what all transfers of one repository share: connections, limits, retries, and what is counted. */

import type { Pool, TransferReport } from '../core/ports.js';
import { patienceOf, type Dispatchers } from './dispatchers.js';
import type { DownloadParts } from './download.js';
import { ownersOf } from './mirror-directory.js';
import { createRequester } from './request.js';
import type { RetryRules } from './retry.js';
import type { UpstreamSettings } from './settings.js';
import { createThrottle } from './throttle.js';

/** First pause before another try; it doubles each time. */
const firstPauseMs = 500;

export interface Transfers {
  readonly parts: DownloadParts;
  readonly retryRules: RetryRules;
  readonly report: TransferReport;
}

/** @param onProgress is told of bytes that have come, and, below zero, of those that a failed try had announced */
export function createTransfers(
  { download, clock, credentials, origins, source, throttle, bandwidthBytesPerSecond }: UpstreamSettings, pool: Pool, dispatchers: Dispatchers, onProgress: (bytes: number) => void,
): Transfers {
  const { silenceMs, timeouts } = patienceOf({ download, source });
  const report: TransferReport = { requests: 0, downloadedBytes: 0, downloadedFiles: 0, resumedBytes: 0, retries: 0, cacheHits: 0, cacheMisses: 0 };
  const parts: DownloadParts = {
    pool,
    requester: createRequester({ owners: ownersOf(source), credentials, origins }, dispatchers, silenceMs, () => {
      report.requests += 1;
    }),
    rules: {
      silenceMs,
      throttles: [throttle, createThrottle(bandwidthBytesPerSecond)],
      onBytes(count) {
        report.downloadedBytes += count;
        onProgress(count);
      },
    },
    onResumed(bytes) {
      report.resumedBytes += bytes;
      onProgress(bytes);
    },
    onLost(bytes) {
      if (bytes > 0) onProgress(-bytes);
    },
    nowMs: () => clock.now().getTime(),
  };
  const retryRules: RetryRules = {
    retries: download.retries,
    timeouts,
    baseDelayMs: firstPauseMs,
    onRetry() {
      report.retries += 1;
    },
  };
  return { parts, retryRules, report };
}
