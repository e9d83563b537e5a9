/** Index: the `index:` section of a repository file. */

import { z } from 'zod';
import { httpUrl, type FormatSection } from '../kit/options.js';

export interface IndexOptions {
  /** The index's own name below the upstream's address. */
  readonly document: string;
  /** Charts are mirrored, too. */
  readonly hasCharts: boolean;
  /** Where upstream may have a ServiceTemplate: `{addon}`, `{chart}` and `{version}` are put in. */
  readonly manifestUrl: string;
  /** Of charts whose index does not say where they are. */
  readonly chartRepository: string;
}

const fields = ['{chart}', '{version}'];

const schema = z.strictObject({
  fetch: z.enum(['on_demand', 'immediate']).default('on_demand')
    .describe('`on_demand`: the index is mirrored, and charts stay where they are. `immediate`: every chart that it lists is mirrored with it, and published as a Helm repository.'),
  manifest_url: httpUrl().refine((url) => fields.every((field) => url.includes(field)), { error: `must hold ${fields.join(' and ')}` })
    .default('https://raw.githubusercontent.com/k0rdent/catalog/refs/heads/main/apps/{addon}/charts/{chart}-service-template-{version}/templates/service-template.yaml')
    .describe('Where a ServiceTemplate that was written by hand may be: asked for when it is installed. `{addon}`, `{chart}` and `{version}` are put in. Where there is none, it is made of the index.'),
  chart_repository: z.string().regex(/^(oci|https?):\/\/[^\s/]\S*$/, { error: 'must be an oci://, https:// or http:// address' }).default('oci://ghcr.io/k0rdent/catalog/charts')
    .describe('Where the charts of an older index are, which does not say it.'),
});

export const indexSection: FormatSection<IndexOptions> = {
  schema,
  documents: /^[\w.-]+\.json$/,
  parse(section, document = 'index.json') {
    const parsed = schema.parse(section);
    return {
      options: { document, hasCharts: parsed.fetch === 'immediate', manifestUrl: parsed.manifest_url, chartRepository: parsed.chart_repository },
      trust: { isRequired: false, keyUrls: [], keyFiles: [] },
    };
  },
};
