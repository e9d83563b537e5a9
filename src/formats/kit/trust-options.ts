/** Formats' kit: the keys of a repository, as the sections of all signed formats write them. */

import { z } from 'zod';
import type { TrustSettings } from '../../core/settings.js';
import { absolutePath, asList, httpUrl, oneOrMore } from './options.js';

/** Spread into a format's section. */
export const trustShape = {
  gpgcheck: z.boolean().default(true)
    .describe('Demand signatures. `false`: what is signed is verified only where a key is given.'),
  gpgkey_url: oneOrMore(httpUrl()).optional()
    .describe('Where to fetch the public key(s) from, armored or binary; pinned when first seen.'),
  gpgkey_file: oneOrMore(absolutePath()).optional()
    .describe('Public key file(s) on this machine, armored or binary, one or several keys in a file.'),
};

interface TrustSection {
  readonly gpgcheck: boolean;
  readonly repo_gpgcheck?: boolean | undefined;
  readonly gpgkey_url?: string | readonly string[] | undefined;
  readonly gpgkey_file?: string | readonly string[] | undefined;
}

/** Signatures can be demanded only where there is a key to check them with. */
export function hasKeyWhereNeeded(section: TrustSection): boolean {
  const isNeeded = section.gpgcheck || section.repo_gpgcheck === true;
  return !isNeeded || section.gpgkey_url !== undefined || section.gpgkey_file !== undefined;
}

export const missingKey = {
  error: 'no key to verify signatures with: give gpgkey_url or gpgkey_file, or set gpgcheck: false to take packages unverified',
};

export function toTrustSettings(section: TrustSection): TrustSettings {
  return {
    isRequired: section.gpgcheck,
    ...(section.repo_gpgcheck === undefined ? {} : { rootSignature: section.repo_gpgcheck }),
    keyUrls: asList(section.gpgkey_url),
    keyFiles: asList(section.gpgkey_file),
  };
}
