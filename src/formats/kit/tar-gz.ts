/** Formats' kit: one small file out of a gzipped tar, read as it streams past: nothing else of it is kept, and a bomb is given up. */

import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import tar from 'tar-stream';

export interface TarLimits {
  /** Of the file that is sought. */
  readonly fileBytes: number;
  /** So much of the archive, unpacked, is looked through. */
  readonly archiveBytes: number;
}

/** `cut`: the archive goes on where these bytes end. `damaged`: it is none. `too-large`: beyond a limit. */
export type FoundInTar = { readonly bytes: Buffer } | 'absent' | 'cut' | 'damaged' | 'too-large';

/** The first plain file whose path (without `./`) is wanted. Stops reading there. */
export async function findInTarGz(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, isWanted: (path: string) => boolean, limits: TarLimits): Promise<FoundInTar> {
  const extract = tar.extract();
  const settled = new Promise<FoundInTar>((resolve) => {
    extract.on('entry', (header, entry, next) => {
      // The archive's own error says it all.
      entry.on('error', () => undefined);
      if (header.type !== 'file' || !isWanted(header.name.replace(/^(?:\.\/)+/, ''))) {
        entry.on('end', next).resume();
        return;
      }
      if (Number(header.size) > limits.fileBytes) {
        resolve('too-large');
        return;
      }
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(chunk as Buffer)).on('end', () => { resolve({ bytes: Buffer.concat(chunks) }); });
    });
    // What tar-stream says of an archive that ends too early; everything else is no archive.
    extract.on('error', (error) => { resolve(/unexpected end/i.test(error.message) ? 'cut' : 'damaged'); });
    extract.on('finish', () => { resolve('absent'); });
  });
  try {
    const found = await feed(extract, source, settled, limits.archiveBytes);
    return found ?? await settled;
  } catch {
    return 'damaged';
  } finally {
    // Destroyed early, it reports just that.
    extract.on('error', () => undefined).destroy();
  }
}

/** undefined: all of it was given over. */
async function feed(extract: tar.Extract, source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, settled: Promise<FoundInTar>, limitBytes: number): Promise<FoundInTar | undefined> {
  // Bytes that end early are no fault of theirs: they may be the beginning of a file.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const input = Readable.from(source).on('error', (error) => { gunzip.destroy(error); });
  input.pipe(gunzip);
  const goesOn = Symbol('goes on');
  let unpackedBytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      unpackedBytes += chunk.length;
      if (unpackedBytes > limitBytes) return 'too-large';
      const drained = extract.write(chunk) ? Promise.resolve(goesOn) : new Promise((resolve) => { extract.once('drain', () => { resolve(goesOn); }); });
      const outcome = await Promise.race([settled, drained]);
      if (outcome !== goesOn) return outcome as FoundInTar;
    }
    if (unpackedBytes === 0) return 'cut';
    extract.end(Buffer.alloc(0));
    return undefined;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}
