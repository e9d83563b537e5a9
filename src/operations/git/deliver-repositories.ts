/** Operations: files of `repos.d` from Git: all of them count, or those of before do. */

import { posix } from 'node:path';
import type { App } from '../../core/app.js';
import type { GitBranch } from '../../core/git.js';
import type { GitEvent } from '../../core/resource-store.js';
import { noCounts, type GitStep, type GitSyncResult } from './git-step.js';

/** As much as anybody writes of one repository. */
const fileLimitBytes = 256 * 1024;
const maxFiles = 2000;

export async function deliverRepositories(app: App, branch: GitBranch, step: GitStep, signal?: AbortSignal): Promise<GitSyncResult> {
  const { source, state, head, settingsDigest } = step;
  const found = (await branch.listFiles(head, signal)).map((change) => ({ ...change, name: posix.basename(change.path) })).filter(({ name }) => /^[^.].*\.ya?ml$/.test(name));
  const problems = [
    ...(found.length > maxFiles ? [`there are more than ${maxFiles} files`] : []),
    ...found.filter(({ kind, name }) => kind !== 'file' || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)).map(({ path }) => `${path}: must be a plain file with a plain name`),
  ];
  const files: { name: string; bytes: Buffer }[] = [];
  if (problems.length === 0) {
    const names = new Map(found.map(({ blob, name }) => [name, blob]));
    const contents = new Map<string, Buffer | undefined>();
    for await (const { blob, bytes } of branch.readBlobs([...new Set(names.values())], fileLimitBytes, signal)) contents.set(blob, bytes);
    for (const [name, blob] of names) {
      const bytes = contents.get(blob);
      if (bytes === undefined) problems.push(`${name}: is larger than ${fileLimitBytes / 1024} KiB`);
      else files.push({ name, bytes });
    }
  }
  if (problems.length === 0) problems.push(...await app.deliver(source, head, files));
  const isRefused = problems.length > 0;
  const run = step.finish(isRefused ? 'refused' : 'synced', { ...noCounts, rejected: problems.length });
  const told = { repository: source.name, commit: head };
  const event: GitEvent = isRefused
    ? { type: 'git.refused', ...told, problems: problems.slice(0, 50) }
    : { type: 'git.synced', ...told, branch: source.branch, run: run.run, counts: run.counts, isRewritten: false, files: files.map(({ name }) => name).sort() };
  await app.store.recordGitSync({ source, settingsDigest, commit: head, events: [event], run });
  const base = state.record?.commit;
  return {
    repository: source.name, outcome: isRefused ? 'refused' : 'synced', run: run.run, commit: head, ...(base === undefined ? {} : { previousCommit: base }),
    isRewritten: false, counts: run.counts, changes: [], rejections: [], problems,
  };
}
