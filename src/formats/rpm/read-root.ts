/** Formats, rpm: repomd.xml and its signature: fetched, verified, dated. Two conditional requests. */

import { digestOf } from '../../core/digest.js';
import { ChantalError, isChantalError, isMaybeMissing } from '../../core/errors.js';
import type { Reader, RootFile } from '../../core/format.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';
import type { Root, StoredFile } from '../../core/repository.js';
import { parseRepomd, repomdPath, type Repomd } from './repomd.js';

const signaturePath = parseRelativePath('repodata/repomd.xml.asc');

/** No repository is older than this (2001-09-09): smaller revisions are counters, larger ones than today dates in digits. */
const oldestSeconds = 1_000_000_000;
const maxFutureSeconds = 86_400;

/**
 * See `Format.readRoot`. The signature is carried where there is one, and verified unless the reader says otherwise. One
 * that belongs to another moment than repomd.xml is E_SIGNATURE: upstream may be in the middle of an update.
 */
export async function readRoot(reader: Reader): Promise<Root> {
  const repomd = await reader.readRoot(repomdPath);
  if (repomd === undefined) throw missingRepomd();
  const signature = await readSignature(reader);
  const signedBy = await verifyRoot(reader, repomd, signature);
  const stored = [storedRoot(repomdPath, 'repomd', repomd)];
  if (signature !== undefined) stored.push(storedRoot(signaturePath, 'repomd.asc', signature));
  const date = dateOf(parseRepomd(repomd.bytes), reader.now);
  return {
    fingerprint: digestOf(stored.map(({ path, digest }) => `${path}\0${digest}\n`).join('')),
    stored,
    signedBy,
    dates: date === undefined ? {} : { [repomdPath]: date },
    warnings: [],
  };
}

/** Some servers answer 403 for what they do not have. Who could forge that answer could forge a 404 as well. */
async function readSignature(reader: Reader): Promise<RootFile | undefined> {
  try {
    return await reader.readRoot(signaturePath);
  } catch (error) {
    if (isMaybeMissing(error)) return undefined;
    throw error;
  }
}

async function verifyRoot({ trust, rootSignature }: Reader, repomd: RootFile, signature: RootFile | undefined): Promise<readonly string[]> {
  if (trust === undefined || rootSignature === false) return [];
  if (signature === undefined) {
    if (rootSignature === true) throw unsigned();
    return [];
  }
  try {
    const signer = await trust.verifyDetached(repomd.bytes, signature.bytes);
    return [signer.fingerprint];
  } catch (error) {
    throw isChantalError(error) ? error.within({ path: signaturePath }) : error;
  }
}

function dateOf({ times }: Repomd, now: Date): string | undefined {
  const latest = now.getTime() / 1000 + maxFutureSeconds;
  const seconds = times.find((time) => time >= oldestSeconds && time <= latest);
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString();
}

function storedRoot(path: RelativePath, kind: string, { digest, sizeBytes }: RootFile): StoredFile {
  return { path, kind, digest, sizeBytes, hashNamed: false };
}

function missingRepomd(): ChantalError {
  return new ChantalError('E_UPSTREAM_MISSING', `upstream has no ${repomdPath}`, {
    hint: 'upstream.url must be the directory that holds repodata/.',
    context: { path: repomdPath },
  });
}

function unsigned(): ChantalError {
  return new ChantalError('E_UNSIGNED', `${repomdPath} is not signed: there is no ${signaturePath}`, {
    hint: 'Leave out repo_gpgcheck: true in the rpm section if packages\' own signatures are enough.',
    context: { path: repomdPath, expected: signaturePath },
  });
}
