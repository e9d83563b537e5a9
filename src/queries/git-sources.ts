/** Queries: Git repositories: what is configured, how far each is taken in, whether it can be reached. */

import type { App } from '../core/app.js';
import type { Rejection } from '../core/resources.js';

/** The shape of one in `git list --json`. */
export interface GitSourceView {
  readonly name: string;
  readonly url: string;
  readonly branch: string;
  readonly path: string;
  readonly provides: 'definitions' | 'repos';
  /** false: known from earlier, no longer configured. */
  readonly isConfigured: boolean;
  /** undefined: nobody has asked yet. */
  readonly isReachable?: boolean;
  readonly commit?: string;
  readonly checkedAt?: string;
  readonly syncedAt?: string;
  readonly failures: number;
  readonly nextTryAt?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly resources: number;
  readonly rejections: number;
}

/** Those that are configured in their order, then the others. */
export async function listGitSources({ settings, store }: App): Promise<readonly GitSourceView[]> {
  const known = new Map((await store.listGitSources()).map((record) => [record.name, record]));
  const configured = settings.git.map(({ name, url, branch, path, provides }): GitSourceView => {
    const record = known.get(name);
    known.delete(name);
    if (record === undefined) return { name, url, branch, path, provides, isConfigured: true, failures: 0, resources: 0, rejections: 0 };
    const { settingsDigest: _, ...rest } = record;
    return { ...rest, url, branch, path, provides, isConfigured: true, ...(record.checkedAt === undefined ? {} : { isReachable: record.failures === 0 }) };
  });
  return [...configured, ...[...known.values()].map(({ settingsDigest: _, ...record }): GitSourceView => ({ ...record, isConfigured: false }))];
}

export async function listRejections({ store }: App, source: string): Promise<readonly Rejection[]> {
  return (await store.readGitState(source)).rejections;
}
