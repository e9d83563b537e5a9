/** Core: which packages meet a need. Pure. */

import type { NamedNeed, Need, Offer, RelationRules, VersionRange } from './relations.js';
import type { Artifact } from './repository.js';

export interface OwnedOffer extends Offer {
  readonly artifact: Artifact;
}

/** By the name that is offered. */
export type Offers = ReadonlyMap<string, readonly OwnedOffer[]>;

/** How two versions compare in the format, and what else it says of relations. */
export interface MatchRules extends RelationRules {
  compareVersions(a: string, b: string): number;
}

export interface Match {
  /** Lower is better. */
  readonly rank: number;
  /** It is called so itself, not only provides it. */
  readonly isNamesake: boolean;
}

/** Every package that meets the need by itself. */
export function findMatches(need: Need, machine: string, offers: Offers, rules: MatchRules): ReadonlyMap<Artifact, Match> {
  const find = (each: Need): ReadonlyMap<Artifact, Match> => findMatches(each, machine, offers, rules);
  switch (need.kind) {
    case 'named': return findNamed(need, machine, offers, rules);
    case 'or': return new Map(need.needs.flatMap((each) => [...find(each)]).reverse());
    case 'and':
    case 'with': return need.needs.map(find).reduce((all, some) => new Map([...all].filter(([artifact]) => some.has(artifact))));
    case 'without': {
      const not = find(need.not);
      return new Map([...find(need.need)].filter(([artifact]) => !not.has(artifact)));
    }
    case 'if': return new Map();
  }
}

/** Is the need met by the packages that are there, each for its part? */
export function isMet(need: Need, machine: string, offers: Offers, rules: MatchRules, isThere: (artifact: Artifact) => boolean): boolean {
  const check = (each: Need): boolean => isMet(each, machine, offers, rules, isThere);
  switch (need.kind) {
    case 'or': return need.needs.some(check);
    case 'and': return need.needs.every(check);
    case 'if': {
      const branch = check(need.condition) ? need.then : need.otherwise;
      return branch === undefined || check(branch);
    }
    default: {
      for (const artifact of findMatches(need, machine, offers, rules).keys()) if (isThere(artifact)) return true;
      return false;
    }
  }
}

/** All names that a need may be met by. */
export function namesOf(need: Need): readonly string[] {
  switch (need.kind) {
    case 'named': return [need.name];
    case 'without': return [need.need, need.not].flatMap(namesOf);
    case 'if': return [need.condition, need.then, need.otherwise].flatMap((each) => (each === undefined ? [] : namesOf(each)));
    default: return need.needs.flatMap(namesOf);
  }
}

function findNamed(need: NamedNeed, machine: string, offers: Offers, rules: MatchRules): ReadonlyMap<Artifact, Match> {
  const matches = new Map<Artifact, Match>();
  for (const { artifact, range, reach } of offers.get(need.name) ?? []) {
    const rank = rules.rank(artifact.arch, reach, need, machine);
    if (rank !== undefined && fits(need.range, range, rules)) matches.set(artifact, { rank, isNamesake: artifact.name === need.name });
  }
  return matches;
}

/** Do the two ranges share a version? As rpm's rpmdsCompare has it; dpkg's offers are all exact. */
function fits(asked: VersionRange | undefined, offered: VersionRange | undefined, rules: MatchRules): boolean {
  if (asked === undefined) return true;
  if (offered === undefined) return rules.isVersionOptional;
  const order = rules.compareVersions(offered.version, asked.version);
  const both = (sign: string): boolean => offered.comparison.includes(sign) && asked.comparison.includes(sign);
  if (order < 0) return offered.comparison.includes('>') || asked.comparison.includes('<');
  if (order > 0) return offered.comparison.includes('<') || asked.comparison.includes('>');
  return both('=') || both('<') || both('>');
}
