/** Serve: asks Git repositories whether their branches have moved, now and then and when a webhook says so. */

import { randomUUID } from 'node:crypto';
import type { App } from '../../core/app.js';
import { ChantalError, isChantalError } from '../../core/errors.js';
import type { GitSettings } from '../../core/git-settings.js';
import type { GitCause } from '../../core/resource-store.js';
import { syncGit } from '../../operations/git/sync-git.js';

export interface GitPoller {
  /** Soon, once for all who ask before it begins. @returns the run that is to come */
  trigger(source: GitSettings): string;
  /** A sync that is under way is given up: the next one does it again. */
  stop(): Promise<void>;
}

/** Another process is at it: it may have begun before what is asked for was there. */
const lockedRetryMs = 1000;

export function startGitPolling(app: App): GitPoller {
  const stopping = new AbortController();
  const watches = app.settings.git.map((source) => watch(app, source, stopping.signal));
  return {
    trigger: (source) => watches[app.settings.git.indexOf(source)]?.trigger('webhook') ?? randomUUID(),
    async stop() {
      stopping.abort(new ChantalError('E_CANCELLED', 'the service stops'));
      await Promise.all(watches.map(async ({ end }) => end()));
    },
  };
}

function watch(app: App, source: GitSettings, signal: AbortSignal): { trigger(cause: GitCause): string; end(): Promise<void> } {
  let pending: { readonly run: string; readonly cause: GitCause } | undefined;
  let working: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  function trigger(cause: GitCause): string {
    pending ??= { run: randomUUID(), cause };
    const { run } = pending;
    if (working === undefined && !signal.aborted) working = work().finally(() => { working = undefined; });
    return run;
  }

  async function work(): Promise<void> {
    clearTimeout(timer);
    let waitMs = source.pollMs;
    while (pending !== undefined && !signal.aborted) {
      const asked = pending;
      pending = undefined;
      const isLocked = await sync(app, source, asked, signal);
      if (!isLocked) continue;
      pending ??= asked.cause === 'webhook' ? asked : undefined;
      waitMs = pending === undefined ? waitMs : lockedRetryMs;
      break;
    }
    timer = setTimeout(() => void poll(), waitMs);
    if (signal.aborted) clearTimeout(timer);
  }

  async function poll(): Promise<void> {
    // Of one that cannot be reached we wait longer; whoever sends a webhook knows better.
    if (pending === undefined && await isToWait(app, source)) timer = setTimeout(() => void poll(), source.pollMs);
    else trigger('poll');
    if (signal.aborted) clearTimeout(timer);
  }

  timer = setTimeout(() => void poll(), 0);
  return {
    trigger,
    async end() {
      clearTimeout(timer);
      await working;
      clearTimeout(timer);
    },
  };
}

/** @returns whether somebody else is at it. Never throws: what goes wrong is remembered, and the next poll comes. */
async function sync(app: App, source: GitSettings, { run, cause }: { readonly run: string; readonly cause: GitCause }, signal: AbortSignal): Promise<boolean> {
  const startedMs = performance.now();
  const told = { service: app.settings.service.name, operation: 'sync_repository', repository: source.name, run };
  try {
    const { outcome, changes, rejections } = await syncGit(app, source, { cause, run }, signal);
    app.reporter.log(outcome === 'unchanged' ? 'DEBUG' : 'INFO', `${source.name}: ${outcome}`, { ...told, resources_updated: changes.length, rejected: rejections.length, duration_ms: Math.round(performance.now() - startedMs) });
  } catch (error) {
    if (isChantalError(error, 'E_LOCKED')) return true;
    if (!isChantalError(error, 'E_CANCELLED')) app.reporter.log('WARN', `${source.name}: ${error instanceof Error ? error.message : String(error)}`, { ...told, code: isChantalError(error) ? error.code : 'E_BUG' });
  }
  return false;
}

async function isToWait({ store, clock }: App, { name }: GitSettings): Promise<boolean> {
  try {
    const nextTryAt = (await store.readGitState(name)).record?.nextTryAt;
    return nextTryAt !== undefined && Date.parse(nextTryAt) > clock.now().getTime();
  } catch {
    return false;
  }
}
