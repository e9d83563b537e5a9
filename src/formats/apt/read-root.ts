/** Formats, apt: the documents that everything else follows from, InRelease or Release with Release.gpg: fetched, verified, dated. */

import { digestOf } from '../../core/digest.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import type { Reader, RootFile } from '../../core/format.js';
import type { Trust } from '../../core/ports.js';
import type { RelativePath } from '../../core/relative-path.js';
import type { Root, StoredFile } from '../../core/repository.js';
import { readClearText } from './clear-text.js';
import { parseDistribution, pathIn, type Distribution } from './distribution.js';
import type { AptOptions } from './options.js';
import { parseRelease, type Release } from './release.js';

/** A clock that is behind by more than this is a clock to be set, not a Release to be believed (apt: Acquire::Max-FutureTime). */
const maxFutureMs = 3_600_000;

/** In order of preference, what every apt can read first. */
const bareSuffixes = ['.gz', '.xz', '.zst', '.bz2', ''] as const;

/** What was read of one distribution. */
interface DistributionRoot {
  readonly stored: readonly StoredFile[];
  readonly signers: readonly string[];
  readonly date?: readonly [path: string, iso: string];
  readonly validUntil?: Date;
  readonly warnings: readonly string[];
}

/** See `Format.readRoot`. One conditional request a distribution where InRelease exists. */
export async function readRoot(reader: Reader, options: AptOptions): Promise<Root> {
  const roots: DistributionRoot[] = [];
  for (const name of new Set(options.distributions)) {
    roots.push(await readDistribution(reader, parseDistribution(name), options));
  }
  const stored = roots.flatMap((root) => root.stored);
  const expiries = roots.flatMap((root) => (root.validUntil === undefined ? [] : [root.validUntil.getTime()]));
  return {
    fingerprint: digestOf(stored.map(({ path, digest }) => `${path}\0${digest}\n`).join('')),
    stored,
    signedBy: [...new Set(roots.flatMap((root) => root.signers))].sort(),
    dates: Object.fromEntries(roots.flatMap((root) => (root.date === undefined ? [] : [root.date]))),
    ...(expiries.length === 0 ? {} : { validUntil: new Date(Math.min(...expiries)).toISOString() }),
    warnings: roots.flatMap((root) => root.warnings),
  };
}

/** The keys that Release must be signed with; undefined where it is taken as it is. */
export function releaseTrust(reader: Reader): Trust | undefined {
  return reader.rootSignature === false ? undefined : reader.trust;
}

/** The text of an InRelease: with trust, exactly what the signature covers. @throws E_SIGNATURE, E_METADATA */
export async function readInRelease(
  bytes: Buffer, path: string, trust: Trust | undefined,
): Promise<{ readonly content: Buffer; readonly signers: readonly string[] }> {
  if (trust === undefined) return { content: readClearText(bytes, path), signers: [] };
  const { content, signer } = await locate(path, () => trust.verifyInline(bytes));
  return { content, signers: [signer.fingerprint] };
}

async function readDistribution(reader: Reader, distribution: Distribution, options: AptOptions): Promise<DistributionRoot> {
  const trust = releaseTrust(reader);
  const denials: ChantalError[] = [];
  const read = (name: string): Promise<RootFile | undefined> => readIfAllowed(reader, pathIn(distribution, name), denials);
  const root = await readInline(read, reader, distribution, options) ?? await readDetached(read, reader, distribution, options);
  if (root !== undefined) return root;
  if (distribution.isFlat && trust === undefined) {
    const bare = await readBare(read, distribution, options);
    if (bare !== undefined) return bare;
  }
  throw denials[0] ?? missingRelease(distribution);
}

type ReadName = (name: string) => Promise<RootFile | undefined>;

async function readInline(read: ReadName, reader: Reader, distribution: Distribution, options: AptOptions): Promise<DistributionRoot | undefined> {
  const file = await read('InRelease');
  if (file === undefined) return undefined;
  const path = pathIn(distribution, 'InRelease');
  const { content, signers } = await readInRelease(file.bytes, path, releaseTrust(reader));
  return { stored: [storedRoot(path, 'inrelease', file)], signers, ...judge(parseRelease(content, path), path, distribution, reader, options) };
}

async function readDetached(read: ReadName, reader: Reader, distribution: Distribution, options: AptOptions): Promise<DistributionRoot | undefined> {
  const file = await read('Release');
  if (file === undefined) return undefined;
  const path = pathIn(distribution, 'Release');
  const signature = await read('Release.gpg');
  const signers = await verifyRelease(file.bytes, signature?.bytes, path, releaseTrust(reader));
  const stored = [storedRoot(path, 'release', file)];
  if (signature !== undefined) stored.push(storedRoot(pathIn(distribution, 'Release.gpg'), 'release.gpg', signature));
  return { stored, signers, ...judge(parseRelease(file.bytes, path), path, distribution, reader, options) };
}

async function verifyRelease(
  bytes: Buffer, signature: Buffer | undefined, path: string, trust: Trust | undefined,
): Promise<readonly string[]> {
  if (trust === undefined) return [];
  if (signature === undefined) throw unsigned(path);
  const signer = await locate(`${path}.gpg`, () => trust.verifyDetached(bytes, signature));
  return [signer.fingerprint];
}

