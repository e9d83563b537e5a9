/** CLI: how packages are asked for: a name, as a flag or as the one bare word, and what narrows it down. */

import { Flags } from '@oclif/core';
import { ChantalError } from '../core/errors.js';
import type { PackageFilter } from '../core/package-search.js';
import { repositoryFlag } from './flags.js';

export const packageFilterFlags = {
  'repo-id': Flags.string({ ...repositoryFlag, summary: 'Only what this repository holds.' }),
  arch: Flags.string({ summary: 'Only this architecture.', helpValue: 'A' }),
  type: Flags.string({
    summary: 'Only repositories of this type, such as rpm.',
    helpValue: 'T',
    async parse(type) {
      const { formats } = await import('../formats/all.js');
      if (formats.some(({ name }) => name === type)) return type;
      throw new ChantalError('E_USAGE', `unknown type ${JSON.stringify(type)}`, { hint: `One of: ${formats.map(({ name }) => name).join(', ')}.` });
    },
  }),
};

export function packageFilter({ 'repo-id': repository, arch, type }: { readonly 'repo-id'?: string | undefined; readonly arch?: string | undefined; readonly type?: string | undefined }): PackageFilter {
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(arch === undefined ? {} : { arch }),
    ...(type === undefined ? {} : { type }),
  };
}

/** @throws E_USAGE unless exactly one of the two is given */
export function nameAsked(bareWord: string | undefined, flag: string | undefined): string {
  const name = bareWord ?? flag;
  if (name !== undefined && (bareWord === undefined || flag === undefined)) return name;
  throw new ChantalError('E_USAGE', name === undefined ? 'a name is missing' : 'the name is given twice, with --name and as a word', { hint: 'Give one name, as a word or with --name.' });
}
