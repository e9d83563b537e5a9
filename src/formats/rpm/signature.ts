/** Formats, rpm: is a package signed by a key that the repository trusts, and is it the one that primary.xml describes? */

import { ChantalError, isChantalError } from '../../core/errors.js';
import type { Signer, Trust } from '../../core/ports.js';
import type { ListedArtifact } from '../../core/repository.js';
import { formatEvr } from './evr.js';
import { HeaderTag, parsePackageHead, SignatureTag, type Header, type PackageHead } from './header.js';

/** Most headers fit; those of kernels and the like are asked for again. */
export const headBytes = 64 * 1024;

/** Packages this old sign header and payload as one, which must be in memory; the largest of them were office suites. */
const maxWholeFileBytes = 1024 * 1024 * 1024;

/**
 * Verifies a signature of the header; the payload behind it is vouched for by the checksum in primary.xml. Packages from before
 * rpm 4.0 sign header and payload together: for those the whole file is asked for.
 * @throws ChantalError E_UNSIGNED, E_SIGNATURE, E_METADATA, E_METADATA_LIMIT naming the package
 */
export async function verifyPackage(artifact: ListedArtifact, head: Buffer, trust: Trust): Promise<Signer | { readonly needBytes: number }> {
  try {
    const parsed = parsePackageHead(head);
    if ('needBytes' in parsed) return askFor(parsed.needBytes, artifact);
    const outcome = await verifySignatures(parsed, artifact, head, trust);
    if (!('needBytes' in outcome)) assertDescribed(artifact, parsed.header);
    return outcome;
  } catch (error) {
    throw isChantalError(error) ? error.within({ path: artifact.path, package: labelOf(artifact) }) : error;
  }
}

async function verifySignatures(
  { signatures, headerBytes, headerStart }: PackageHead, artifact: ListedArtifact, head: Buffer, trust: Trust,
): Promise<Signer | { readonly needBytes: number }> {
  const ofHeader = signatures.binary(SignatureTag.rsaHeader) ?? signatures.binary(SignatureTag.dsaHeader);
  if (ofHeader !== undefined) return trust.verifyDetached(headerBytes, ofHeader);
  const ofFile = signatures.binary(SignatureTag.pgp) ?? signatures.binary(SignatureTag.gpg);
  if (ofFile === undefined) throw unsigned(artifact);
  if (artifact.sizeBytes > maxWholeFileBytes) {
    throw new ChantalError('E_METADATA_LIMIT', `${labelOf(artifact)} is signed as a whole and too large for that to be checked`);
  }
  if (head.length < artifact.sizeBytes) return { needBytes: artifact.sizeBytes };
  return trust.verifyDetached(head.subarray(headerStart), ofFile);
}

function askFor(needBytes: number, artifact: ListedArtifact): { readonly needBytes: number } {
  if (needBytes <= artifact.sizeBytes) return { needBytes };
  throw new ChantalError('E_METADATA', 'the package ends within its header', {
    context: { expected: `at least ${needBytes} bytes`, found: `${artifact.sizeBytes} bytes` },
  });
}

/** A well-signed package under another name is an old one passed off as a new one, or a mix-up. */
function assertDescribed(artifact: ListedArtifact, header: Header): void {
  const isSource = header.string(HeaderTag.sourceRpm) === undefined;
  const arch = isSource && artifact.arch === 'nosrc' ? 'nosrc' : isSource ? 'src' : header.string(HeaderTag.arch);
  const evr = formatEvr({
    epoch: String(header.int32(HeaderTag.epoch) ?? ''),
    version: header.string(HeaderTag.version) ?? '',
    release: header.string(HeaderTag.release) ?? '',
  });
  const found = `${header.string(HeaderTag.name)}-${evr}.${arch}`;
  if (found === labelOf(artifact)) return;
  throw new ChantalError('E_METADATA', 'the package is another one than the metadata says', {
    hint: 'Tell the repository\'s owner; its metadata does not fit its packages.',
    context: { expected: labelOf(artifact), found },
  });
}

function labelOf({ name, version, arch }: ListedArtifact): string {
  return `${name}-${version}.${arch}`;
}

function unsigned(artifact: ListedArtifact): ChantalError {
  return new ChantalError('E_UNSIGNED', `${labelOf(artifact)} is not signed`, {
    hint: 'Use gpgcheck: false in the rpm section if unsigned packages are acceptable.',
  });
}
