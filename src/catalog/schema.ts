/** Catalog: the shapes of its files, format_version 3.0. What is read may hold more than is named here; what is written is checked against these. */

import { z } from 'zod';
import { exporterPattern, formatVersion, statuses, wordPattern } from './vocabulary.js';

const status = z.enum(statuses).describe('success: in the pool and published; failed: listed, and could not be had; pending: not there yet; na: not asked for.');
const moment = z.iso.datetime({ offset: true });
const sha256 = z.string().regex(/^([0-9a-f]{64})?$/).describe('Hex. Empty where there is no file.');
const sizeBytes = z.int().min(0);
const url = z.string().describe('Relative to the file that names it, or absolute.');
const version = z.string().min(1).describe('Upstream\'s own, without a leading v.');

const head = {
  format_version: z.literal(formatVersion),
  exporter: z.string().regex(exporterPattern),
  version,
  build_date: moment,
  status,
};

const place = {
  arch: z.string().regex(wordPattern).describe('amd64, arm64; others by their native name.'),
  dist: z.string().regex(wordPattern).describe('el9, ubuntu-22.04, debian-12; any where nothing is known.'),
  package: z.looseObject({ filename: z.string().min(1), url, sha256, size_bytes: sizeBytes }),
  repository: z.string().optional().describe('Which repository holds it, in a catalog over several.'),
};

export const rpmArtifactSchema = z.looseObject({
  ...head,
  ...place,
  artifact_type: z.literal('rpm'),
  rpm_metadata: z.looseObject({
    name: z.string(), epoch: z.string(), version: z.string(), release: z.string(), arch: z.string(),
    summary: z.string(), license: z.string(), vendor: z.string(), group: z.string(),
  }).partial().optional().describe('What the package says of itself.'),
});

export const debArtifactSchema = z.looseObject({
  ...head,
  ...place,
  artifact_type: z.literal('deb'),
  deb_metadata: z.looseObject({
    package: z.string(), version: z.string(), architecture: z.string(), section: z.string(), priority: z.string(),
    description: z.string(), maintainer: z.string(),
  }).partial().optional().describe('What the package says of itself.'),
});

const layer = z.looseObject({ digest: z.string(), size: sizeBytes });

const image = z.looseObject({
  registry: z.string(), repository: z.string(), tag: z.string().optional(), tags: z.array(z.string()).optional(), digest: z.string().optional(),
  platforms: z.array(z.string()).optional(), architectures: z.array(z.string()).optional(), size_bytes: sizeBytes.optional(), created: z.string().optional(),
});

export const dockerArtifactSchema = z.looseObject({
  ...head,
  artifact_type: z.literal('docker'),
  image: image.optional().describe('The first of images.'),
  images: z.array(image).optional(),
  manifest: z.looseObject({
    schemaVersion: z.int(), mediaType: z.string().optional(), config: layer.optional(), layers: z.array(layer).optional(),
  }).optional(),
});

const leaf = z.looseObject({
  status, url: url.optional(), size_bytes: sizeBytes.optional(), sha256: sha256.optional(), build_date: moment.optional(), version: version.optional(),
});

const leaves = z.record(z.string(), z.record(z.string(), leaf)).describe('By dist, by arch.');

export const metadataSchema = z.looseObject({
  format_version: z.literal(formatVersion),
  exporter: z.string().regex(exporterPattern),
  version,
  category: z.string(),
  description: z.string(),
  last_updated: moment.describe('The newest build_date.'),
  artifacts: z.looseObject({ rpm: leaves, deb: leaves, docker: z.looseObject({ status }) }).partial(),
  status: z.looseObject({ rpm: status, deb: status, docker: status }),
  inputs: z.string().optional().describe('Digest of the files that this was made of.'),
});

const entry = {
  name: z.string().regex(exporterPattern), version, category: z.string(),
};

export const catalogSchema = z.looseObject({
  format_version: z.literal(formatVersion),
  generated_at: moment.describe('The newest last_updated.'),
  exporters: z.array(z.looseObject({
    ...entry, description: z.string(), last_updated: moment,
    rpm_status: status, deb_status: status, docker_status: status, metadata_url: url,
  })),
});

export const catalogIndexSchema = z.looseObject({
  version: z.literal(formatVersion),
  exporters: z.array(z.looseObject({ ...entry, last_updated: moment.nullable() })),
});

export type RpmArtifact = z.output<typeof rpmArtifactSchema>;
export type DebArtifact = z.output<typeof debArtifactSchema>;
export type DockerArtifact = z.output<typeof dockerArtifactSchema>;
export type CatalogArtifact = RpmArtifact | DebArtifact | DockerArtifact;
export type Image = z.output<typeof image>;
export type Leaf = z.output<typeof leaf>;
export type Metadata = z.output<typeof metadataSchema>;
export type Catalog = z.output<typeof catalogSchema>;
export type CatalogEntry = Catalog['exporters'][number];
export type CatalogIndex = z.output<typeof catalogIndexSchema>;
