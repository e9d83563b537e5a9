/** Formats, apt: which packages were kept of one source's distribution: what the lists beside Packages go by. */

import type { Index, Part } from './index-files.js';

export interface KeptPackage {
  readonly name: string;
  readonly version: string;
  /** Description-md5. */
  readonly description?: string | undefined;
}

export interface KeptPackages {
  add(component: string, part: Part, architecture: string, kept: KeptPackage): void;
  /** Upstream has this version, and it is not kept. */
  leaveOut(left: KeptPackage): void;
  /** Those an index may speak of: of its component (of all at the top of a distribution), of its architecture and of `all`. */
  select(index: Pick<Index, 'component' | 'part' | 'architecture'>): Selection;
}

export interface Selection {
  readonly names: ReadonlySet<string>;
  /** Is it that of a kept version? Where the stanza has no Description-md5, any description of the name may be. */
  hasDescription(name: string, md5: string): boolean;
  /** Is it the name of a kept package, and not the version of one that was left out? A list that lags behind has versions that no index has. */
  mayHaveVersion(name: string, version: string): boolean;
}

interface Group {
  readonly component: string;
  readonly part: Part;
  readonly architecture: string;
  readonly names: Set<string>;
  /** `name version`, `name md5`; without an md5 where the stanza has none. */
  readonly versions: Set<string>;
  readonly descriptions: Set<string>;
}

export function createKeptPackages(): KeptPackages {
  const groups = new Map<string, Group>();
  const leftOut = new Set<string>();
  return {
    add(component, part, architecture, { name, version, description = '' }) {
      const key = `${part} ${architecture} ${component}`;
      const group = groups.get(key) ?? { component, part, architecture, names: new Set(), versions: new Set(), descriptions: new Set() };
      groups.set(key, group);
      group.names.add(name);
      group.versions.add(`${name} ${version}`);
      group.descriptions.add(`${name} ${description.toLowerCase()}`);
    },
    leaveOut: ({ name, version }) => void leftOut.add(`${name} ${version}`),
    select(index) {
      const selected = [...groups.values()].filter((group) => isOf(index, group));
      const names = new Set<string>();
      for (const group of selected) for (const name of group.names) names.add(name);
      const isAmong = (kind: 'versions' | 'descriptions', entry: string): boolean => selected.some((group) => group[kind].has(entry));
      return {
        names,
        hasDescription: (name, md5) => isAmong('descriptions', `${name} ${md5.toLowerCase()}`) || isAmong('descriptions', `${name} `),
        mayHaveVersion: (name, version) => names.has(name) && (!leftOut.has(`${name} ${version}`) || isAmong('versions', `${name} ${version}`)),
      };
    },
  };
}

function isOf({ component, part, architecture }: Parameters<KeptPackages['select']>[0], group: Group): boolean {
  if (group.part !== part || (component !== '' && group.component !== component)) return false;
  return architecture === undefined || part === 'source' || group.architecture === architecture || group.architecture === 'all';
}
