/** Upstream: the manifest of an image in a registry (OCI image specification; Docker's second form says the same): which layers it has. Pure. */

import { parseChecksum, type Checksum } from '../core/digest.js';
import { ChantalError } from '../core/errors.js';

export interface Layer {
  readonly mediaType: string;
  readonly checksum: Checksum;
  readonly sizeBytes: number;
}

/** What is asked for, the preferred first. */
export const manifestTypes = ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v2+json'] as const;

const maxLayers = 1000;

/** @throws ChantalError E_METADATA when it is none, or an index of several images */
export function parseImageManifest(bytes: Buffer): readonly Layer[] {
  const manifest = parseObject(bytes);
  const { layers, mediaType, manifests } = manifest;
  if (manifests !== undefined) throw damaged('is an index of several images, where one is expected');
  if (mediaType !== undefined && !(manifestTypes as readonly unknown[]).includes(mediaType)) throw damaged(`is of type ${JSON.stringify(mediaType).slice(0, 100)}`);
  if (manifest['schemaVersion'] !== 2 || !Array.isArray(layers)) throw damaged('has no layers');
  if (layers.length > maxLayers) throw damaged(`has more than ${maxLayers} layers`);
  return layers.map(parseLayer);
}

function parseLayer(layer: unknown): Layer {
  if (typeof layer !== 'object' || layer === null) throw damaged('has a layer that is none');
  const { mediaType, digest, size } = layer as Readonly<Record<string, unknown>>;
  if (typeof mediaType !== 'string' || typeof digest !== 'string') throw damaged('has a layer without mediaType or digest');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw damaged('has a layer without a size');
  const [algorithm = '', hex = ''] = digest.split(':');
  return { mediaType, checksum: parseChecksum(algorithm, hex), sizeBytes: size };
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    throw damaged('is no JSON', error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw damaged('is no JSON object');
  return value as Record<string, unknown>;
}

function damaged(why: string, cause?: unknown): ChantalError {
  return new ChantalError('E_METADATA', `the image's manifest ${why}`, cause === undefined ? {} : { cause });
}
