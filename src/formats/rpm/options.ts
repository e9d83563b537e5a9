/** RPM: the `rpm:` section of a repository file. */

import { z } from 'zod';
import type { FormatSection } from '../kit/options.js';
import { hasKeyWhereNeeded, missingKey, toTrustSettings, trustShape } from '../kit/trust-options.js';

export interface RpmOptions {
  /** Each new package's header signature must verify. */
  readonly isGpgcheck: boolean;
}

const schema = z.strictObject({
  ...trustShape,
  repo_gpgcheck: z.boolean().optional()
    .describe('`true`: repomd.xml must be signed. `false`: its signature is not looked at. Unset: it must verify where there is one.'),
  architectures: z.array(z.string().regex(/^[a-z0-9_]+$/i, { error: 'must be the name of an architecture' })).min(1, { error: 'must not be an empty list' }).optional()
    .describe('Which architectures to mirror; `noarch` always belongs. Unset: all.'),
}).refine(hasKeyWhereNeeded, missingKey);

export const rpmSection: FormatSection<RpmOptions> = {
  schema,
  parse(section) {
    const parsed = schema.parse(section);
    return {
      options: { isGpgcheck: parsed.gpgcheck },
      trust: toTrustSettings(parsed),
      ...(parsed.architectures === undefined ? {} : { architectures: parsed.architectures }),
    };
  },
};
