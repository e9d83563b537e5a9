/** Operations: has a format describe a chosen set of packages, and puts what it writes into the pool. */

import type { App } from '../core/app.js';
import { ChantalError } from '../core/errors.js';
import type { Format } from '../core/format.js';
import type { Blob } from '../core/ports.js';
import type { MetadataSigner, RenderIo, RenderRequest, RenderResult } from '../core/render.js';

/** @param onBlob is told of every blob that was written: a version may name it once the pool's barrier has passed */
export async function renderMetadata(
  app: App, format: Format, request: RenderRequest<unknown>, signer: MetadataSigner | undefined, onBlob: (blob: Blob) => void,
): Promise<RenderResult> {
  if (format.render === undefined) {
    throw new ChantalError('E_CONFIG_NOT_YET', `metadata of ${format.name} repositories cannot be regenerated yet`, {
      hint: 'Remove the filters: the repository is then mirrored whole.',
    });
  }
  const { files, warnings } = await format.render(request, renderIo(app, signer, onBlob));
  return { files, warnings: signer === undefined && format.hasSignedMetadata !== false ? [...warnings, unsigned] : warnings };
}

const unsigned = 'the metadata is regenerated and not signed: set signing.key_file, or tell clients to trust it without a signature';

function renderIo(app: App, signer: MetadataSigner | undefined, onBlob: (blob: Blob) => void): RenderIo {
  const remember = (blob: Blob): Blob => {
    onBlob(blob);
    return blob;
  };
  return {
    open: (file) => app.pool.open(file.digest),
    put: async (bytes) => remember(await app.pool.put(bytes)),
    async sink() {
      const writer = await app.pool.writer({});
      return {
        write: async (chunk) => writer.write(chunk),
        finish: async () => remember(await writer.finish()),
        abort: async () => writer.abort(),
      };
    },
    ...(signer === undefined ? {} : { signer }),
  };
}

/** The latest date that any of the sources states; the epoch where none does. Never the clock. */
export function madeAt(dates: readonly Readonly<Record<string, string>>[]): Date {
  const times = dates.flatMap((known) => Object.values(known)).map((date) => Date.parse(date)).filter((time) => !Number.isNaN(time));
  return new Date(Math.max(0, ...times));
}
