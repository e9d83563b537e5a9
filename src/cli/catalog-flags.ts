/** CLI: flags of the `catalog` commands, and what their values may be. */

import { Flags } from '@oclif/core';
import { resolve } from 'node:path';
import type { Image } from '../catalog/schema.js';
import { artifactTypes, statuses } from '../catalog/vocabulary.js';
import { ChantalError } from '../core/errors.js';

export const catalogDirFlag = Flags.custom<string>({ helpValue: 'DIR' });

export const typeFlag = Flags.option({ summary: 'What it is.', helpValue: artifactTypes.join('|'), options: artifactTypes, required: true });

export const statusFlag = Flags.option({ summary: 'How its making ended.', helpValue: statuses.join('|'), options: statuses, default: 'success' as const });

export const sha256Flag = Flags.custom<string>({
  helpValue: 'HEX',
  parse: async (text) => {
    if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
    throw new ChantalError('E_USAGE', `not a SHA-256: ${JSON.stringify(text)}`, { hint: '64 hex digits.' });
  },
});

export const dateFlag = Flags.custom<string>({
  helpValue: 'TIME',
  parse: async (text) => {
    const time = /^\d+$/.test(text) ? Number(text) * 1000 : /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
    if (!Number.isNaN(time)) return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
    throw new ChantalError('E_USAGE', `not a time: ${JSON.stringify(text)}`, { hint: 'Seconds since 1970, or such as 2026-02-13T10:30:00Z.' });
  },
});

/** A list of images, as JSON. */
export const imagesFlag = Flags.custom<readonly Image[]>({
  helpValue: 'JSON',
  parse: async (text) => {
    try {
      const images: unknown = JSON.parse(text);
      if (Array.isArray(images)) return images as readonly Image[];
    } catch {
      // Told of below.
    }
    throw new ChantalError('E_USAGE', 'not a JSON list of images', { hint: '[{"registry": "ghcr.io", "repository": "x/y", "tag": "1.0", "digest": "sha256:…", "platforms": ["linux/amd64"], "size_bytes": 1}]' });
  },
});

export const manifestPathFlag = Flags.custom<string>({ helpValue: 'FILE', parse: async (path) => resolve(path) });
