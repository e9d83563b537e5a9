/** The k0rdent catalog as it really is: five versions of its index, and its 33 hand-written manifests. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { expandManifestUrl, makeHelmRepository, makeServiceTemplate, readServiceTemplate, templateName } from '../../../src/formats/index/manifests.js';
import { normalizeAddon } from '../../../src/formats/index/normalize-addon.js';
import { parseIndex, type CatalogIndex } from '../../../src/formats/index/parse-index.js';
import { parseRelativePath } from '../../../src/core/relative-path.js';
import { sharedData } from '../../support/shared-data.js';

const data = sharedData('k0rdent');
const indexJson = parseRelativePath('index.json');

function read(name: string): CatalogIndex {
  return parseIndex(readFileSync(join(data, name)), indexJson);
}

function errorOf(text: string): string {
  try {
    parseIndex(Buffer.from(text), indexJson);
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the index', () => {
  it.each(['v0.1.0', 'v1.0.0', 'v1.1.1', 'v1.9.0', '.'])('of %s parses: 111 addons, 123 charts, 263 versions', (version) => {
    const { addons } = read(join(version, 'index.json'));
    const charts = addons.flatMap((addon) => addon.charts);
    expect({ addons: addons.length, charts: charts.length, versions: charts.flatMap(({ versions }) => versions).length }).toEqual({ addons: 111, charts: 123, versions: 263 });
  });

  it('from v1.9.0 to v1.10.0 changed no addon, though every addon is written otherwise', () => {
    const [before, after] = [read('v1.9.0/index.json'), read('index.json')];
    const texts = new Map(before.addons.map((addon) => [addon.name, { verbatim: JSON.stringify(addon), normal: normalizeAddon(addon).toString() }]));
    expect(after.addons.filter((addon) => texts.get(addon.name)?.verbatim === JSON.stringify(addon))).toHaveLength(0);
    expect(after.addons.filter((addon) => texts.get(addon.name)?.normal !== normalizeAddon(addon).toString())).toHaveLength(0);
  });

  it('notices a version, a tag and a deprecation', () => {
    const [addon] = read('index.json').addons;
    if (addon === undefined) throw new Error('no addon');
    const normal = normalizeAddon(addon).toString();
    const changed = [
      { ...addon, deprecated: true },
      { ...addon, metadata: { ...addon.metadata, tags: [...addon.metadata.tags, 'New'] } },
      { ...addon, charts: addon.charts.map((chart) => ({ ...chart, versions: [...chart.versions, '99.0.0'] })) },
    ];
    for (const other of changed) expect(normalizeAddon(other).toString()).not.toBe(normal);
  });

  it('may be empty, and short of optional fields', () => {
    expect(read('mcp-testdata/empty-index.json').addons).toEqual([]);
    expect(read('mcp-testdata/valid-index.json').addons.map(({ name, metadata }) => [name, metadata.dependencies])).toEqual([['minio', []], ['postgresql', []], ['redis', []]]);
  });

  it.each([
    [readFileSync(join(data, 'mcp-testdata/invalid-index.json'), 'utf8'), /^parse catalog index: /],
    ['[]', /^validate catalog index: Invalid input: expected object/],
    ['{"metadata": {"generated": "x"}}', /^validate catalog index: missing required field 'addons'$/],
    ['{"addons": []}', /^validate catalog index: missing required field 'metadata'$/],
    ['{"metadata": {"generated": "x"}, "addons": [{"name": "a", "charts": [{"versions": []}]}]}', /^validate catalog index: missing required field 'addons\[0\]\.charts\[0\]\.name'$/],
    ['{"metadata": {"generated": "x"}, "addons": [{"name": "../../etc"}]}', /^validate catalog index: addons\[0\]\.name: must be lower-case/],
    ['{"metadata": {"generated": "x"}, "addons": [{"name": "a", "charts": [{"name": "c", "versions": ["1/../.."]}]}]}', /^validate catalog index: addons\[0\]\.charts\[0\]\.versions\[0\]: must be a version/],
    ['{"metadata": {"generated": "x"}, "addons": [{"name": "a"}, {"name": "a"}]}', /a second addon named "a"$/],
  ])('is refused: %.60s', (text, message) => {
    expect(errorOf(text)).toMatch(message);
  });
});

describe('the manifests', () => {
  const manifests = readdirSync(join(data, 'manifests/apps'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('service-template.yaml'));

  it('are 33, which all are ServiceTemplates of an old API version and are read as the new one', () => {
    expect(manifests).toHaveLength(33);
    for (const path of manifests) {
      const text = readFileSync(join(data, 'manifests/apps', path), 'utf8');
      expect(text).toContain('k0rdent.mirantis.com/v1alpha1');
      expect(readServiceTemplate(text, path)).toMatchObject({ apiVersion: 'k0rdent.mirantis.com/v1beta1', kind: 'ServiceTemplate' });
    }
  });

  it('are where the template says, and what is made of name, version and repository is the same', () => {
    const versions = read('index.json').addons.flatMap((addon) => addon.charts.flatMap((chart) => chart.versions.map((version) => ({ addon: addon.name, chart: chart.name, version }))));
    const template = 'https://example.test/apps/{addon}/charts/{chart}-service-template-{version}/templates/service-template.yaml';
    const found = versions.filter((version) => manifests.includes(expandManifestUrl(template, version).replace('https://example.test/apps/', '')));
    expect(found).toHaveLength(33);
    const differing = found.filter((version) => {
      const path = expandManifestUrl(template, version).replace('https://example.test/apps/', '');
      const made = makeServiceTemplate({ ...version, repository: 'oci://ghcr.io/k0rdent/catalog/charts' });
      return JSON.stringify(readServiceTemplate(readFileSync(join(data, 'manifests/apps', path), 'utf8'), path)) !== JSON.stringify(made);
    });
    expect(differing.map(({ chart, version }) => `${chart} ${version}`)).toEqual([]);
  });

  it('has a repository like the real one', () => {
    const path = join(data, 'manifests/apps/k0rdent-utils/charts/catalog-core-1.0.0/templates/helm-repository.yaml');
    expect(parseAllDocuments(readFileSync(path, 'utf8'))[0]?.toJS()).toEqual(makeHelmRepository('oci://ghcr.io/k0rdent/catalog/charts', 'catalog-core'));
    expect(makeHelmRepository('oci://ghcr.io/k0rdent/catalog/charts').metadata.name).toBe('k0rdent-catalog');
    expect(makeHelmRepository('https://charts.example.org/stable/').spec).toEqual({ url: 'https://charts.example.org/stable/' });
    expect(templateName({ chart: 'minio', version: '14.1.2+build_1' })).toBe('minio-14-1-2-build-1');
  });
});
