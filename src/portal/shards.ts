/** Portal: many names on pages of a bearable length. Which page a name is on depends on the names around it alone, so that a new one changes few pages. Pure. */

import { digestOf } from '../core/digest.js';

/** A page's worth of names that follow each other. */
export interface Shard {
  /** Of what they begin with; part of a file's name. */
  readonly slug: string;
  readonly names: readonly string[];
}

/**
 * Split where names begin differently, at their first character, then at their second, until no page has more than `limit`; neighbours
 * that fit on one page together are put together. Only names that are the same but for upper and lower case may exceed it.
 */
export function shardNames(names: readonly string[], limit: number): readonly Shard[] {
  const sorted = names.map((name) => ({ name, key: name.toLowerCase() })).sort((a, b) => order(a.key, b.key) || order(a.name, b.name))
    .map(({ name, key }) => ({ name, folded: [...key] }));
  return sorted.length <= limit ? [{ slug: 'all', names: sorted.map(({ name }) => name) }] : split(sorted, 0, limit);
}

interface Folded {
  readonly name: string;
  readonly folded: readonly string[];
}

function split(sorted: readonly Folded[], depth: number, limit: number): readonly Shard[] {
  const shards: Shard[] = [];
  let open: readonly Folded[] = [];
  const close = (): void => {
    if (open.length > 0) shards.push({ slug: slugOf(open[0]?.folded.slice(0, depth + 1) ?? []), names: open.map(({ name }) => name) });
    open = [];
  };
  for (const group of groupsAt(sorted, depth)) {
    if (open.length + group.length > limit) close();
    const isSplit = group.length > limit && group.some(({ folded }) => folded.length > depth);
    if (isSplit) shards.push(...split(group, depth + 1, limit));
    else open = [...open, ...group];
  }
  close();
  return shards;
}

/** Neighbours with the same character there; those that end before it come first. */
function groupsAt(sorted: readonly Folded[], depth: number): readonly (readonly Folded[])[] {
  const groups: Folded[][] = [];
  for (const each of sorted) {
    const last = groups.at(-1);
    if (last !== undefined && last[0]?.folded[depth] === each.folded[depth]) last.push(each);
    else groups.push([each]);
  }
  return groups;
}

/** Readable where names are. Different beginnings have different ones. */
function slugOf(beginning: readonly string[]): string {
  const slug = `of-${beginning.map((character) => (/[a-z0-9-]/.test(character) ? character : `_${(character.codePointAt(0) ?? 0).toString(16)}_`)).join('')}`;
  return slug.length <= 60 ? slug : `${slug.slice(0, 40)}-${digestOf(slug).slice(0, 16)}`;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
