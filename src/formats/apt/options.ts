/** APT: the `apt:` section of a repository file. */

import { z } from 'zod';
import { asList, oneOrMore, type FormatSection } from '../kit/options.js';
import { hasKeyWhereNeeded, missingKey, toTrustSettings, trustShape } from '../kit/trust-options.js';

export interface AptOptions {
  /** Suites or codenames below `dists/`; one that ends in `/` is a flat repository's directory (`./`, `stable/`). At least one. */
  readonly distributions: readonly string[];
  /** What Release may call itself besides. */
  readonly suiteNames?: readonly string[];
  /** undefined: all that Release names. */
  readonly components?: readonly string[];
  /** undefined: all that Release names. */
  readonly architectures?: readonly string[];
  readonly hasSources: boolean;
  /** udebs and the files of debian-installer. */
  readonly hasInstaller: boolean;
}

const distribution = z.string().refine(isDistribution, {
  error: 'must be a suite or codename (bookworm, jammy-updates), or the path of a flat repository ending in /',
});

const schema = z.strictObject({
  ...trustShape,
  distribution: oneOrMore(distribution).default('./')
    .describe('Suite(s) or codename(s), or the path of a flat repository ending in `/`. The default is a flat repository at the URL itself.'),
  suite_names: z.array(z.string().regex(/^\S+$/, { error: 'must be a Suite or Codename' })).optional()
    .describe('What Release may give as its Suite or Codename besides the name of the distribution, for archives that serve a suite under another name.'),
  components: z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+/-]*$/, { error: 'must be the name of a component' })).min(1, { error: 'must not be an empty list' }).optional()
    .describe('Which components to mirror. Unset: all that Release names.'),
  architectures: z.array(z.string().regex(/^[a-z0-9][a-z0-9-]*$/, { error: 'must be the name of an architecture' })).min(1, { error: 'must not be an empty list' }).optional()
    .describe('Which architectures to mirror; `all` always belongs. Unset: all that Release names.'),
  sources: z.boolean().default(false).describe('Mirror source packages too.'),
  installer: z.boolean().default(false).describe('Mirror udebs and the files of debian-installer too.'),
}).refine(hasKeyWhereNeeded, missingKey)
  .refine((section) => section.architectures?.includes('source') !== true, {
    path: ['architectures'],
    error: 'source is not an architecture: set sources: true',
  })
  .refine((section) => section.components === undefined || !asList(section.distribution).every((name) => name.endsWith('/')), {
    path: ['components'],
    error: 'a flat repository has no components: name a distribution (a suite or codename), or leave components out',
  });

export const aptSection: FormatSection<AptOptions> = {
  schema,
  parse(section) {
    const parsed = schema.parse(section);
    return {
      options: {
        distributions: [...new Set(asList(parsed.distribution).map((name) => (name === '/' ? './' : name)))],
        ...(parsed.suite_names === undefined ? {} : { suiteNames: parsed.suite_names }),
        ...(parsed.components === undefined ? {} : { components: parsed.components }),
        ...(parsed.architectures === undefined ? {} : { architectures: parsed.architectures }),
        hasSources: parsed.sources,
        hasInstaller: parsed.installer,
      },
      trust: toTrustSettings(parsed),
    };
  },
};

/** `/` is sources.list's other way to write `./`. Nothing may lead out of the repository. */
function isDistribution(text: string): boolean {
  if (text === '/' || text === './') return true;
  return /^(\.\/)?[A-Za-z0-9][A-Za-z0-9._+~:/-]*$/.test(text) && !/(^|\/)\.\.?(\/|$)/.test(text.replace(/^\.\//, '')) && !text.includes('//');
}
