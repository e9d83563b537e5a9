/** Formats, index: Helm's index.yaml: of the repositories that a catalog's charts come from, and of those that are published. Source: Helm, pkg/repo/index.go. */

import { parse, stringify } from 'yaml';
import { ChantalError } from '../../core/errors.js';
import type { Reader } from '../../core/format.js';
import type { Artifact, StoredArtifact } from '../../core/repository.js';
import { chartIndexPath, chartPath } from './paths.js';

export interface ChartEntry {
  readonly name: string;
  readonly version: string;
  readonly appVersion: string;
  /** Absolute, or relative to the index's directory. */
  readonly url: string;
  /** Hexadecimal digits. */
  readonly sha256?: string;
}

/**
 * What cannot be mirrored (no address) is left out.
 * @throws ChantalError E_METADATA when it is no index
 */
export function parseChartIndex(bytes: Buffer, path: string): readonly ChartEntry[] {
  let document: unknown;
  try {
    document = parse(bytes.toString('utf8'), { maxAliasCount: 0, uniqueKeys: true });
  } catch (error) {
    throw new ChantalError('E_METADATA', `${path} is no YAML: ${(error as Error).message.split('\n', 1)[0] ?? ''}`, { cause: error, context: { path } });
  }
  const { entries } = (document ?? {}) as { readonly entries?: unknown };
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries)) throw new ChantalError('E_METADATA', `${path} has no entries: it is no index of charts`, { context: { path } });
  return Object.entries(entries).flatMap(([name, versions]) => (Array.isArray(versions) ? versions.flatMap((version) => readEntry(name, version)) : []));
}

function readEntry(name: string, raw: unknown): readonly ChartEntry[] {
  const { version, appVersion, urls, digest } = (raw ?? {}) as Readonly<Record<string, unknown>>;
  const url: unknown = Array.isArray(urls) ? urls[0] : undefined;
  if (typeof version !== 'string' || typeof url !== 'string' || !URL.canParse(url, 'https://localhost/')) return [];
  const sha256 = typeof digest === 'string' ? /^(?:sha256:)?([0-9a-f]{64})$/i.exec(digest)?.[1]?.toLowerCase() : undefined;
  return [{ name, version, appVersion: typeof appVersion === 'string' ? appVersion : '', url, ...(sha256 === undefined ? {} : { sha256 }) }];
}

/** Of charts in the pool, as they are published beside it. Deterministic: no time of making, sorted. */
export function renderChartIndex(charts: readonly StoredArtifact[], descriptionOf: (addon: string) => string): Buffer {
  const entries: Record<string, object[]> = {};
  for (const { name, version, digest, attributes } of charts) {
    (entries[name] ??= []).push({
      apiVersion: 'v2',
      name,
      version,
      ...(attributes['app_version'] === undefined ? {} : { appVersion: attributes['app_version'] }),
      description: descriptionOf(attributes['addon'] ?? ''),
      digest,
      urls: [`${name}-${version}.tgz`],
    });
  }
  return Buffer.from(stringify({ apiVersion: 'v1', entries }, { sortMapEntries: false, lineWidth: 0 }));
}

/** Of a published tree of ours. */
export async function readPublishedCharts(reader: Reader): Promise<readonly Artifact[]> {
  const file = await reader.readRoot(chartIndexPath);
  if (file === undefined) return [];
  return parseChartIndex(file.bytes, chartIndexPath).map(({ name, version, appVersion, sha256 }) => ({
    path: chartPath(name, version), name, version, arch: 'chart',
    ...(sha256 === undefined ? {} : { checksum: { algorithm: 'sha256' as const, hex: sha256 } }),
    attributes: appVersion === '' ? {} : { app_version: appVersion },
  }));
}
