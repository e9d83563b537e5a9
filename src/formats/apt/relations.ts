/** Formats, apt: Depends, Pre-Depends and Provides of the packages of an index. Source: deb-control(5), Policy 7, Debian's MultiarchSpec. */

import type { Comparison, Dependency, NamedNeed, Need, Offer, PackageNeeds, PackageOffers, RelationReader, RelationRules, RelationSource } from '../../core/relations.js';
import type { StoredFile } from '../../core/repository.js';
import { createFieldPicker, readStanzas } from '../kit/deb822.js';
import { decompress } from '../kit/decompress.js';
import { parseStanzaPath, required, type StanzaPlace } from './packages.js';
import { maxIndexBytes, readableSuffixes } from './read-indexes.js';

const rules: RelationRules = {
  // Policy 7.5: a dependency on a version is met by a versioned provide only.
  isVersionOptional: false,
  machinesOf(arch, present) {
    if (arch !== 'all') return [arch];
    const machines = [...present].filter((each) => each !== 'all' && each !== 'source').sort();
    return machines.length === 0 ? [arch] : machines;
  },
  rank(arch, reach, { arch: asked }, machine) {
    if (asked !== undefined && asked !== 'any') return arch === asked || (arch === 'all' && asked === machine) ? 0 : undefined;
    if (arch === machine || arch === 'all') return 0;
    return reach === 'foreign' || (reach === 'allowed' && asked === 'any') ? 1 : undefined;
  },
};

export const relations: RelationReader = {
  kinds: new Set(),

  async* readNeeds(source) {
    const known = new Map<string, Dependency>();
    for await (const { path, dependencies } of readPackages(source)) {
      const parsed = new Set<Dependency>();
      for (const clause of splitList(dependencies, ',')) {
        // Most are repeated a thousand times over: each is kept once.
        const dependency = known.get(clause) ?? { text: clause, need: parseClause(clause) };
        known.set(clause, dependency);
        parsed.add(dependency);
      }
      yield { path, dependencies: [...parsed] } satisfies PackageNeeds;
    }
  },

  async* readOffers(source, names) {
    for await (const { path, name, version, reach, provides } of readPackages(source)) {
      const own: NamedNeed = { kind: 'named', name, range: { comparison: '=', version } };
      const offers = [own, ...splitList(provides, ',').map(parseAlternative)].filter((offer) => names.has(offer.name));
      if (offers.length > 0) yield { path, offers: offers.map((offer) => toOffer(offer, reach)) } satisfies PackageOffers;
    }
  },

  rules,
};

function toOffer({ name, range }: NamedNeed, reach: Offer['reach']): Offer {
  return { name, ...(range === undefined ? {} : { range }), ...(reach === undefined ? {} : { reach }) };
}

interface PackageFields {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  readonly reach: Offer['reach'];
  readonly dependencies: string;
  readonly provides: string;
}

const pick = createFieldPicker(['Package', 'Version', 'Filename', 'Multi-Arch', 'Pre-Depends', 'Depends', 'Provides']);

/** What several indexes list (`Architecture: all`) comes once. */
async function* readPackages({ files, open }: RelationSource): AsyncGenerator<PackageFields, void, undefined> {
  const seen = new Set<string>();
  for (const file of indexesOf(files)) {
    for await (const stanzas of readStanzas(decompress(open(file), file.path, { maxBytes: maxIndexBytes }), file.path)) {
      for (const stanza of stanzas) {
        const [name = '', version = '', filename, multiArch, preDepends = '', depends = '', provides = ''] = pick(stanza);
        const at: StanzaPlace = { index: { path: file.path }, package: `${name} ${version}` };
        const path = parseStanzaPath(required(filename, 'Filename', at), at);
        if (seen.has(path)) continue;
        seen.add(path);
        const reach = multiArch === 'foreign' || multiArch === 'allowed' ? multiArch : undefined;
        yield { path, name, version, reach, dependencies: `${preDepends},${depends}`, provides };
      }
    }
  }
}

/** Each index in one of its compressions. The installer's packages are a world of their own. */
function indexesOf(files: readonly StoredFile[]): readonly StoredFile[] {
  const byBase = new Map<string, StoredFile>();
  const candidates = files.filter(({ kind, hashNamed, path }) => kind === 'packages' && !hashNamed && !path.includes('/debian-installer/'));
  for (const suffix of readableSuffixes) {
    for (const file of candidates) {
      const match = /^(.*\/)?Packages(\.[a-z0-9]+)?$/.exec(file.path);
      const base = match?.[1] ?? '';
      if (match !== null && (match[2] ?? '') === suffix && !byBase.has(base)) byBase.set(base, file);
    }
  }
  return [...byBase.values()];
}

function parseClause(clause: string): Need {
  const alternatives = splitList(clause, '|').map(parseAlternative);
  return alternatives.length === 1 ? alternatives[0]! : { kind: 'or', needs: alternatives };
}

/** dpkg reads the old `<` and `>` as `<=` and `>=`. */
const comparisons: Readonly<Record<string, Comparison>> = { '<<': '<', '<': '<=', '<=': '<=', '=': '=', '>=': '>=', '>': '>=', '>>': '>' };

/** `libc6:any (>= 2.36)`. What cannot be read as such is taken for a name, which nothing has: it is reported. */
function parseAlternative(text: string): NamedNeed {
  const [, name, arch, operator, version] = /^([^\s:()[\]<>=|]+)(?::([a-z0-9-]+))?\s*(?:\(\s*([<>=]+)\s*([^\s()]+)\s*\))?$/.exec(text) ?? [];
  const comparison = comparisons[operator ?? ''];
  if (name === undefined || (operator !== undefined && comparison === undefined)) return { kind: 'named', name: text };
  return {
    kind: 'named', name,
    ...(comparison === undefined ? {} : { range: { comparison, version: version! } }),
    ...(arch === undefined ? {} : { arch }),
  };
}

function splitList(list: string, separator: ',' | '|'): readonly string[] {
  return list.split(separator).map((entry) => entry.trim()).filter((entry) => entry !== '');
}
