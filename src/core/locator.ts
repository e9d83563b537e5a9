/** Core: where an artifact lies that is not below its repository's own address: on another server, or in a container registry. Pure. */

import { ChantalError } from './errors.js';
import { redactUrl } from './redact.js';
import type { RelativePath } from './relative-path.js';

/**
 * An absolute address of one file: `https://host/path`, or `oci://registry/repository:tag@sha256:…#media/type`, which is the layer
 * of that media type in the image that tag or digest name. Never with a user name.
 */
export type Locator = string & { readonly __locator: true };

/** Where upstream has a file: below the repository's address, or at an address of its own. No normalised path looks like one. */
export type Place = RelativePath | Locator;

/** The attribute under which an artifact carries its locator: kept with the version, so that a repair finds the file again. */
export const locatorAttribute = 'locator';

const maxLocatorLength = 4000;

export function isLocator(place: Place): place is Locator {
  return place.includes('://');
}

/** @throws ChantalError E_METADATA_PATH when it is no http, https or oci address, or carries a user name */
export function parseLocator(raw: string): Locator {
  if (raw.startsWith('oci://')) return formatOciLocator(parseOci(raw));
  const refuse = (why: string): ChantalError => badAddress(raw, why);
  if (raw.length > maxLocatorLength) throw refuse(`is longer than ${maxLocatorLength} characters`);
  if (/[\s\u0000-\u001f\u007f\\]/.test(raw) || !/^https?:\/\/[^/]/i.test(raw) || !URL.canParse(raw)) throw refuse('is no http://, https:// or oci:// address');
  const url = new URL(raw);
  if (url.username !== '' || url.password !== '') throw refuse('carries a user name');
  url.hash = '';
  return url.href as Locator;
}

/** Where the bytes of an artifact are to be had. */
export function placeOf({ path, attributes }: { readonly path: RelativePath; readonly attributes: Readonly<Record<string, string>> }): Place {
  const locator = attributes[locatorAttribute];
  return locator === undefined ? path : parseLocator(locator);
}

/** A file in a container registry (OCI distribution specification): a layer of an image. */
export interface OciAddress {
  /** `ghcr.io`, `registry.example.org:5000`. */
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  /** Of the manifest, `sha256:…`; with a tag besides it, the digest counts. */
  readonly digest?: string;
  /** Of the layer; undefined: the address is of the whole repository. */
  readonly mediaType?: string;
}

/** A tag of a repository in a registry, and what it names now. */
export interface OciTag {
  readonly tag: string;
  /** Of the manifest: `sha256:…`. */
  readonly digest: string;
}

/** The same that `parseLocator` does, in parts. @throws ChantalError E_METADATA_PATH */
export function parseOci(raw: string): OciAddress {
  const refuse = (why: string): ChantalError => badAddress(raw, why);
  const match = /^oci:\/\/([^/?#@\s]+)\/([^?#\s]+?)(?:#([^\s#]+))?$/.exec(raw);
  const [, registry = '', rest = '', mediaType] = match ?? [];
  if (raw.length > maxLocatorLength || !registryPattern.test(registry)) throw refuse('is no address in a registry: oci://registry/repository');
  const [, repository = '', tag, digest] = /^([^:@]+)(?::([^:@]+))?(?:@(.+))?$/.exec(rest) ?? [];
  if (!repositoryPattern.test(repository) || repository.length > 255) throw refuse('has a name that no registry takes: lower-case letters, digits, ., _, - and /');
  if (tag !== undefined && !tagPattern.test(tag)) throw refuse('has a tag that no registry takes');
  if (digest !== undefined && !digestPattern.test(digest)) throw refuse('has a digest that is no sha256:…');
  if (mediaType !== undefined && !mediaTypePattern.test(mediaType)) throw refuse('names a media type that is none');
  return {
    registry: registry.toLowerCase(), repository,
    ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }), ...(mediaType === undefined ? {} : { mediaType }),
  };
}

export function formatOciLocator({ registry, repository, tag, digest, mediaType }: OciAddress): Locator {
  const reference = `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  return `oci://${registry}/${repository}${reference}${mediaType === undefined ? '' : `#${mediaType}`}` as Locator;
}

const registryPattern = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/i;
const repositoryPattern = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^\w[\w.-]{0,127}$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;
const mediaTypePattern = /^[\w!&^.+-]+\/[\w!&^.+-]+$/;

function badAddress(raw: string, why: string): ChantalError {
  const shown = redactUrl(raw).slice(0, 200);
  return new ChantalError('E_METADATA_PATH', `upstream names an address that ${why}: ${JSON.stringify(shown)}`, {
    hint: 'The metadata is damaged or hostile; tell the repository\'s owner.',
    context: { url: shown },
  });
}
