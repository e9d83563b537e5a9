/** Upstream: container registries (OCI distribution specification): tags, manifests, and where a layer lies. Knows no format. */

import { createHash } from 'node:crypto';
import type { Expected } from '../core/digest.js';
import { ChantalError, isChantalError } from '../core/errors.js';
import { forEachConcurrent } from '../core/for-each-concurrent.js';
import { formatOciLocator, parseOci, type Locator, type OciAddress, type OciTag, type Place } from '../core/locator.js';
import { redactUrl } from '../core/redact.js';
import { judge, outOfPlace } from './answers.js';
import { manifestTypes, parseImageManifest, type Layer } from './image-manifest.js';
import { receiveSmall } from './receive.js';
import { createTokens } from './registry-tokens.js';
import type { Answer, Requester } from './request.js';
import { TransientFailure, withRetries } from './retry.js';
import type { UpstreamSettings } from './settings.js';
import type { Transfers } from './transfers.js';
import { drainBody } from './unwanted.js';

export interface Registries {
  /** @throws ChantalError E_UPSTREAM_MISSING when there is no such image, or it has no such layer; E_METADATA, E_CHECKSUM */
  describe(locator: Locator, signal?: AbortSignal): Promise<Required<Expected>>;
  /** Where to fetch a layer, and what is known of it then. A sha256 that is expected is the layer's own name: its image need not be there any more. */
  findLayer(locator: Locator, expected: Expected, signal?: AbortSignal): Promise<{ readonly requester: Requester; readonly url: string; readonly known: Expected }>;
  /** See `Reader.listTags`. */
  listTags(repository: Locator, isWanted: (tag: string) => boolean, signal?: AbortSignal): Promise<readonly OciTag[] | undefined>;
}

export function isOci(place: Place): place is Locator {
  return place.startsWith('oci://');
}

/** The specification asks registries to take manifests of 4 MiB. */
const manifestLimitBytes = 4 * 1024 * 1024;
const tagsLimitBytes = 16 * 1024 * 1024;
const tagsPerPage = 1000;
const maxPages = 1000;
const askedAtOnce = 8;

