/** Formats, apt: an index on its way into the pool, in every compression that is asked for at once. */

import type { Compression, RenderedBlob, RenderIo } from '../../../core/render.js';
import { compressionSuffixes, openCompressedSink, type CompressedBlob, type CompressedSink } from '../../kit/compress.js';

export interface WrittenIndex {
  /** By the suffix that each adds to the name. */
  readonly variants: readonly (RenderedBlob & { readonly suffix: string })[];
  /** The plain index: it is listed and not published, as archives do, so that clients know whether theirs is current. */
  readonly plain: RenderedBlob;
}

/** @param batches pieces of the plain index; nothing is kept of what was written when they fail */
export async function writeIndex(
  batches: AsyncIterable<readonly Buffer[]>, compressions: readonly Compression[], io: RenderIo,
): Promise<WrittenIndex> {
  const open: CompressedSink[] = [];
  try {
    for (const compression of compressions) open.push(await openCompressedSink(compression, await io.sink()));
    for await (const batch of batches) {
      const chunk = batch.length === 1 ? batch[0]! : Buffer.concat(batch);
      if (chunk.length > 0) await Promise.all(open.map((sink) => sink.write(chunk)));
    }
    const blobs: CompressedBlob[] = [];
    while (open.length > 0) {
      blobs.push(await open[0]!.finish());
      open.shift();
    }
    const [first] = blobs as [CompressedBlob, ...CompressedBlob[]];
    return {
      variants: blobs.map(({ digest, sizeBytes }, index) => ({ digest, sizeBytes, suffix: compressionSuffixes[compressions[index]!] })),
      plain: { digest: first.openDigest, sizeBytes: first.openSizeBytes },
    };
  } finally {
    await Promise.all(open.map((sink) => sink.abort()));
  }
}
