/** Formats, apt: which of the files that Release lists belong to the chosen components and architectures. Pure. */

import { ChantalError } from '../../core/errors.js';
import { knownArchitectures, resolveArchitectures, resolveComponents, type Component } from './components.js';
import { pathIn, type Distribution } from './distribution.js';
import type { AptOptions } from './options.js';
import type { ListedFile, Release } from './release.js';

export type IndexKind =
  | 'packages' | 'sources' | 'contents' | 'translation' | 'dep11' | 'commands' | 'pdiff' | 'component-release' | 'installer' | 'other';

/** Debian and Ubuntu list about 2,000; each is asked for, so that a made-up list costs its length in requests. */
export const maxSelectedFiles = 50_000;

/** A listed file that is mirrored. */
export interface SelectedFile extends ListedFile {
  readonly kind: IndexKind;
  readonly component?: string;
  readonly architecture?: string;
}

/**
 * What of a distribution is mirrored, in the order of Release: all that a client may ask for. Left out is what belongs to another
 * component or architecture, and sources and installer unless they are asked for; a file of unknown purpose stays.
 * @throws ChantalError E_CONFIG_UPSTREAM, E_METADATA_LIMIT
 */
export function selectFiles(release: Release, distribution: Distribution, options: AptOptions): readonly SelectedFile[] {
  if (distribution.isFlat && options.components !== undefined) throw flatHasNoComponents(distribution);
  const components = distribution.isFlat ? [] : resolveComponents(release, distribution, options);
  const chosen = distribution.isFlat ? undefined : resolveArchitectures(release, distribution, options);
  const known = knownArchitectures(release);
  const selected: SelectedFile[] = [];
  for (const listed of release.files.values()) {
    const component = componentOf(listed.path, components);
    if (component?.isChosen === false) continue;
    const below = component === undefined ? listed.path : listed.path.slice(component.directory.length + 1);
    const nature = natureOf(below, known);
    if (nature.part === 'sources' && !options.hasSources) continue;
    if (nature.part === 'installer' && !options.hasInstaller) continue;
    if (nature.architecture !== undefined && chosen !== undefined && !chosen.has(nature.architecture)) continue;
    selected.push({
      ...listed,
      kind: nature.kind,
      ...(component === undefined ? {} : { component: component.directory }),
      ...(nature.architecture === undefined ? {} : { architecture: nature.architecture }),
    });
  }
  if (selected.length > maxSelectedFiles) throw tooMany('files', selected.length, maxSelectedFiles, distribution);
  return selected;
}

/** What is left out of the list is not asked for: fewer components or architectures are a way out. */
export function tooMany(what: string, count: number, limit: number, distribution: Distribution): ChantalError {
  return new ChantalError('E_METADATA_LIMIT', `the Release of ${distribution.name} lists ${count} ${what}, more than can sensibly be mirrored`, {
    hint: 'Choose with apt.components and apt.architectures what is needed of it.',
    context: { path: pathIn(distribution, 'Release'), expected: `at most ${limit}`, found: String(count) },
  });
}

interface Nature {
  readonly kind: IndexKind;
  readonly architecture?: string | undefined;
  readonly part?: 'sources' | 'installer';
}

/** What a file is for, by its path below its component's directory (below Release for what is in no component). */
function natureOf(path: string, known: ReadonlySet<string>): Nature {
  const kind = kindOf(path);
  const first = path.split('/', 1)[0]!;
  if (first === 'source' || /^Sources(?:\.|$)/.test(first) || /^Contents-source(?:\.|$)/.test(first)) return { kind, part: 'sources' };
  if (first === 'debian-installer') return { kind, architecture: boundArchitecture(path, known), part: 'installer' };
  const installer = /^installer-(.+)$/.exec(first);
  if (installer !== null) return { kind: 'installer', architecture: installer[1], part: 'installer' };
  const contents = /^Contents-udeb-(?:nf-)?([^.]+)/.exec(first);
  if (contents !== null) return { kind, architecture: contents[1], part: 'installer' };
  return { kind, architecture: boundArchitecture(path, known) };
}

function kindOf(path: string): IndexKind {
  if (path.endsWith('.diff/Index')) return 'pdiff';
  for (const [kind, pattern] of kindPatterns) if (pattern.test(path)) return kind;
  return 'other';
}

const kindPatterns: readonly (readonly [IndexKind, RegExp])[] = [
  ['packages', /(?:^|\/)Packages(?:\.[a-z0-9]+)?$/],
  ['sources', /(?:^|\/)Sources(?:\.[a-z0-9]+)?$/],
  ['component-release', /\/Release$/],
  ['contents', /^Contents-/],
  ['translation', /^i18n\//],
  ['dep11', /^dep11\//],
  ['commands', /^cnf\//],
];

/**
 * The architecture that a path names: by form (`binary-amd64/`, `Contents-amd64.gz`, `Components-amd64.yml`, `Commands-amd64`), or in
 * the last part of any other name (`uefi/grub2-amd64/…`) when it is one that Release knows.
 */
function boundArchitecture(path: string, known: ReadonlySet<string>): string | undefined {
  for (const segment of path.split('/')) {
    const formal = /^(?:binary|Contents|Components|Commands|CID-Index)-([^./]+)/.exec(segment);
    if (formal !== null) return formal[1];
    const stem = segment.split('.', 1)[0]!;
    for (let hyphen = stem.indexOf('-'); hyphen >= 0; hyphen = stem.indexOf('-', hyphen + 1)) {
      const name = stem.slice(hyphen + 1);
      if (name !== 'all' && known.has(name)) return name;
    }
  }
  return undefined;
}

/** The one whose directory is the longest that holds the path: `main` and `main/extras` may both be components. */
function componentOf(path: string, components: readonly Component[]): Component | undefined {
  let found: Component | undefined;
  for (const component of components) {
    if (!path.startsWith(`${component.directory}/`)) continue;
    if (found === undefined || component.directory.length > found.directory.length) found = component;
  }
  return found;
}

function flatHasNoComponents(distribution: Distribution): ChantalError {
  return new ChantalError('E_CONFIG_UPSTREAM', `${distribution.name} is a flat repository and has no components`, {
    hint: 'Remove apt.components, or name a distribution without the slash at its end.',
    context: { expected: 'no components' },
  });
}
