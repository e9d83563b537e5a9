/** Git: what `git log --raw -z` and `git ls-tree -z` say → values. Pure. */

import { ChantalError } from '../core/errors.js';
import type { GitChange, GitCommit } from '../core/git.js';

/** A commit's line begins with a character that no line of changes begins with; the address, in which anything may stand, is last. */
export const logFormat = '--format=%x1e%H%x1f%ct%x1f%ae';

/** @throws E_METADATA_LIMIT, E_METADATA */
export function parseLog(output: Buffer, maxCommits: number): readonly GitCommit[] {
  const tokens = output.toString('utf8').split('\0');
  const commits: (GitCommit & { readonly changes: GitChange[] })[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = (tokens[index] ?? '').replace(/^\n/, '');
    if (token === '') continue;
    if (token.startsWith(':')) {
      index += 1;
      commits.at(-1)?.changes.push(parseChange(token, tokens[index] ?? ''));
      continue;
    }
    const [id = '', seconds = '', ...author] = token.replace(/^\u001e/, '').split('\u001f');
    if (!isObjectId(id)) throw new ChantalError('E_METADATA', 'git tells of a commit in a way that cannot be understood', { context: { found: token.slice(0, 100) } });
    if (commits.length === maxCommits) throw new ChantalError('E_METADATA_LIMIT', `the branch has more than ${maxCommits} commits below its path`);
    commits.push({ id, at: timeOf(seconds), author: tidy(author.join(' ')), changes: [] });
  }
  return commits;
}

/** `<mode> blob <id>\t<path>`. */
export function parseTree(output: Buffer): readonly GitChange[] {
  return output.toString('utf8').split('\0').flatMap((line) => {
    const match = /^(\d{6}) (\w+) ([0-9a-f]+)\t([\s\S]*)$/.exec(line);
    return match === null ? [] : [{ path: match[4] ?? '', kind: kindOf(match[1] ?? ''), blob: match[3] ?? '' }];
  });
}

export function isObjectId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** `:100644 100644 <old> <new> M`. */
function parseChange(line: string, path: string): GitChange {
  const [, mode = '', , blob = '', status = ''] = line.slice(1).split(' ');
  return status === 'D' ? { path, kind: 'gone', blob: '' } : { path, kind: kindOf(mode), blob };
}

function kindOf(mode: string): GitChange['kind'] {
  if (mode.startsWith('100')) return 'file';
  return mode === '120000' ? 'link' : 'other';
}

/** Commits say of themselves when they were made: anything may stand there. */
function timeOf(seconds: string): string {
  const time = new Date(Number(seconds) * 1000);
  const year = Number.isNaN(time.getTime()) ? 0 : time.getUTCFullYear();
  return year >= 1970 && year <= 9999 ? time.toISOString() : new Date(0).toISOString();
}

function tidy(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, '').slice(0, 254) || 'unknown';
}
