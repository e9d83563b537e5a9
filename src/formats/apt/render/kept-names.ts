/** Formats, apt: the names of the packages that were kept of one source's distribution: what the lists beside Packages go by. */

import type { Index, Part } from './index-files.js';

export interface KeptNames {
  add(component: string, part: Part, architecture: string, name: string): void;
  /** Those an index may speak of: of its component (of all at the top of a distribution), of its architecture and of `all`. */
  select(index: Pick<Index, 'component' | 'part' | 'architecture'>): ReadonlySet<string>;
}

export function createKeptNames(): KeptNames {
  const groups = new Map<string, { readonly component: string; readonly part: Part; readonly architecture: string; readonly names: Set<string> }>();
  return {
    add(component, part, architecture, name) {
      const key = `${part} ${architecture} ${component}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { component, part, architecture, names: new Set([name]) });
      else group.names.add(name);
    },
    select({ component, part, architecture }) {
      const selected = new Set<string>();
      for (const group of groups.values()) {
        if (group.part !== part || (component !== '' && group.component !== component)) continue;
        if (architecture !== undefined && part !== 'source' && group.architecture !== architecture && group.architecture !== 'all') continue;
        for (const name of group.names) selected.add(name);
      }
      return selected;
    },
  };
}
