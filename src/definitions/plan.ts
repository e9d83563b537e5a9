/** Definitions: what became of a Git repository's files, commit by commit → what is to be recorded of it. Pure. */

import type {
  Deprecation, DefinitionFinding, Holding, KnownResource, Rejection, RejectionCode, ResourceVersion,
} from '../core/resources.js';
import { checkStep, findPredecessor, listChanges } from './compare.js';
import { canonicalJson } from './digest.js';
import { isValid, type ParsedDefinition, type ParsedDocument } from './parse.js';
import { chooseLatest } from './versions.js';

export interface PlannedCommit {
  readonly id: string;
  /** ISO. */
  readonly at: string;
  readonly author: string;
  readonly changes: readonly { readonly path: string; /** undefined: the file is gone. */ readonly documents: readonly ParsedDocument[] | undefined }[];
}

export interface PlanRequest {
  readonly source: string;
  /** Oldest first. */
  readonly commits: readonly PlannedCommit[];
  /** The commits are the whole history: what is in none of them is withdrawn. */
  readonly isWhole: boolean;
  /** As it was recorded. Where the commits are the whole history, holdings and rejections come from them alone. */
  readonly holdings: readonly Holding[];
  readonly rejections: readonly Rejection[];
  /** Every name that the commits mention, and every one that the source has. */
  readonly known: ReadonlyMap<string, KnownResource>;
  /** Sources that are no longer configured have let go of their names. */
  readonly isOwnerGone: (source: string) => boolean;
  readonly enforcesPolicies: boolean;
}

export type ResourceChange =
  | { readonly type: 'resource.created' | 'resource.updated' | 'resource.deprecated'; readonly version: ResourceVersion; readonly changes: readonly string[]; readonly commit: string; readonly author: string }
  | { readonly type: 'resource.removed'; readonly version: ResourceVersion; readonly changes: readonly string[]; readonly commit: string; readonly author: string };

export interface Plan {
  /** In the order in which they are to be told. */
  readonly changes: readonly ResourceChange[];
  /** Names that changed in any way, as they are now, with the latest of their versions. */
  readonly resources: readonly (KnownResource & { readonly latest: string })[];
  readonly holdings: readonly Holding[];
  readonly rejections: readonly Rejection[];
  /** Those of them that were not there before. */
  readonly newRejections: readonly Rejection[];
  /** What would be refused if policies were enforced. */
  readonly warnings: readonly (DefinitionFinding & { readonly path: string })[];
}

export function planSync(request: PlanRequest): Plan {
  const state = new State(request);
  for (const commit of request.commits) state.apply(commit);
  return state.finish();
}

interface Draft {
  source: string;
  withdrawnAt: string | undefined;
  readonly versions: Map<string, ResourceVersion>;
  /** Which of them the commits have shown. */
  readonly seen: Set<string>;
}

class State {
  readonly #request: PlanRequest;
  readonly #drafts = new Map<string, Draft>();
  readonly #additions: ResourceChange[] = [];
  readonly #warnings: Plan['warnings'][number][] = [];
  #holdings: Map<string, readonly Holding[]>;
  #rejections: Map<string, readonly Rejection[]>;
  #last: Pick<PlannedCommit, 'id' | 'at' | 'author'> | undefined;

  constructor(request: PlanRequest) {
    this.#request = request;
    this.#holdings = byPath(request.isWhole ? [] : request.holdings);
    this.#rejections = byPath(request.isWhole ? [] : request.rejections);
  }

