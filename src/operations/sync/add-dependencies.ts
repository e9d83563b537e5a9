/** Operations: brings in what the selected packages depend on, and tells what of that the repository does not have. */

import { closeDependencies, type Closure, type Unmet } from '../../core/close-dependencies.js';
import { isMet, namesOf, type MatchRules, type OwnedOffer } from '../../core/find-offers.js';
import type { Format } from '../../core/format.js';
import type { Dependency, PackageOffers, RelationReader, RelationSource } from '../../core/relations.js';
import type { Artifact, StoredFile } from '../../core/repository.js';
import type { Bundle } from '../../core/select-artifacts.js';
import type { UnresolvedDependency } from '../results.js';
import { loadContent } from '../version-content.js';
import type { FilterRules } from './choose-content.js';
import type { SyncSession } from './session.js';

export interface Selection {
  /** Everything that upstream has. */
  readonly artifacts: readonly Artifact[];
  readonly files: readonly StoredFile[];
  readonly bundles: readonly Bundle[];
  readonly selected: readonly Artifact[];
  readonly rules: FilterRules;
  /** Repositories that clients have besides this one. */
  readonly others: readonly string[];
}

export interface Completed {
  /** In upstream's order. */
  readonly artifacts: readonly Artifact[];
  readonly unresolved: readonly UnresolvedDependency[];
  readonly warnings: readonly string[];
}

/** What is kept follows from this repository alone; the others only say what is not missing. */
export async function addDependencies(session: SyncSession, selection: Selection): Promise<Completed> {
  const { app, format } = session;
  const { artifacts, files, bundles, selected, rules, others } = selection;
  const reader = relationsOf(format);
  const source: RelationSource = { artifacts, files, open: (file) => app.pool.open(file.digest) };
  const matching: MatchRules = { ...reader.rules, compareVersions: rules.compareVersions };
  const dependencies = await readDependencies(reader, source);
  const names = new Set([...dependencies.values()].flatMap(namesIn));
  const offers = createOffers(source);
  await offers.add(reader.readOffers(source, names));
  const own = new Map(selected.map((artifact) => [artifact.path, artifact]));
  const begin = artifacts.filter(({ path }) => own.has(path));
  const close = (): Closure => closeDependencies({
    artifacts, kept: begin, dependencies, offers: offers.byName, bundles, rules: matching,
    mayJoin: (artifact) => rules.isAdmitted(artifact) && !rules.isExcluded(artifact),
    isAdmitted: (artifact) => rules.isAdmitted(artifact),
  });
  let closure = close();
  // Lists of all files are long: they are read only where something is left that they may have, and then for all that may follow.
  const paths = offers.missingPaths(names);
  if (reader.readFileOffers !== undefined && offers.missingPaths(namesIn(closure.unmet.map(({ dependency }) => dependency))).size > 0) {
    await offers.add(reader.readFileOffers(source, paths));
    closure = close();
  }
  const { unmet, warnings } = await withoutMetElsewhere(session, reader, matching, closure, others, offers.byName);
  // A selected file of several packages goes by one that stays, which need not be upstream's first.
  const kept = artifacts.filter((artifact) => closure.kept.has(artifact)).map((artifact) => own.get(artifact.path) ?? artifact);
  return { artifacts: kept, unresolved: unmet.map(toUnresolved), warnings };
}

/** Where the configuration lets dependencies be asked for, the format has them. */
function relationsOf({ name, relations }: Format): RelationReader {
  if (relations === undefined) throw new Error(`the format ${name} does not say what packages depend on`);
  return relations;
}

async function readDependencies(reader: RelationReader, source: RelationSource): Promise<ReadonlyMap<string, readonly Dependency[]>> {
  const needs = new Map<string, readonly Dependency[]>();
  for await (const { path, dependencies } of reader.readNeeds(source)) needs.set(path, dependencies);
  return needs;
}

interface OpenOffers {
  readonly byName: Map<string, OwnedOffer[]>;
  add(packages: AsyncIterable<PackageOffers>): Promise<void>;
  /** Those of the names that are paths, and that nobody offers yet. */
  missingPaths(names: Iterable<string>): ReadonlySet<string>;
}

function createOffers({ artifacts }: Pick<RelationSource, 'artifacts'>): OpenOffers {
  const byPath = new Map<string, Artifact>(artifacts.map((artifact) => [artifact.path, artifact]));
  const byName: OpenOffers['byName'] = new Map();
  return {
    byName,
    async add(packages) {
      for await (const { path, offers } of packages) {
        const artifact = byPath.get(path);
        if (artifact === undefined) continue;
        for (const offer of offers) {
          const known = byName.get(offer.name);
          if (known === undefined) byName.set(offer.name, [{ ...offer, artifact }]);
          else known.push({ ...offer, artifact });
        }
      }
    },
    missingPaths: (names) => new Set([...names].filter((name) => name.startsWith('/') && !byName.has(name))),
  };
}

/** What the other repositories hold now is not missing on clients. */
async function withoutMetElsewhere(
  { app }: SyncSession, reader: RelationReader, rules: MatchRules, { kept, unmet }: Closure, others: readonly string[], own: OpenOffers['byName'],
): Promise<{ readonly unmet: readonly Unmet[]; readonly warnings: readonly string[] }> {
  const names = new Set(namesIn(unmet.map(({ dependency }) => dependency)));
  const there = new Set(kept);
  const offers = new Map(own);
  const warnings: string[] = [];
  for (const name of others) {
    const version = (await app.store.findRepository(name))?.current;
    if (version === undefined) {
      warnings.push(`${name} is among filters.with_dependencies and has not been synced yet: what it will hold counts as missing`);
      continue;
    }
    if (names.size === 0) continue;
    const source: RelationSource = { ...await loadContent(app, version), open: (file) => app.pool.open(file.digest) };
    const found = createOffers(source);
    await found.add(reader.readOffers(source, names));
    const paths = found.missingPaths(names);
    if (reader.readFileOffers !== undefined && paths.size > 0) await found.add(reader.readFileOffers(source, paths));
    for (const artifact of source.artifacts) there.add(artifact);
    for (const [offered, more] of found.byName) offers.set(offered, [...offers.get(offered) ?? [], ...more]);
  }
  const isThere = (artifact: Artifact): boolean => there.has(artifact);
  return { unmet: unmet.filter(({ dependency, machine }) => !isMet(dependency.need, machine, offers, rules, isThere)), warnings };
}

function namesIn(dependencies: readonly Dependency[]): readonly string[] {
  return dependencies.flatMap(({ need }) => namesOf(need));
}

function toUnresolved({ artifact: { name, version, arch }, dependency, machine, isExcluded }: Unmet): UnresolvedDependency {
  return { package: `${name} ${version} ${arch}`, requires: dependency.text, architecture: machine, reason: isExcluded ? 'excluded' : 'missing' };
}
