/** Core: the only door for paths that come from upstream. What passes stays inside the tree it is joined to. */

import { ChantalError } from './errors.js';

/** A normalised path below a repository's root: no empty, `.` or `..` segment, no leading slash, no control character. */
export type RelativePath = string & { readonly __relativePath: true };

/** Longer segments fail on every common file system (NAME_MAX). */
const maxSegmentBytes = 255;
const maxPathBytes = 4000;

/**
 * Normalises a path named by upstream (`./x` becomes `x`, `a//b` becomes `a/b`).
 * @throws ChantalError E_METADATA_PATH when it is empty, absolute, a directory's, leaves the tree, or no file could have that name
 */
export function parseRelativePath(raw: string): RelativePath {
  const refuse = (why: string): never => {
    throw new ChantalError('E_METADATA_PATH', `upstream names a path that ${why}: ${JSON.stringify(raw.slice(0, 200))}`, {
      hint: 'The metadata is damaged or hostile; tell the repository\'s owner.',
      context: { path: raw.slice(0, 200) },
    });
  };
  if (raw.startsWith('/')) refuse('is absolute');
  if (/[\u0000-\u001f\u007f\\]/.test(raw)) refuse('holds a control character or a backslash');
  // Normalised away, it would be published under a name that no client asks for.
  if (/\/\.?$/.test(raw)) refuse('ends like a directory\'s');
  const segments: string[] = [];
  for (const segment of raw.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') refuse('leaves the tree');
    if (Buffer.byteLength(segment) > maxSegmentBytes) refuse('has a name longer than 255 bytes');
    segments.push(segment);
  }
  if (segments.length === 0) refuse('is empty');
  const path = segments.join('/');
  if (Buffer.byteLength(path) > maxPathBytes) refuse('is longer than 4000 bytes');
  return path as RelativePath;
}
