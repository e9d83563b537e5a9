/** Formats, helm: the `helm:` section of a repository file. */

import { z } from 'zod';
import type { FormatSection } from '../kit/options.js';

export interface HelmOptions {
  /** Names below a registry's address; empty for a repository with an index. */
  readonly charts: readonly string[];
  /** Signatures beside charts are mirrored, too. */
  readonly hasProvenance: boolean;
}

const chartName = z.string().regex(/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/, { error: 'must be a repository\'s name below upstream.url, such as nginx or team/nginx' });

const schema = z.strictObject({
  charts: z.array(chartName).min(1, { error: 'must not be an empty list' }).optional()
    .describe('With `upstream.url: oci://…`: the repositories below it that hold a chart each; a registry does not list them. All tags that are versions are mirrored, as far as `filters` keeps them.'),
  provenance: z.boolean().default(false)
    .describe('Mirror the `.prov` file of each chart that has one. Of a repository with an index this costs a request for every chart without.'),
});

export const helmSection: FormatSection<HelmOptions> = {
  schema,
  takesRegistry: true,
  findFault({ charts }, upstreamUrl) {
    const isRegistry = upstreamUrl?.startsWith('oci://') === true;
    if (isRegistry && charts === undefined) return { key: 'charts', message: 'is missing: a registry does not say which charts it holds; list them' };
    if (!isRegistry && charts !== undefined) return { key: 'charts', message: 'is for registries (oci://) only: index.yaml lists the charts, and filters.include chooses among them' };
    return undefined;
  },
  parse(section) {
    const { charts = [], provenance } = schema.parse(section);
    return { options: { charts, hasProvenance: provenance }, trust: { isRequired: false, keyUrls: [], keyFiles: [] } };
  },
};
