/** Core: packages → they and everything they depend on, out of one repository. Pure; the same whatever order the packages come in. */

import { findMatches, isMet, type MatchRules, type Offers } from './find-offers.js';
import type { Dependency, Need } from './relations.js';
import type { Artifact } from './repository.js';
import type { Bundle } from './select-artifacts.js';

export interface DependencyRequest {
  /** Everything that upstream has. */
  readonly artifacts: readonly Artifact[];
  /** Where it begins. */
  readonly kept: readonly Artifact[];
  /** By path. */
  readonly dependencies: ReadonlyMap<string, readonly Dependency[]>;
  readonly offers: Offers;
  readonly bundles: readonly Bundle[];
  /** By name and kind: nothing joins that the filters exclude. */
  mayJoin(artifact: Artifact): boolean;
  /** By kind only, for the rest of a stream. */
  isAdmitted(artifact: Artifact): boolean;
  readonly rules: MatchRules;
}

/** A dependency that nothing in the repository meets. */
export interface Unmet {
  readonly artifact: Artifact;
  readonly dependency: Dependency;
  readonly machine: string;
  /** Something would, but for the filters. */
  readonly isExcluded: boolean;
}

export interface Closure {
  readonly kept: ReadonlySet<Artifact>;
  /** By package, in the order of its dependencies. */
  readonly unmet: readonly Unmet[];
}

/**
 * Of several packages that meet a need: one that is kept already; one outside of module streams, or of a default one, before one of
 * another stream; one that has the name before one that provides it; its own architecture before another; then by name, the
 * highest version, architecture, path. A stream joins whole. What is asked for on a condition is so when the
 * condition is kept too, whichever comes first.
 */
export function closeDependencies(request: DependencyRequest): Closure {
  const { artifacts, dependencies, offers, rules } = request;
  const order = compareArtifacts(rules);
  const present = new Set(artifacts.filter((artifact) => request.isAdmitted(artifact)).map(({ arch }) => arch));
  const bundles = indexBundles(request);
  const kept = new Set<Artifact>(request.kept);
  const isKept = (artifact: Artifact): boolean => kept.has(artifact);
  const met = (need: Need, machine: string): boolean => isMet(need, machine, offers, rules, isKept);

  const queue: { readonly artifact: Artifact; readonly machine: string }[] = [];
  const visited = new Set<string>();
  const visit = (artifact: Artifact, machine: string): void => {
    const key = `${machine} ${artifact.path}`;
    if (visited.has(key)) return;
    visited.add(key);
    queue.push({ artifact, machine });
  };
  const visitEverywhere = (artifact: Artifact): void => {
    for (const machine of rules.machinesOf(artifact.arch, present)) visit(artifact, machine);
  };
  const join = (artifact: Artifact, machine: string): void => {
    kept.add(artifact);
    const machines = rules.machinesOf(artifact.arch, present);
    visit(artifact, machines.includes(machine) ? machine : machines[0]!);
    for (const mate of bundles.matesOf(artifact)) {
      kept.add(mate);
      visitEverywhere(mate);
    }
  };

  const choose = (need: Need, machine: string): Artifact | undefined => {
    const matches = [...findMatches(need, machine, offers, rules)].filter(([artifact]) => request.mayJoin(artifact));
    return matches.sort(([a, left], [b, right]) => bundles.rankOf(a) - bundles.rankOf(b)
      || Number(right.isNamesake) - Number(left.isNamesake) || left.rank - right.rank || order(a, b))[0]?.[0];
  };
  /** What to add; undefined: nothing helps. */
  const resolve = (need: Need, machine: string): readonly Artifact[] | undefined => {
    if (met(need, machine)) return [];
    switch (need.kind) {
      case 'or': return firstOf(need.needs, (each) => resolve(each, machine));
      case 'and': {
        const parts = need.needs.map((each) => resolve(each, machine));
        return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
      }
      case 'if': return resolve((met(need.condition, machine) ? need.then : need.otherwise)!, machine);
      default: {
        const chosen = choose(need, machine);
        return chosen === undefined ? undefined : [chosen];
      }
    }
  };

  const unmet: Unmet[] = [];
  const waiting: Conditional[] = [];
  const follow = (need: Need, from: Origin): void => {
    if (need.kind === 'and') {
      for (const each of need.needs) follow(each, from);
    } else if (need.kind === 'if') {
      waiting.push({ ...need, from });
    } else {
      const added = resolve(need, from.machine);
      for (const artifact of added ?? []) join(artifact, from.machine);
      if (added === undefined) unmet.push({ ...from, isExcluded: isMet(need, from.machine, offers, rules, () => true) });
    }
  };

  for (const artifact of [...request.kept].sort(order)) visitEverywhere(artifact);
  for (let next = 0; ;) {
    for (; next < queue.length; next++) {
      const task = queue[next]!;
      for (const dependency of dependencies.get(task.artifact.path) ?? []) follow(dependency.need, { ...task, dependency });
    }
    const due = takeDue(waiting, met);
    if (due === undefined) break;
    follow(due.need, due.from);
  }
  // The rest of a stream may have met what nothing else could.
  const left = withoutRepeats(unmet).filter(({ dependency, machine }) => !met(dependency.need, machine));
  return { kept, unmet: left.sort((a, b) => order(a.artifact, b.artifact)) };
}

