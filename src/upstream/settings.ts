/** Upstream: what it is opened with. */

import type { MirrorList, UpstreamSource } from '../core/mirrors.js';
import type { Clock } from '../core/ports.js';
import type { Credentials, DownloadSettings, OriginSettings, ProxySettings } from '../core/settings.js';
import type { Throttle } from './throttle.js';

export interface UpstreamSettings {
  readonly repository: string;
  readonly source: UpstreamSource;
  /** The language of mirror lists is the formats'. See `MirrorList`. */
  parseList(kind: 'mirrorlist' | 'metalink', bytes: Uint8Array, url: string): Promise<MirrorList>;
  readonly credentials?: Credentials;
  readonly origins: readonly OriginSettings[];
  readonly proxy: ProxySettings;
  readonly download: DownloadSettings;
  /** This repository's own limit, besides the shared one. */
  readonly bandwidthBytesPerSecond?: number;
  /** Shared by all repositories. */
  readonly throttle: Throttle;
  readonly cache: { readonly enabled: boolean; readonly ttlMs: number; readonly maxAgeMs: number; readonly path: string };
  readonly clock: Clock;
}
