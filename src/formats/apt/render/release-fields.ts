/** Formats, apt: the fields of a new Release: upstream's own, but for what speaks of the indexes that are no longer upstream's. */

import type { Distribution } from '../distribution.js';
import { resolveComponents } from '../components.js';
import type { Release } from '../release.js';

interface Field {
  /** Lower case. */
  readonly name: string;
  /** All its lines, without white space at their ends: what a clear-signed text does not cover. */
  readonly text: string;
}

export interface ReleaseSource {
  readonly text: string;
  readonly parsed: Release;
}

/**
 * Fields of the last source; components and architectures are all sources' together, so far as something is published of them.
 * @param paths of the published files, relative to Release
 */
export function renderReleaseFields(
  releases: readonly ReleaseSource[], paths: readonly string[], distribution: Distribution, madeAt: Date,
): string {
  const carried = parseFields(releases.at(-1)?.text ?? '').filter(({ name }) => !dropped.has(name));
  // It tells clients not to read binary-all, where a source with separate indexes has its packages for all architectures.
  const hasSeparateAll = releases.some(({ parsed }) => parsed.hasSeparateAll);
  const isRight = ({ name }: Field): boolean => !(hasSeparateAll && name === 'no-support-for-architecture-all');
  const unions = distribution.isFlat && releases.length < 2 ? [] : unionFields(releases, paths, distribution);
  const replaced = new Set(unions.map(({ name }) => name));
  return [
    ...carried.filter((field) => isRight(field) && !replaced.has(field.name)).map(({ text }) => text),
    ...unions.map(({ text }) => text),
    `Date: ${madeAt.toUTCString().replace('GMT', 'UTC')}`,
    'Acquire-By-Hash: yes',
  ].map((line) => `${line}\n`).join('');
}

/**
 * Written anew or no longer true. Valid-Until: upstream renews its promise with every new Release, and a tree that is made once,
 * or a snapshot, would stop working on that day. Signed-By: it names the keys of upstream, and clients would refuse ours.
 */
const dropped: ReadonlySet<string> = new Set(['date', 'valid-until', 'acquire-by-hash', 'signed-by', 'md5sum', 'sha1', 'sha256', 'sha512']);

/** First of a repeated field; comments and what is no field are passed over, as `deb822.ts` does. */
function parseFields(text: string): readonly Field[] {
  const fields = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of text.split('\n').map((raw) => raw.trimEnd())) {
    if (line === '' || line.startsWith('#')) continue;
    if (/^[ \t]/.test(line)) {
      current.push(line);
      continue;
    }
    const name = /^([^\s:]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase();
    current = [line];
    if (name !== undefined && !fields.has(name)) fields.set(name, current);
  }
  return [...fields].map(([name, lines]) => ({ name, text: lines.join('\n') }));
}

function unionFields(releases: readonly ReleaseSource[], paths: readonly string[], distribution: Distribution): readonly Field[] {
  const components = releases.flatMap(({ parsed }) => publishedComponents(parsed, paths, distribution));
  const architectures = releases.flatMap(({ parsed }) => publishedArchitectures(parsed, paths, distribution));
  return [
    { name: 'architectures', text: `Architectures: ${[...new Set(architectures)].join(' ')}` },
    { name: 'components', text: `Components: ${[...new Set(components)].join(' ')}` },
  ].filter(({ text }) => !text.endsWith(': '));
}

function publishedComponents(release: Release, paths: readonly string[], distribution: Distribution): readonly string[] {
  if (distribution.isFlat) return release.components;
  const components = resolveComponents(release, distribution, { distributions: [], hasSources: false, hasInstaller: false });
  return components.filter(({ directory }) => paths.some((path) => path.startsWith(`${directory}/`))).map(({ name }) => name);
}

/** `all` has no index of its own where every architecture's holds its packages. */
function publishedArchitectures(release: Release, paths: readonly string[], distribution: Distribution): readonly string[] {
  if (distribution.isFlat) return release.architectures;
  return release.architectures.filter((name) => name === 'all' || paths.some((path) => path.includes(`/binary-${name}/`)));
}
