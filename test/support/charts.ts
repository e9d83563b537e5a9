/** Test support: Helm charts as `helm package` makes them, and the layout that skopeo brings into a registry. Same input, same bytes. */

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { stringify } from 'yaml';

export interface ChartFacts {
  readonly name: string;
  readonly version: string;
  /** Of Chart.yaml, besides or instead of what is usual. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Files beside Chart.yaml, by their path in the chart; those that begin with `<` come before it. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
}

const madeAt = new Date('2025-01-02T03:04:05Z');

export function chartFacts({ name, version, more }: ChartFacts): Record<string, unknown> {
  return { apiVersion: 'v2', name, version, appVersion: '1.0', description: `The chart ${name}`, ...more };
}

export async function makeChart(facts: ChartFacts): Promise<Buffer> {
  const { name, files = { 'values.yaml': 'replicas: 1\n', 'templates/all.yaml': 'kind: List\n' } } = facts;
  const early = Object.entries(files).filter(([path]) => path.startsWith('<')).map(([path, body]) => [path.slice(1), body] as const);
  const late = Object.entries(files).filter(([path]) => !path.startsWith('<'));
  return makeArchive([...early, ['Chart.yaml', stringify(chartFacts(facts))] as const, ...late].map(([path, body]) => [`${name}/${path}`, body]));
}

export async function makeArchive(entries: readonly (readonly [string, string | Buffer])[]): Promise<Buffer> {
  const pack = tar.pack();
  for (const [name, body] of entries) pack.entry({ name, mtime: madeAt, mode: 0o644 }, body);
  pack.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of pack as AsyncIterable<Buffer>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks));
}

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export const chartLayer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
export const provenanceLayer = 'application/vnd.cncf.helm.chart.provenance.v1.prov';

/** An OCI image layout of one chart, as `helm push` would send it. @returns the manifest's digest */
export function writeOciLayout(directory: string, facts: ChartFacts, chart: Buffer, provenance?: string): string {
  const put = (bytes: Buffer): { readonly digest: string; readonly size: number } => {
    const hex = sha256(bytes);
    const path = join(directory, 'blobs/sha256', hex);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const config = { mediaType: 'application/vnd.cncf.helm.config.v1+json', ...put(Buffer.from(JSON.stringify(chartFacts(facts)))) };
  const layers = [
    { mediaType: chartLayer, ...put(chart) },
    ...(provenance === undefined ? [] : [{ mediaType: provenanceLayer, ...put(Buffer.from(provenance)) }]),
  ];
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = put(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers })));
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(directory, 'index.json'), JSON.stringify({
    schemaVersion: 2,
    manifests: [{ mediaType, ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'it' } }],
  }));
  return manifest.digest;
}
