/** Portal: where which page lies in the site. Names of repositories and snapshots are safe as they are (`core/names`); links escape them. Pure. */

export function repositoryPath(repository: string): string {
  return `repositories/${repository}.html`;
}

export function snapshotPath(repository: string, snapshot: string): string {
  return `snapshots/${repository}/${snapshot}.html`;
}

/** @param from a snapshot; @param to a snapshot, or `latest`: no snapshot may be called so */
export function changesPath(repository: string, from: string, to: string, form: 'html' | 'json'): string {
  return `changes/${repository}/${from}/${to}.${form}`;
}

/** Without a severity: the counts. */
export function advisoriesPath(repository: string, severity?: string): string {
  return severity === undefined ? `advisories/${repository}.html` : `advisories/${repository}/${severity}.html`;
}

export type Listing = 'packages' | 'artifacts';

export function shardPath(listing: Listing, slug: string): string {
  return `${listing}/${slug}.html`;
}

/** The names of a listing, for the script: a list of parts, and the parts. */
export function searchPath(listing: Listing, slug?: string): string {
  return slug === undefined ? `search/${listing}.js` : `search/${listing}/${slug}.js`;
}

/** Where on its page a name is; as a fragment to be escaped. */
export function anchorOf(name: string): string {
  return `name:${name}`;
}