  apply(commit: PlannedCommit): void {
    this.#last = commit;
    const before = commit.changes.flatMap(({ path }) => this.#holdings.get(path) ?? []);
    for (const { path, documents } of commit.changes) {
      this.#rejections.delete(path);
      const former = this.#holdings.get(path) ?? [];
      this.#holdings.delete(path);
      if (documents === undefined) continue;
      const rejections: Rejection[] = [];
      const holdings = documents.flatMap((document): readonly Holding[] => {
        const refused = isValid(document) ? this.#admit(document, path, commit) : { code: 'VALIDATION_FAILED' as const, findings: document.findings };
        const { name, version } = isValid(document) ? document.definition.metadata : document;
        if (refused !== undefined) {
          rejections.push({ path, document: document.document, ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }), ...refused, commit: commit.id, author: commit.author });
        }
        // A file that cannot be read still is the file of what it held.
        if (name === undefined || version === undefined) return former.filter((holding) => holding.document === document.document);
        return [{ path, document: document.document, name, version }];
      });
      if (holdings.length > 0) this.#holdings.set(path, holdings);
      if (rejections.length > 0) this.#rejections.set(path, rejections);
    }
    this.#withdraw(before, commit);
  }

  /** @returns why not */
  #admit(parsed: ParsedDefinition, path: string, commit: PlannedCommit): { readonly code: RejectionCode; readonly findings: readonly DefinitionFinding[] } | undefined {
    const { definition, digest } = parsed;
    const { name, version } = definition.metadata;
    const known = this.#draft(name);
    if (known !== undefined && known.source !== this.#request.source && known.withdrawnAt === undefined && !this.#request.isOwnerGone(known.source)) {
      return { code: 'RESOURCE_OWNED', findings: [{ field: 'metadata.name', message: `${name} belongs to the Git repository ${known.source}, which had it first` }] };
    }
    const published = known?.versions.get(version);
    if (published !== undefined && published.digest !== digest) {
      return { code: 'VERSION_IMMUTABLE', findings: [{ field: 'metadata.version', message: `${version} was published with other content (${published.commit.slice(0, 12)}): give the change a new version` }] };
    }
    if (published === undefined) {
      const refused = this.#judge(parsed, known, path);
      if (refused !== undefined) return refused;
    }
    this.#keep(parsed, path, commit, known, published);
    return undefined;
  }

  /** Rules and policies are for what is new: what is published stays so, whatever the rules become. */
  #judge({ definition, faults, violations }: ParsedDefinition, known: Draft | undefined, path: string): { readonly code: RejectionCode; readonly findings: readonly DefinitionFinding[] } | undefined {
    const predecessor = findPredecessor(definition.metadata.version, [...known?.versions.keys() ?? []]);
    const before = predecessor === undefined ? undefined : known?.versions.get(predecessor)?.definition;
    const broken = [...violations, ...(before === undefined ? [] : checkStep(before, definition))];
    if (this.#request.enforcesPolicies) {
      if (faults.length > 0) return { code: 'VALIDATION_FAILED', findings: faults };
      return broken.length > 0 ? { code: 'POLICY_VIOLATION', findings: broken } : undefined;
    }
    this.#warnings.push(...[...faults, ...broken].map((finding) => ({ ...finding, path })));
    return undefined;
  }

  #keep({ definition, digest, deprecation }: ParsedDefinition, path: string, commit: PlannedCommit, known: Draft | undefined, published: ResourceVersion | undefined): void {
    const { name, version } = definition.metadata;
    const draft: Draft = known ?? { source: this.#request.source, withdrawnAt: undefined, versions: new Map(), seen: new Set() };
    const { source } = this.#request;
    draft.source = source;
    draft.withdrawnAt = undefined;
    const kept: ResourceVersion = {
      definition,
      digest,
      ...(deprecation === undefined ? {} : { deprecation: { ...deprecation, at: sinceWhen(published?.deprecation, deprecation) ?? commit.at } }),
      commit: published?.commit ?? commit.id,
      author: published?.author ?? commit.author,
      createdAt: published?.createdAt ?? commit.at,
      path,
    };
    if (published === undefined) {
      const predecessor = findPredecessor(version, [...draft.versions.keys()]) ?? chooseLatest([...draft.versions.values()])?.definition.metadata.version;
      const before = predecessor === undefined ? undefined : draft.versions.get(predecessor)?.definition;
      const told = { version: kept, commit: commit.id, author: commit.author };
      this.#additions.push(before === undefined ? { ...told, type: 'resource.created', changes: [] } : { ...told, type: 'resource.updated', changes: listChanges(before, definition) });
    }
    draft.versions.set(version, kept);
    draft.seen.add(version);
    this.#drafts.set(name, draft);
  }

  /** What `before` had, and no file has now. */
  #withdraw(before: readonly Holding[], { at, changes }: PlannedCommit): void {
    const isHeld = (name: string, version?: string): boolean => [...this.#holdings.values()].some((holdings) =>
      holdings.some((holding) => holding.name === name && (version === undefined || holding.version === version)));
    const renewed = new Set(changes.flatMap(({ path }) => this.#holdings.get(path) ?? []).map(({ name }) => name));
    for (const { name, version } of before) {
      const draft = this.#draft(name);
      if (draft?.source !== this.#request.source || isHeld(name, version)) continue;
      const published = draft.versions.get(version);
      if (!isHeld(name)) draft.withdrawnAt ??= at;
      // Another version in its place: it is history. Its own file removed: it is taken back.
      else if (!renewed.has(name) && published !== undefined) draft.versions.set(version, { ...published, withdrawnAt: at });
      this.#drafts.set(name, draft);
    }
  }

  /** A copy of what is known, made when it is first needed. */
  #draft(name: string): Draft | undefined {
    const draft = this.#drafts.get(name);
    if (draft !== undefined) return draft;
    const known = this.#request.known.get(name);
    if (known === undefined) return undefined;
    const made: Draft = {
      source: known.source, withdrawnAt: known.withdrawnAt, seen: new Set(),
      versions: new Map(known.versions.map((version) => [version.definition.metadata.version, version])),
    };
    this.#drafts.set(name, made);
    return made;
  }

  finish(): Plan {
    if (this.#request.isWhole) this.#withdrawUnseen();
    const changed = [...this.#drafts].filter(([name, draft]) => draft.source === this.#request.source && !isSame(this.#request.known.get(name), draft));
    const rejections = [...this.#rejections.values()].flat();
    const earlier = new Set(this.#request.rejections.map(rejectionKey));
    return {
      changes: [...this.#additions, ...changed.flatMap(([name, draft]) => this.#overlays(name, draft))],
      resources: changed.map(([name, { source, withdrawnAt, versions }]) => ({
        name, source, ...(withdrawnAt === undefined ? {} : { withdrawnAt }), versions: [...versions.values()],
        latest: chooseLatest([...versions.values()])?.definition.metadata.version ?? '',
      })),
      holdings: [...this.#holdings.values()].flat(),
      rejections,
      newRejections: rejections.filter((rejection) => !earlier.has(rejectionKey(rejection))),
      warnings: this.#warnings,
    };
  }

  /** After history was rewritten: what it no longer has. */
  #withdrawUnseen(): void {
    const at = this.#last?.at;
    if (at === undefined) return;
    const names = new Set([...this.#holdings.values()].flat().map(({ name }) => name));
    for (const [name, { source }] of this.#request.known) {
      const draft = this.#draft(name);
      if (draft === undefined || source !== this.#request.source || draft.source !== source) continue;
      if (!names.has(name)) draft.withdrawnAt ??= at;
      for (const [version, published] of draft.versions) {
        if (names.has(name) && !draft.seen.has(version) && published.withdrawnAt === undefined) draft.versions.set(version, { ...published, withdrawnAt: at });
      }
      this.#drafts.set(name, draft);
    }
  }

  /** What changed of versions since they were there, or came: told once, as it ended, whatever it was on the way. */
  #overlays(name: string, draft: Draft): readonly ResourceChange[] {
    if (this.#last === undefined) return [];
    const known = this.#request.known.get(name);
    const told = { commit: this.#last.id, author: this.#last.author };
    // What is new has been told as it came.
    const added = this.#additions.map(({ version }) => version).filter(({ definition }) => definition.metadata.name === name);
    const before = new Map([...known?.versions ?? [], ...added].map((version) => [version.definition.metadata.version, version]));
    const changes = [...draft.versions.values()].flatMap((version): readonly ResourceChange[] => {
      const earlier = before.get(version.definition.metadata.version);
      if (earlier === undefined) return [];
      if (earlier.withdrawnAt === undefined && version.withdrawnAt !== undefined) return [{ ...told, type: 'resource.removed', version, changes: ['version'] }];
      const isDeprecation = canonicalJson(earlier.deprecation) !== canonicalJson(version.deprecation);
      const others = [...listChanges(earlier.definition, version.definition), ...(earlier.withdrawnAt === version.withdrawnAt ? [] : ['version'])];
      return [
        ...(isDeprecation ? [{ ...told, type: 'resource.deprecated' as const, version, changes: ['metadata.deprecation'] }] : []),
        ...(others.length > 0 ? [{ ...told, type: 'resource.updated' as const, version, changes: others }] : []),
      ];
    });
    const latest = chooseLatest([...draft.versions.values()]);
    if (latest === undefined || (known?.withdrawnAt === undefined) === (draft.withdrawnAt === undefined)) return changes;
    // A new version has told of the name already.
    if (draft.withdrawnAt === undefined && added.length > 0) return changes;
    return [...changes, { ...told, type: draft.withdrawnAt === undefined ? 'resource.updated' : 'resource.removed', version: latest, changes: ['name'] }];
  }
}

/** Said again in the same words, it is as old as it was. */
function sinceWhen(before: Deprecation | undefined, now: Omit<Deprecation, 'at'>): string | undefined {
  return before !== undefined && canonicalJson({ ...before, at: '' }) === canonicalJson({ ...now, at: '' }) ? before.at : undefined;
}

function isSame(known: KnownResource | undefined, draft: Draft): boolean {
  return known !== undefined && known.source === draft.source && known.withdrawnAt === draft.withdrawnAt && known.versions.length === draft.versions.size
    && known.versions.every((version) => canonicalJson(version) === canonicalJson(draft.versions.get(version.definition.metadata.version)));
}

function rejectionKey({ path, document, code, findings, version }: Rejection): string {
  return canonicalJson({ path, document, code, findings, version: version ?? '' });
}

function byPath<T extends { readonly path: string }>(items: readonly T[]): Map<string, readonly T[]> {
  const grouped = new Map<string, T[]>();
  for (const item of items) {
    const group = grouped.get(item.path);
    if (group === undefined) grouped.set(item.path, [item]);
    else group.push(item);
  }
  return grouped;
}
