/** Operations: one Git repository: has its branch moved, and what follows from that. */

import { randomUUID } from 'node:crypto';
import type { App } from '../../core/app.js';
import { digestOf } from '../../core/digest.js';
import { ChantalError } from '../../core/errors.js';
import type { GitSettings } from '../../core/git-settings.js';
import type { GitCause, GitCounts, GitRun, GitState } from '../../core/resource-store.js';
import { canonicalJson } from '../../definitions/digest.js';
import { deliverRepositories } from './deliver-repositories.js';
import { isOwnerGone, noCounts, type GitStep, type GitSyncResult } from './git-step.js';
import { takeInDefinitions } from './take-in-definitions.js';

export interface GitSyncOptions {
  readonly cause: GitCause;
  /** Told to whoever asked for it; unset: a new one. */
  readonly run?: string;
}

/** @throws E_LOCKED; E_UPSTREAM and its kin, which are remembered: what was served is served on */
export async function syncGit(app: App, source: GitSettings, { cause, run = randomUUID() }: GitSyncOptions, signal?: AbortSignal): Promise<GitSyncResult> {
  const lock = await app.store.acquireLock(`git/${source.name}`, 'git sync');
  const startedAt = app.clock.now().toISOString();
  const finish = (result: GitRun['result'], counts: GitCounts, more: Pick<GitRun, 'commit' | 'error'> = {}): GitRun =>
    ({ run, cause, startedAt, finishedAt: app.clock.now().toISOString(), result, counts, ...more });
  try {
    return await sync(app, source, finish, signal);
  } catch (error) {
    if (!(error instanceof ChantalError) || error.code === 'E_CANCELLED' || error.code.startsWith('E_DATABASE')) throw error;
    const { record } = await app.store.readGitState(source.name);
    await app.store.recordGitFailure(source, finish('failed', noCounts, { error: { code: error.code, message: error.message } }), nextTry(app, source, record?.failures ?? 0));
    throw error;
  } finally {
    await lock.release();
  }
}

async function sync(app: App, source: GitSettings, finish: (result: GitRun['result'], counts: GitCounts, more?: Pick<GitRun, 'commit' | 'error'>) => GitRun, signal?: AbortSignal): Promise<GitSyncResult> {
  const branch = await app.openBranch(source);
  const state = await app.store.readGitState(source.name);
  const settingsDigest = digestSettings(app, source);
  const asked = await branch.readHead(signal);
  const isAgain = state.record?.settingsDigest !== settingsDigest || await hasFreedName(app, state);
  if (state.record?.commit === asked && !isAgain) {
    const run = finish('unchanged', noCounts, { commit: asked });
    await app.store.recordGitCheck(source, run);
    return { repository: source.name, outcome: 'unchanged', run: run.run, commit: asked, previousCommit: asked, isRewritten: false, counts: noCounts, changes: [], rejections: state.rejections, problems: [] };
  }
  const head = await branch.fetch(signal);
  const step: GitStep = { source, state, head, settingsDigest, isAgain, finish: (result, counts) => finish(result, counts, { commit: head }) };
  return source.provides === 'repos' ? deliverRepositories(app, branch, step, signal) : takeInDefinitions(app, branch, step, signal);
}

/** Addresses and rules: where one is another, what was refused may count, and the other way round. */
function digestSettings({ settings }: App, { url, branch, path, provides, allowsLocal }: GitSettings): string {
  return digestOf(canonicalJson({ url, branch, path, provides, ...(provides === 'repos' ? { allowsLocal } : { validation: settings.validation }) }));
}

/** A definition was refused because its name was another's, and it is that no longer. */
async function hasFreedName(app: App, { rejections }: GitState): Promise<boolean> {
  const owned = rejections.flatMap(({ code, name }) => (code === 'RESOURCE_OWNED' && name !== undefined ? [name] : []));
  if (owned.length === 0) return false;
  const known = new Map((await app.store.findResources(owned)).map((resource) => [resource.name, resource]));
  return owned.some((name) => {
    const resource = known.get(name);
    return resource === undefined || resource.withdrawnAt !== undefined || isOwnerGone(app, resource.source);
  });
}

const longestWaitMs = 3600 * 1000;

/** Twice as long each time, and not all at once. ISO. */
function nextTry(app: App, { pollMs }: GitSettings, failures: number): string {
  const waitMs = Math.min(longestWaitMs, pollMs * 2 ** Math.min(failures + 1, 20));
  return new Date(app.clock.now().getTime() + waitMs * (0.9 + Math.random() * 0.2)).toISOString();
}

/** @throws ChantalError E_REPOSITORY_UNKNOWN */
export function findGitSource({ settings }: App, name: string): GitSettings {
  const found = settings.git.find((source) => source.name === name);
  if (found !== undefined) return found;
  throw new ChantalError('E_REPOSITORY_UNKNOWN', `there is no Git repository ${JSON.stringify(name)} in git.repositories`, {
    hint: settings.git.length === 0 ? 'None is configured: see docs/definitions.md.' : `There are: ${settings.git.map((source) => source.name).join(', ')}.`,
    context: { repository: name },
  });
}
