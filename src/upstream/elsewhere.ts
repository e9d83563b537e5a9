/** Upstream: files at addresses of their own: on another server, or in a registry. Retried, resumed and verified like all others; no mirror has them. */

import type { Expected } from '../core/digest.js';
import { isChantalError } from '../core/errors.js';
import type { Locator } from '../core/locator.js';
import type { Blob } from '../core/ports.js';
import { redactUrl } from '../core/redact.js';
import { downloadOnce, pastCaches } from './download.js';
import { isOci, type Registries } from './registries.js';
import { withRetries } from './retry.js';
import type { Transfers } from './transfers.js';

export interface Elsewhere {
  /** undefined: there is nothing. @throws what `Upstream.download` throws, naming the address */
  download(locator: Locator, expected: Expected, signal?: AbortSignal): Promise<Blob | undefined>;
}

export function createElsewhere({ parts, retryRules }: Transfers, registries: Registries): Elsewhere {
  return {
    async download(locator, expected, signal) {
      try {
        const layer = isOci(locator) ? await registries.findLayer(locator, expected, signal) : undefined;
        const { requester, url, known } = layer ?? { requester: parts.requester, url: locator, known: expected };
        const download = pastCaches(async (at, isFresh) => downloadOnce({ ...parts, requester }, at, known, isFresh, signal));
        return await withRetries(retryRules, async () => download(url), signal);
      } catch (error) {
        if (isChantalError(error, 'E_UPSTREAM_MISSING')) return undefined;
        throw isChantalError(error) ? error.within({ url: redactUrl(locator) }) : error;
      }
    },
  };
}
