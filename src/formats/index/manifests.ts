/**
 * Formats, index: what a Kubernetes cluster is given to offer a chart: a ServiceTemplate, and the HelmRepository that it points to.
 * Source: k0rdent's CRDs and the chart that its catalog installs most addons through, whose template follows from name, version and repository.
 */

import { parse, stringify } from 'yaml';
import type { ChartVersion } from '../../core/addons.js';
import type { ClusterObject } from '../../core/cluster.js';
import { ChantalError } from '../../core/errors.js';

/** Written by Chantal as what the cluster serves now; older manifests say v1alpha1, which is no longer served. */
const templateApiVersion = 'k0rdent.mirantis.com/v1beta1';
const repositoryApiVersion = 'source.toolkit.fluxcd.io/v1';

/** The names under which the catalog's own registries are known on every cluster. */
const reservedRepositories: Readonly<Record<string, string>> = {
  'oci://ghcr.io/k0rdent/catalog/charts': 'k0rdent-catalog',
  'oci://registry.mirantis.com/k0rdent-enterprise-catalog': 'k0rdent-enterprise-catalog',
};

/** `minio-14-1-2`: Kubernetes takes no dot there, and neither `+` nor `_`. */
export function templateName({ chart, version }: Pick<ChartVersion, 'chart' | 'version'>): string {
  return `${chart}-${version}`.toLowerCase().replace(/[^a-z0-9-]/g, '-');
}

export function makeServiceTemplate(reference: ChartVersion): ClusterObject {
  return {
    apiVersion: templateApiVersion,
    kind: 'ServiceTemplate',
    metadata: { name: templateName(reference), annotations: { 'helm.sh/resource-policy': 'keep' } },
    spec: {
      helm: {
        chartSpec: {
          chart: reference.chart,
          version: reference.version,
          interval: '10m0s',
          sourceRef: { kind: 'HelmRepository', name: repositoryName(reference.repository) },
        },
      },
    },
  };
}

/** @param name what the ServiceTemplate calls it */
export function makeHelmRepository(url: string, name = repositoryName(url)): ClusterObject {
  return {
    apiVersion: repositoryApiVersion,
    kind: 'HelmRepository',
    metadata: { name, labels: { 'k0rdent.mirantis.com/managed': 'true' } },
    spec: { ...(url.startsWith('oci://') ? { type: 'oci' } : {}), url },
  };
}

/** Of an address: the reserved name, or one made of its host and path. */
export function repositoryName(url: string): string {
  return reservedRepositories[url.replace(/\/+$/, '')]
    ?? url.replace(/^[a-z]+:\/\//, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 63).replace(/-+$/, '');
}

/**
 * A ServiceTemplate as upstream wrote it, said in the API version that clusters serve now; its fields are the same in both.
 * @throws ChantalError E_METADATA when it is no single ServiceTemplate
 */
export function readServiceTemplate(text: string, path: string): ClusterObject {
  const refuse = (what: string, cause?: unknown): never => {
    throw new ChantalError('E_METADATA', `the manifest ${what}`, { context: { path }, ...(cause === undefined ? {} : { cause }) });
  };
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    refuse(`is no YAML: ${(error as Error).message.split('\n', 1)[0] ?? ''}`, error);
  }
  const manifest = document as Partial<ClusterObject> | null;
  if (manifest?.kind !== 'ServiceTemplate' || typeof manifest.metadata?.name !== 'string' || typeof manifest.spec !== 'object') return refuse('is no ServiceTemplate');
  if (typeof manifest.apiVersion !== 'string' || !/^k0rdent\.mirantis\.com\/v1(alpha|beta)1$/.test(manifest.apiVersion)) return refuse(`has an unknown apiVersion: ${JSON.stringify(manifest.apiVersion)}`);
  return { ...(manifest as ClusterObject), apiVersion: templateApiVersion };
}

export function renderManifest(manifest: ClusterObject): Buffer {
  return Buffer.from(stringify(manifest, { lineWidth: 0 }));
}

/**
 * Where a manifest may be, of a template with `{addon}`, `{chart}` and `{version}`.
 * @param template as configured: an absolute URL
 */
export function expandManifestUrl(template: string, { addon, chart, version }: { readonly addon: string; readonly chart: string; readonly version: string }): string {
  const values: Readonly<Record<string, string>> = { addon, slug: addon, chart, name: chart, version };
  return template.replace(/\{(\w+)\}/g, (whole, key: string) => (values[key] === undefined ? whole : encodeURIComponent(values[key])));
}
