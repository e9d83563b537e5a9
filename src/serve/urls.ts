/** Serve: where this service has the published trees. Paths; a web server in front knows the host. Pure. */

import { mergedOwner } from '../core/repository.js';

export function latestUrl(repository: string): string {
  return `/repos/${encode(repository)}/latest/`;
}

/** Snapshots merged across repositories lie side by side, as `publish.merged_path` has them. */
export function snapshotUrl(repository: string, snapshot: string): string {
  return repository === mergedOwner ? `/repos/${mergedOwner}/${encode(snapshot)}/` : `/repos/${encode(repository)}/snapshots/${encode(snapshot)}/`;
}

export function encodePath(path: string): string {
  return path.split('/').map(encode).join('/');
}

function encode(part: string): string {
  return encodeURIComponent(part);
}