/** A flat repository of nothing but indexes, as dpkg-scanpackages leaves it: one variant of each. */
async function readBare(read: ReadName, distribution: Distribution, options: AptOptions): Promise<DistributionRoot | undefined> {
  const packages = await readFirst(read, distribution, 'Packages');
  if (packages === undefined) return undefined;
  const sources = options.hasSources ? await readFirst(read, distribution, 'Sources') : undefined;
  const warning = `${distribution.name} has neither InRelease nor Release: clients need [trusted=yes] for it, and nothing proves where it comes from`;
  return { stored: sources === undefined ? [packages] : [packages, sources], signers: [], warnings: [warning] };
}

async function readFirst(read: ReadName, distribution: Distribution, name: 'Packages' | 'Sources'): Promise<StoredFile | undefined> {
  for (const suffix of bareSuffixes) {
    const file = await read(`${name}${suffix}`);
    if (file !== undefined) return storedRoot(pathIn(distribution, `${name}${suffix}`), name.toLowerCase(), file);
  }
  return undefined;
}

/** Some servers answer 403 for what they do not have (S3 without the right to list): as apt does, the next name is tried first. */
async function readIfAllowed(reader: Reader, path: RelativePath, denials: ChantalError[]): Promise<RootFile | undefined> {
  try {
    return await reader.readRoot(path);
  } catch (error) {
    if (!isChantalError(error, 'E_UPSTREAM_DENIED')) throw error;
    denials.push(error);
    return undefined;
  }
}

/** Dates and names of a Release. An unverified one proves nothing about time, so that it is only warned of. */
function judge(
  release: Release, path: string, distribution: Distribution, reader: Reader, options: AptOptions,
): Pick<DistributionRoot, 'date' | 'validUntil' | 'warnings'> {
  const warnings: string[] = [];
  const complain = (error: ChantalError): void => {
    if (releaseTrust(reader) !== undefined) throw error;
    warnings.push(error.message);
  };
  const now = reader.now.getTime();
  if (release.validUntil !== undefined && release.validUntil.getTime() < now) complain(expired(path, release.validUntil));
  if (release.date !== undefined && release.date.getTime() > now + maxFutureMs) complain(notYetValid(path, release.date));
  const own = [release.suite, release.codename].filter((name) => name !== undefined);
  if (own.length === 0 && distribution.directory !== '') warnings.push(`${path} has neither Suite nor Codename`);
  else if (!isNamedAs(own, distribution, options)) complain(anotherSuite(path, own, distribution));
  return {
    // Under one name, whichever of the two documents it stood in: else the one could be replayed in the place of the other.
    ...(release.date === undefined ? {} : { date: [pathIn(distribution, 'Release'), release.date.toISOString()] as const }),
    ...(release.validUntil === undefined ? {} : { validUntil: release.validUntil }),
    warnings,
  };
}

/** What apt accepts without a warning: `bookworm/updates` may call itself so, or `bookworm`, or `updates`; `./` goes by any name. */
function isNamedAs(own: readonly string[], distribution: Distribution, { suiteNames = [] }: AptOptions): boolean {
  const name = distribution.isFlat ? distribution.directory : distribution.name;
  if (name === '') return true;
  const slash = name.lastIndexOf('/');
  const accepted = [name, name.slice(0, Math.max(slash, 0)), name.slice(slash + 1), ...suiteNames];
  return own.some((candidate) => accepted.includes(candidate));
}

function storedRoot(path: RelativePath, kind: string, file: RootFile): StoredFile {
  return { path, kind, digest: file.digest, sizeBytes: file.sizeBytes, hashNamed: false };
}

async function locate<T>(path: string, verify: () => Promise<T>): Promise<T> {
  try {
    return await verify();
  } catch (error) {
    throw isChantalError(error) ? error.within({ path }) : error;
  }
}

function missingRelease(distribution: Distribution): ChantalError {
  const path = pathIn(distribution, 'InRelease');
  return new ChantalError('E_UPSTREAM_MISSING', `upstream has neither ${path} nor ${pathIn(distribution, 'Release')}`, {
    hint: distribution.isFlat
      ? 'Check the URL and apt.distribution; a flat repository without a Release file can only be mirrored with gpgcheck: false.'
      : 'Check the URL and apt.distribution; a flat repository\'s distribution ends in a slash.',
    context: { path },
  });
}

function unsigned(path: string): ChantalError {
  return new ChantalError('E_UNSIGNED', `${path} is not signed: there is neither InRelease nor Release.gpg`, {
    hint: 'If an unsigned repository is acceptable, set gpgcheck: false in the apt section and give no key.',
    context: { path, expected: `${path}.gpg` },
  });
}

/** One key signs all suites of an archive: a Release moved from one to another verifies as well as before. */
function anotherSuite(path: string, own: readonly string[], distribution: Distribution): ChantalError {
  return new ChantalError('E_SUITE', `${path} calls itself ${own.join(' or ')}, not ${distribution.name}`, {
    hint: `If the owner of the archive means it so, name it in the apt section: suite_names: [${own[0]!}].`,
    context: { path, expected: distribution.name, found: own.join(' or ') },
  });
}

function expired(path: string, validUntil: Date): ChantalError {
  return new ChantalError('E_EXPIRED', `${path} was valid until ${validUntil.toISOString()}`, {
    hint: 'The mirror you sync from may be stale: try another one. Check this machine\'s clock, too.',
    context: { path },
  });
}

function notYetValid(path: string, date: Date): ChantalError {
  return new ChantalError('E_EXPIRED', `${path} is dated in the future, ${date.toISOString()}`, {
    hint: 'Check this machine\'s clock.',
    context: { path },
  });
}