export function createRegistries(transfers: Transfers, { origins }: Pick<UpstreamSettings, 'origins'>): Registries {
  const { parts, retryRules } = transfers;
  const requesterFor = createTokens(transfers);
  const plain = new Set(origins.map(({ origin }) => origin).filter((origin) => origin.startsWith('http://')));
  const manifests = new Map<string, Promise<readonly Layer[]>>();

  const open = ({ registry, repository }: OciAddress): { readonly base: string; readonly requester: Requester } => {
    const origin = plain.has(`http://${registry}`) ? `http://${registry}` : `https://${registry}`;
    return { base: `${origin}/v2/${repository}`, requester: requesterFor(`repository:${repository}:pull`) };
  };

  const readManifest = async (address: OciAddress, signal?: AbortSignal): Promise<Answered> => {
    const { base, requester } = open(address);
    const url = `${base}/manifests/${address.digest ?? address.tag}`;
    const answered = await withRetries(retryRules, async () => readBody(transfers, requester, url, manifestLimitBytes, signal), signal);
    if (answered === undefined) throw missing(address, 'there is no such image in the registry');
    assertNamed(answered, address);
    return answered;
  };

  const findLayers = async (address: OciAddress, signal?: AbortSignal): Promise<readonly Layer[]> => {
    const { registry, repository, tag, digest } = address;
    if (tag === undefined && digest === undefined) throw new Error('an image is named by tag or digest');
    const key = `${registry}/${repository}@${digest ?? tag}`;
    // The layers of one image are asked for one after the other.
    const known = manifests.get(key) ?? readManifest(address, signal).then(({ bytes }) => parseImageManifest(bytes));
    manifests.set(key, known);
    known.catch(() => manifests.delete(key));
    return known;
  };

  const describe = async (locator: Locator, signal?: AbortSignal): Promise<Layer> => {
    const address = parseOci(locator);
    try {
      const layers = (await findLayers(address, signal)).filter(({ mediaType }) => mediaType === address.mediaType);
      const [layer, other] = layers;
      if (layer === undefined) throw missing(address, `the image has no layer of type ${address.mediaType}`);
      if (other !== undefined) throw new ChantalError('E_METADATA', `the image has several layers of type ${address.mediaType}`);
      return layer;
    } catch (error) {
      throw isChantalError(error) ? error.within({ url: redactUrl(locator) }) : error;
    }
  };

  /** undefined: gone since it was listed. */
  const readDigest = async (address: OciAddress, signal?: AbortSignal): Promise<string | undefined> => {
    const { base, requester } = open(address);
    const url = `${base}/manifests/${address.tag}`;
    const answer = await withRetries(retryRules, async () => {
      const head = await requester.get(url, acceptManifests, signal, { isHead: true });
      return (await judge(head, parts.nowMs())) === 'missing' ? undefined : head;
    }, signal);
    if (answer === undefined) return undefined;
    await drainBody(answer.body);
    const { 'docker-content-digest': digest } = answer.headers;
    if (typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
    const answered = await withRetries(retryRules, async () => readBody(transfers, requester, url, manifestLimitBytes, signal), signal);
    return answered === undefined ? undefined : digestOfBytes(answered.bytes);
  };

  return {
    async describe(locator, signal) {
      const { checksum, sizeBytes } = await describe(locator, signal);
      return { checksum, sizeBytes };
    },
    async findLayer(locator, expected, signal) {
      const { base, requester } = open(parseOci(locator));
      const isNamed = expected.checksum?.algorithm === 'sha256';
      const known = isNamed ? expected : await describe(locator, signal);
      return { requester, url: `${base}/blobs/${known.checksum?.algorithm}:${known.checksum?.hex}`, known };
    },
    async listTags(repository, isWanted, signal) {
      const address = parseOci(repository);
      try {
        const { base, requester } = open(address);
        const names = await readTags(transfers, requester, base, signal);
        if (names === undefined) return undefined;
        const tags: OciTag[] = [];
        await forEachConcurrent(names.filter(isWanted), askedAtOnce, async (tag) => {
          const digest = await readDigest(parseOci(formatOciLocator({ ...address, tag })), signal);
          if (digest !== undefined) tags.push({ tag, digest });
        });
        return tags.sort((a, b) => (a.tag < b.tag ? -1 : 1));
      } catch (error) {
        throw isChantalError(error) ? error.within({ url: redactUrl(repository) }) : error;
      }
    },
  };
}

const acceptManifests = { accept: manifestTypes.join(', ') };

interface Answered {
  readonly bytes: Buffer;
  readonly answer: Answer;
}

/** One try. undefined: it is not there. */
async function readBody({ parts }: Transfers, requester: Requester, url: string, limitBytes: number, signal?: AbortSignal): Promise<Answered | undefined> {
  const answer = await requester.get(url, acceptManifests, signal);
  const verdict = await judge(answer, parts.nowMs());
  if (verdict === 'missing') return undefined;
  if (verdict !== 'body') throw outOfPlace(answer);
  const bytes = await receiveSmall(answer, { ...parts.rules, limitBytes }, signal);
  assertUnaltered(bytes, answer);
  return { bytes, answer };
}

/** What a registry says of a manifest besides: worth another try where it does not hold. */
function assertUnaltered(bytes: Buffer, { headers, url }: Answer): void {
  const { 'docker-content-digest': stated } = headers;
  const found = digestOfBytes(bytes);
  if (typeof stated !== 'string' || !stated.startsWith('sha256:') || stated === found) return;
  throw new TransientFailure(differs(stated, found).within({ url }), { isCorrupt: true });
}

/** The digest that somebody else has named it by. */
function assertNamed({ bytes }: Answered, { digest }: OciAddress): void {
  const found = digestOfBytes(bytes);
  if (digest !== undefined && digest !== found) throw differs(digest, found);
}

function differs(expected: string, found: string): ChantalError {
  return new ChantalError('E_CHECKSUM', 'the image\'s manifest is not the one that its digest names', { context: { expected, found } });
}

function digestOfBytes(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** All pages. undefined: there is no such repository. */
async function readTags(transfers: Transfers, requester: Requester, base: string, signal?: AbortSignal): Promise<readonly string[] | undefined> {
  const names = new Set<string>();
  let url: string | undefined = `${base}/tags/list?n=${tagsPerPage}`;
  for (let page = 0; url !== undefined; page += 1) {
    const at: string = url;
    if (page === maxPages) throw new ChantalError('E_METADATA_LIMIT', `the registry lists tags on more than ${maxPages} pages`, { context: { url: redactUrl(at) } });
    const answered: Answered | undefined = await withRetries(transfers.retryRules, async () => readBody(transfers, requester, at, tagsLimitBytes, signal), signal);
    if (answered === undefined) return undefined;
    for (const tag of parseTags(answered.bytes)) names.add(tag);
    url = nextPage(answered.answer.headers['link'], at, base);
  }
  return [...names].sort();
}

function parseTags(bytes: Buffer): readonly string[] {
  let tags: unknown;
  try {
    ({ tags } = JSON.parse(bytes.toString()) as { readonly tags?: unknown });
  } catch (error) {
    throw new ChantalError('E_METADATA', 'the registry\'s list of tags is no JSON', { cause: error });
  }
  // Of a repository that lost all of them, registries say null.
  if (tags === null) return [];
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) throw new ChantalError('E_METADATA', 'the registry\'s list of tags is none');
  return tags;
}

/** `</v2/charts/a/tags/list?last=1.2.3&n=1000>; rel="next"` (RFC 8288). It goes on with the same list, nowhere else. */
function nextPage(link: string | string[] | undefined, at: string, base: string): string | undefined {
  const target = (typeof link === 'string' ? [link] : link ?? []).map((each) => /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(each)?.[1]).find((each) => each !== undefined);
  if (target === undefined) return undefined;
  const url = URL.canParse(target, at) ? new URL(target, at).href : '';
  if (url.startsWith(`${base}/tags/list?`) && url !== at) return url;
  throw new ChantalError('E_UPSTREAM', 'the registry\'s list of tags goes on elsewhere', { context: { url: redactUrl(at), found: redactUrl(target) } });
}

function missing({ registry, repository, tag, digest }: OciAddress, why: string): ChantalError {
  return new ChantalError('E_UPSTREAM_MISSING', why, {
    hint: 'Try again later: upstream may be in the middle of an update. If it stays, tell its owner.',
    context: { url: `oci://${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}` },
  });
}
