/** Formats, rpm: is a package signed by a key that the repository trusts, and is it the one that primary.xml describes? */

import { formatChecksum, Measure, parseChecksum, sameChecksum, type Checksum, type ChecksumAlgorithm } from '../../core/digest.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import type { PackageFile } from '../../core/format.js';
import type { Signer, Trust } from '../../core/ports.js';
import type { ListedArtifact } from '../../core/repository.js';
import { formatEvr } from './evr.js';
import { HeaderTag, parsePackageHead, SignatureTag, type Header, type PackageHead } from './header.js';

interface PackageTrust {
  readonly trust: Trust;
  /** A trusted key signed the metadata that names the package's checksum. */
  readonly isListSigned: boolean;
}

/** Most headers fit; those of kernels and the like are asked for again. */
const headBytes = 64 * 1024;

/** OpenPGP's numbers of those hashes that cannot be forged. */
const payloadHashes: Readonly<Record<number, ChecksumAlgorithm>> = { 8: 'sha256', 9: 'sha384', 10: 'sha512', 11: 'sha224' };

/**
 * Verifies a signature of the header, and that the payload is the one which the signed header names by its digest. Packages from before
 * rpm 4.14 name none: for those a signature of header and payload is looked at besides, or alone where there is no other. Where a
 * package has neither, signed metadata must vouch for its bytes.
 * @throws ChantalError E_UNSIGNED, E_SIGNATURE, E_METADATA, E_METADATA_LIMIT naming the package
 */
export async function verifyPackage(artifact: ListedArtifact, file: PackageFile, trust: PackageTrust): Promise<Signer> {
  try {
    const head = await readHead(file);
    const signer = await verifySignatures(head, artifact, file, trust);
    assertHeaderDigests(head);
    assertDescribed(artifact, head.header);
    return signer;
  } catch (error) {
    throw isChantalError(error) ? error.within({ path: artifact.path, package: labelOf(artifact) }) : error;
  }
}

async function readHead(file: PackageFile): Promise<PackageHead> {
  for (let lengthBytes = headBytes; ;) {
    const start = await file.start(lengthBytes);
    const parsed = parsePackageHead(start);
    if (!('needBytes' in parsed)) return parsed;
    if (start.length < lengthBytes) {
      throw new ChantalError('E_METADATA', 'the package ends within its header', {
        context: { expected: `at least ${parsed.needBytes} bytes`, found: `${start.length} bytes` },
      });
    }
    lengthBytes = parsed.needBytes;
  }
}

async function verifySignatures(head: PackageHead, artifact: ListedArtifact, file: PackageFile, { trust, isListSigned }: PackageTrust): Promise<Signer> {
  const { signatures, headerBytes, headerStart } = head;
  const ofHeader = signatures.binary(SignatureTag.rsaHeader) ?? signatures.binary(SignatureTag.dsaHeader);
  const ofFile = signatures.binary(SignatureTag.pgp) ?? signatures.binary(SignatureTag.gpg);
  if (ofHeader === undefined) {
    if (ofFile === undefined) throw unsigned(artifact);
    return trust.verifyDetached(skip(file, headerStart), ofFile);
  }
  const signer = await trust.verifyDetached(headerBytes, ofHeader);
  const payload = payloadChecksum(head.header);
  if (payload !== undefined) await assertPayload(file, head.payloadStart, payload);
  // The list's signature covers the checksum of every byte, and has been compared with it.
  else if (isListSigned) return signer;
  else if (ofFile !== undefined) await trust.verifyDetached(skip(file, headerStart), ofFile);
  else throw uncovered(artifact);
  return signer;
}

/** Digests that can be forged are as good as none. */
function payloadChecksum(header: Header): Checksum | undefined {
  const hex = header.string(HeaderTag.payloadDigest);
  const algorithm = payloadHashes[header.int32(HeaderTag.payloadDigestAlgorithm) ?? 8];
  return hex === undefined || algorithm === undefined ? undefined : parseChecksum(algorithm, hex);
}

async function assertPayload(file: PackageFile, start: number, expected: Checksum): Promise<void> {
  const measure = new Measure(expected.algorithm);
  for await (const chunk of skip(file, start)) measure.update(chunk);
  const { checksum } = measure.finish();
  if (sameChecksum(checksum, expected)) return;
  throw new ChantalError('E_SIGNATURE', 'the payload is not the one that the signed header of the package names', {
    hint: 'Somebody changed the package after it was signed. Do not use it; tell the repository\'s owner.',
    context: { expected: formatChecksum(expected), found: formatChecksum(checksum) },
  });
}

/**
 * They stand outside of what is signed, and prove nothing; but clients refuse a package in which one is wrong. The old MD5 of header and
 * payload is not among them: it would cost more than all else that is verified, for sixteen bytes.
 */
function assertHeaderDigests({ signatures, headerBytes }: PackageHead): void {
  for (const [algorithm, tag] of [['sha1', SignatureTag.sha1Header], ['sha256', SignatureTag.sha256Header]] as const) {
    const stated = signatures.string(tag);
    if (stated === undefined) continue;
    const measure = new Measure(algorithm);
    measure.update(headerBytes);
    const { hex } = measure.finish().checksum;
    if (stated.toLowerCase() === hex) continue;
    throw new ChantalError('E_METADATA', `the package states a ${algorithm} of its header that is another one's`, {
      hint: 'The package is damaged, and clients refuse it. Tell the repository\'s owner.',
      context: { expected: hex, found: stated.slice(0, 64) },
    });
  }
}

async function* skip(file: PackageFile, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of file.open()) {
    if (chunk.length > left) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
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

function uncovered(artifact: ListedArtifact): ChantalError {
  return new ChantalError('E_SIGNATURE', `nothing that is signed vouches for the payload of ${labelOf(artifact)}`, {
    hint: 'The signature covers the header only, which does not name the payload\'s digest, and the repository\'s metadata is not signed. Tell its owner.',
    context: { expected: 'a payload digest in the header, or a signature of header and payload', found: 'a signature of the header' },
  });
}
