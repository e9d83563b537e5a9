/** Operations: definitions from Git: commit by commit since the last time, into versions that stay. */

import { setImmediate } from 'node:timers/promises';
import type { App } from '../../core/app.js';
import { ChantalError } from '../../core/errors.js';
import type { GitBranch, GitChange, GitCommit } from '../../core/git.js';
import type { GitCounts, GitEvent, GitRun, GitSyncRecord } from '../../core/resource-store.js';
import { createParser, fileLimitBytes, isValid, refuseFile, type ParsedDocument } from '../../definitions/parse.js';
import { planSync, type Plan, type PlannedCommit } from '../../definitions/plan.js';
import { isOwnerGone, type GitStep, type GitSyncResult } from './git-step.js';

export async function takeInDefinitions(app: App, branch: GitBranch, step: GitStep, signal?: AbortSignal): Promise<GitSyncResult> {
  const { source, state, head, isAgain } = step;
  const base = state.record?.commit;
  const { commits: found, isWhole } = await branch.readHistory(isAgain ? undefined : base, head, signal);
  const isRewritten = isWhole && base !== undefined && !isAgain;
  if (isRewritten) app.reporter.log('WARN', `${source.name}: the history of ${source.branch} was rewritten; it is read again from its beginning`);
  const commits = await parseCommits(app, branch, found, signal);
  const { plan, run } = await record(app, step, commits, isWhole, isRewritten);
  for (const { path, field, message } of plan.warnings) app.reporter.log('WARN', `${source.name}: ${path}: ${field}: ${message}`);
  return {
    repository: source.name, outcome: 'synced', run: run.run, commit: head, ...(base === undefined ? {} : { previousCommit: base }), isRewritten, counts: run.counts,
    changes: plan.changes.map(({ type, version, changes }) => ({ type, name: version.definition.metadata.name, version: version.definition.metadata.version, changes })),
    rejections: plan.rejections, problems: [],
  };
}

/** Each blob is read and parsed once, however many commits have it. */
async function parseCommits(app: App, branch: GitBranch, commits: readonly GitCommit[], signal: AbortSignal | undefined): Promise<readonly PlannedCommit[]> {
  const parse = createParser(app.settings.validation);
  const parsed = new Map<string, readonly ParsedDocument[]>();
  const wanted = [...new Set(commits.flatMap(({ changes }) => changes.filter((change) => change.kind === 'file' && isWanted(change)).map(({ blob }) => blob)))];
  let count = 0;
  for await (const { blob, bytes } of branch.readBlobs(wanted, fileLimitBytes, signal)) {
    parsed.set(blob, bytes === undefined ? [refuseFile(`is larger than ${fileLimitBytes / 1024} KiB`)] : parse(bytes));
    count += 1;
    // Whoever serves besides gets his turn.
    if (count % 10 === 0) await setImmediate();
  }
  return commits.map(({ id, at, author, changes }) => ({
    id, at, author, changes: changes.filter(isWanted).map((change) => ({ path: change.path, documents: documentsOf(change, parsed) })),
  }));
}

function documentsOf({ kind, blob }: GitChange, parsed: ReadonlyMap<string, readonly ParsedDocument[]>): readonly ParsedDocument[] | undefined {
  switch (kind) {
    case 'gone': return undefined;
    case 'file': return parsed.get(blob) ?? [];
    case 'link': return [refuseFile('is a symbolic link: links are not followed')];
    case 'other': return [refuseFile('is no file')];
  }
}

/** Hidden files and directories are those of tools. */
function isWanted({ path }: GitChange): boolean {
  return /\.ya?ml$/.test(path) && path.length <= 1000 && !path.split('/').some((part) => part.startsWith('.'));
}

/** So often others may take a name while we look. */
const attempts = 5;

async function record(app: App, step: GitStep, commits: readonly PlannedCommit[], isWhole: boolean, isRewritten: boolean): Promise<{ readonly plan: Plan; readonly run: GitRun }> {
  const { source, state, head, settingsDigest } = step;
  const names = commits.flatMap(({ changes }) => changes.flatMap(({ documents }) => (documents ?? []).flatMap((each) => (isValid(each) ? [each.definition.metadata.name] : []))));
  const held = state.holdings.map(({ name }) => name);
  for (let attempt = 1; ; attempt += 1) {
    const mentioned = [...new Set([...names, ...held])];
    const resources = await app.store.findResources(mentioned, isWhole ? source.name : undefined);
    const known = new Map(resources.map((resource) => [resource.name, resource]));
    const plan = planSync({
      source: source.name, commits, isWhole, holdings: state.holdings, rejections: state.rejections, known,
      isOwnerGone: (owner) => isOwnerGone(app, owner), enforcesPolicies: app.settings.validation.enforcesPolicies,
    });
    const run = step.finish('synced', countsOf(plan));
    const owners = new Map(plan.resources.map(({ name }) => [name, known.get(name)?.source]));
    const events: readonly GitEvent[] = [...eventsOf(source.name, plan), {
      type: 'git.synced', repository: source.name, branch: source.branch, commit: head, run: run.run, counts: run.counts, isRewritten,
    }];
    const content: GitSyncRecord['content'] = { owners, resources: plan.resources, holdings: plan.holdings, rejections: plan.rejections, newRejections: plan.newRejections };
    if (await app.store.recordGitSync({ source, settingsDigest, commit: head, content, events, run })) return { plan, run };
    if (attempt === attempts) throw new ChantalError('E_DATABASE', `${source.name}: others take the names of its definitions again and again`, { hint: 'Run it again.', context: { repository: source.name } });
  }
}

function countsOf({ changes, rejections }: Plan): GitCounts {
  const count = (type: string): number => changes.filter((change) => change.type === type).length;
  const isNew = ({ type, version, commit }: Plan['changes'][number]): boolean => type === 'resource.created' || (type === 'resource.updated' && version.commit === commit && version.deprecation === undefined);
  const added = changes.filter(isNew).length;
  return { added, updated: count('resource.created') + count('resource.updated') - added, deprecated: count('resource.deprecated'), removed: count('resource.removed'), rejected: rejections.length };
}

function eventsOf(repository: string, { changes, newRejections }: Plan): readonly GitEvent[] {
  return [
    ...changes.map(({ type, version: { definition: { metadata } }, changes: changed, commit, author }): GitEvent => ({
      type, repository, name: metadata.name, version: metadata.version, provider: metadata.provider, category: metadata.category, changes: changed, commit, author,
    })),
    ...newRejections.map((rejection): GitEvent => ({ type: 'resource.rejected', repository, ...rejection })),
  ];
}
