/** Operations: the window through which a format sees upstream; everything it shows is verified and in the pool. */

import type { App } from '../../core/app.js';
import { ChantalError } from '../../core/errors.js';
import type { FetchedFile, Reader } from '../../core/format.js';
import type { Trust, Upstream } from '../../core/ports.js';
import type { RepositorySettings } from '../../core/settings.js';
import { parseBaseUrl } from '../../core/urls.js';
import type { BlobSource } from './blob-source.js';

/** Debian's InRelease has 150 KB, the largest repomd.xml seen has 10 KB. */
export const rootLimitBytes = 32 * 1024 * 1024;

export interface ReaderParts {
  readonly repository: RepositorySettings;
  readonly upstream: Upstream;
  readonly source: BlobSource;
  readonly trust: Trust | undefined;
  /** What a root document may have at most; see `Format.rootLimitBytes`. */
  readonly limitBytes?: number | undefined;
}

export function openReader(app: App, { repository, upstream, source, trust, limitBytes = rootLimitBytes }: ReaderParts, signal?: AbortSignal): Reader {
  const { rootSignature } = repository.trust;
  return {
    trust,
    ...(rootSignature === undefined ? {} : { rootSignature }),
    now: app.clock.now(),
    address: parseBaseUrl(upstream.url).prefix,
    listTags: async (registry, isWanted) => upstream.listTags(registry, isWanted, signal),
    async readRoot(place) {
      const document = await upstream.readRoot(place, limitBytes, signal);
      if (document === undefined) return undefined;
      source.remember(document.blob);
      const { digest, sizeBytes } = document.blob;
      return { digest, sizeBytes, bytes: document.bytes, fromCache: document.fromCache };
    },
    async fetch(places, expected) {
      await source.prepare([expected]);
      return (await source.findHeld(expected)) ?? source.download(places, expected);
    },
    put: async (bytes) => source.put(bytes),
    open: (file) => app.pool.open(file.digest),
    readAll: async (file, limitBytes) => readPooled(app, file, limitBytes),
  };
}

/** See `Reader.readAll`. */
export async function readPooled(app: App, { digest, sizeBytes }: FetchedFile, limitBytes: number): Promise<Buffer> {
  if (sizeBytes <= limitBytes) return app.pool.read(digest);
  throw new ChantalError('E_METADATA_LIMIT', 'a metadata file is larger than it can sensibly be', {
    context: { expected: `at most ${limitBytes} bytes`, found: `${sizeBytes} bytes` },
  });
}
