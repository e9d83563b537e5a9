/** Upstream: a small document at any address, without credentials, cache and mirrors. */

import { ChantalError, isChantalError } from '../core/errors.js';
import { redactUrl } from '../core/redact.js';
import type { DownloadSettings, ProxySettings } from '../core/settings.js';
import { judge, outOfPlace } from './answers.js';
import { openDispatchers, patienceOf } from './dispatchers.js';
import { receiveSmall } from './receive.js';
import { createRequester } from './request.js';
import { explainFailure, TransientFailure } from './retry.js';

export interface WayOut {
  readonly proxy: ProxySettings;
  readonly download: DownloadSettings;
}

/** undefined: 404 or 410. Asked once. @throws E_UPSTREAM, E_UPSTREAM_DENIED, E_UPSTREAM_TIMEOUT, E_UPSTREAM_TOO_LARGE */
export async function readDocument(url: string, limitBytes: number, { proxy, download }: WayOut): Promise<Buffer | undefined> {
  const patience = patienceOf({ download });
  const dispatchers = await openDispatchers(download, proxy, undefined, patience);
  try {
    const answer = await createRequester({ owners: [], credentials: undefined, origins: [] }, dispatchers, patience.silenceMs, () => undefined).get(url, {});
    const verdict = await judge(answer, Date.now());
    if (verdict === 'missing') return undefined;
    if (verdict !== 'body') throw outOfPlace(answer);
    return await receiveSmall(answer, { limitBytes, silenceMs: patience.silenceMs, throttles: [], onBytes: () => undefined });
  } catch (error) {
    const explained = explainFailure(error) ?? new ChantalError('E_UPSTREAM', `cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    const failure = explained instanceof TransientFailure ? explained.failure : explained;
    throw isChantalError(failure) ? failure.within({ url: redactUrl(url) }) : failure;
  } finally {
    await dispatchers.close();
  }
}