type Origin = Omit<Unmet, 'isExcluded'>;

type Conditional = Extract<Need, { kind: 'if' }> & { readonly from: Origin };

/** One whose condition is kept now; when there is none, one whose alternative is due because it is not. The other branch goes on waiting. */
function takeDue(waiting: Conditional[], isMetNow: (need: Need, machine: string) => boolean): { readonly need: Need; readonly from: Origin } | undefined {
  const ready = waiting.findIndex(({ condition, then, from }) => then !== undefined && isMetNow(condition, from.machine));
  if (ready >= 0) {
    const [{ then, from }] = waiting.splice(ready, 1) as [Conditional];
    return { need: then!, from };
  }
  const lacking = waiting.findIndex(({ condition, otherwise, from }) => otherwise !== undefined && !isMetNow(condition, from.machine));
  if (lacking < 0) return undefined;
  const [{ otherwise, ...rest }] = waiting.splice(lacking, 1) as [Conditional];
  waiting.push(rest);
  return { need: otherwise!, from: rest.from };
}

function indexBundles({ artifacts, bundles, isAdmitted }: DependencyRequest): { matesOf(artifact: Artifact): readonly Artifact[]; rankOf(artifact: Artifact): number } {
  const byPath = new Map<string, Bundle[]>();
  for (const bundle of bundles) if (!bundle.isOnePackage) for (const path of bundle.paths) byPath.set(path, [...byPath.get(path) ?? [], bundle]);
  const bundled = new Map(artifacts.filter((artifact) => byPath.has(artifact.path) && isAdmitted(artifact)).map((artifact) => [artifact.path as string, artifact]));
  return {
    matesOf: ({ path }) => (byPath.get(path) ?? []).flatMap((bundle) => [...bundle.paths].flatMap((mate) => bundled.get(mate) ?? [])),
    rankOf({ path }) {
      const own = byPath.get(path);
      return own === undefined || own.some(({ isDefault }) => isDefault) ? 0 : 1;
    },
  };
}

/** A total order: by name, the highest version first, architecture, path. */
function compareArtifacts(rules: MatchRules): (a: Artifact, b: Artifact) => number {
  return (a, b) => compareText(a.name, b.name) || rules.compareVersions(b.version, a.version) || compareText(a.arch, b.arch) || compareText(a.path, b.path);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function firstOf<T, R>(list: readonly T[], attempt: (each: T) => R | undefined): R | undefined {
  for (const each of list) {
    const result = attempt(each);
    if (result !== undefined) return result;
  }
  return undefined;
}

/** The parts of one dependency, and the machines it is followed on, are one thing to tell. */
function withoutRepeats(unmet: readonly Unmet[]): Unmet[] {
  return [...new Map(unmet.map((each) => [`${each.artifact.path}\n${each.dependency.text}\n${each.machine}`, each])).values()];
}
