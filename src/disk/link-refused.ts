/** Disk: hard links are not possible everywhere; where they are not, a copy does. */

import { systemCode } from '../core/errors.js';

/** EXDEV: another file system; EMLINK: the inode has all the links it may have; EPERM: fs.protected_hardlinks, or none there; the others: none known. */
const refusals = new Set(['EXDEV', 'EMLINK', 'EPERM', 'EOPNOTSUPP', 'ENOSYS']);

/** Did `link` fail for a reason that a copy has not? */
export function isLinkRefused(error: unknown): boolean {
  return refusals.has(systemCode(error) ?? '');
}
