/** Formats, index: its add-ons as the tools tell of them. */

import type { AddonEntry, AddonLanguage, ChartVersion } from '../../core/addons.js';
import { expandManifestUrl, makeHelmRepository, makeServiceTemplate, readServiceTemplate, repositoryName, templateName } from './manifests.js';
import type { IndexOptions } from './options.js';
import { parseIndex, type Addon } from './parse-index.js';

/** The catalog's sources have one HelmRepository for all of its own charts. */
const ownRepository = 'k0rdent-catalog';
const ownRepositoryPath = 'apps/k0rdent-utils/charts/k0rdent-catalog-1.0.0/templates/helm-repository.yaml';

const sample: ChartVersion = { chart: 'chart', version: '0', repository: 'oci://localhost' };

export const addons: AddonLanguage<IndexOptions> = {
  kinds: { template: makeServiceTemplate(sample), repository: makeHelmRepository(sample.repository) },
  async list(files, read, options) {
    const index = files.find(({ kind }) => kind === 'index');
    if (index === undefined) return [];
    return parseIndex(await read(index), index.path).addons.map((addon) => describeAddon(addon, options));
  },
  templateUrl: (slug, { chart, version }, { manifestUrl }) => expandManifestUrl(manifestUrl, { addon: slug, chart, version }),
  templatePath: (slug, { chart, version }) => `apps/${slug}/charts/${chart}-service-template-${version}/templates/service-template.yaml`,
  repositoryPath: ({ repository }) => (repositoryName(repository) === ownRepository ? ownRepositoryPath : undefined),
  parseTemplate: (bytes, url) => readServiceTemplate(bytes.toString('utf8'), url),
  makeTemplate: makeServiceTemplate,
  makeRepository: ({ repository }, name) => makeHelmRepository(repository, name),
  templateName: (chart, version) => templateName({ chart, version }),
};

function describeAddon({ name, description, deprecated, charts, metadata }: Addon, { chartRepository }: IndexOptions): AddonEntry {
  return {
    slug: name,
    title: toTitle(name),
    summary: description,
    tags: metadata.tags,
    platforms: metadata.validated_platforms,
    isDeprecated: deprecated,
    versions: charts.flatMap((chart) => chart.versions.map((version) => ({ chart: chart.name, version, repository: chart.repository ?? chartRepository }))),
  };
}

/** `cert-manager` → `Cert Manager`: the index has no titles. */
function toTitle(name: string): string {
  return name.split('-').filter((word) => word !== '').map((word) => `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`).join(' ');
}
