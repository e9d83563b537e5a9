/** Git: one branch of one repository, by the git that is installed, into a bare clone: nothing is ever checked out. */

import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asDiskError, ChantalError } from '../core/errors.js';
import type { GitBranch, GitHistory } from '../core/git.js';
import type { GitSettings } from '../core/git-settings.js';
import { redactText } from '../core/redact.js';
import type { ProxySettings } from '../core/settings.js';
import { makeDirectories } from '../disk/make-directories.js';
import { readSizeOf } from './clone-size.js';
import { environmentFor, type Environment } from './environment.js';
import { isObjectId, logFormat, parseLog, parseTree } from './parse-log.js';
import { runGit, type GitEnd } from './run-git.js';

export interface BranchOptions {
  readonly source: Pick<GitSettings, 'name' | 'url' | 'branch' | 'path' | 'credentials'>;
  /** Of the bare clone; made when it is first needed. */
  readonly directory: string;
  readonly proxy: ProxySettings;
  /** What git may see of our own: see `inherited`. */
  readonly environment: Environment;
  readonly limits?: Partial<GitLimits>;
}

export interface GitLimits {
  /** Of a clone on disk. */
  readonly cloneBytes: number;
  readonly askMs: number;
  readonly fetchMs: number;
  readonly commits: number;
}

const standardLimits: GitLimits = { cloneBytes: 1024 ** 3, askMs: 60_000, fetchMs: 30 * 60_000, commits: 100_000 };
const maxLogBytes = 256 * 1024 * 1024;
const maxAnswerBytes = 4 * 1024 * 1024;
/** Where the clone keeps the branch. */
const head = 'refs/chantal/head';
/** Blobs of one run of `cat-file`. */
const blobsAtOnce = 100;

export function openBranch({ source, directory, proxy, environment: own, limits: given }: BranchOptions): GitBranch {
  const limits = { ...standardLimits, ...given };
  const environment = environmentFor(source, proxy, own);
  const run = async (args: readonly string[], more: { readonly timeoutMs?: number; readonly maxOutputBytes?: number; readonly input?: string; readonly isWatched?: boolean; readonly signal?: AbortSignal | undefined }): Promise<GitEnd> =>
    runGit({
      args: ['-c', 'protocol.ext.allow=never', ...args], environment,
      timeoutMs: more.timeoutMs ?? limits.fetchMs, maxOutputBytes: more.maxOutputBytes ?? maxAnswerBytes, signal: more.signal,
      ...(more.input === undefined ? {} : { input: more.input }),
      ...(more.isWatched === true ? { isTooLarge: async () => (await readSizeOf(directory)) > limits.cloneBytes } : {}),
    });
  const inClone = async (args: readonly string[], more: Parameters<typeof run>[1]): Promise<GitEnd> => run([`--git-dir=${directory}`, ...args], more);
  const below = source.path === '' ? [] : ['--', source.path];

  async function fetchInto(signal: AbortSignal | undefined): Promise<GitEnd> {
    await makeClone(signal);
    return inClone(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--force', '--', source.url, `+refs/heads/${source.branch}:${head}`], { isWatched: true, signal });
  }

  async function makeClone(signal: AbortSignal | undefined): Promise<void> {
    if (await isDirectory(join(directory, 'objects'))) return;
    try {
      makeDirectories(dirname(directory), 0o750);
    } catch (error) {
      throw asDiskError(error, dirname(directory));
    }
    const made = await run(['init', '--quiet', '--bare', '--template=', '--', directory], { signal });
    if (made.code !== 0) throw new ChantalError('E_DISK', `cannot make a clone in ${directory}: ${firstLine(made.stderr)}`, { context: { path: directory } });
  }

  /** What cannot be read is made anew the next time. */
  async function mustRead(running: Promise<GitEnd>): Promise<Buffer> {
    const { code, stdout, stderr, fault } = await running;
    if (code === 0) return stdout;
    if (fault === 'output') throw new ChantalError('E_METADATA_LIMIT', 'the history below the path is larger than any that people write', { context: { repository: source.name, url: source.url } });
    await rm(directory, { recursive: true, force: true });
    throw new ChantalError('E_DISK', `the clone of ${source.name} cannot be read: ${firstLine(stderr)}`, { hint: 'It has been removed: run chantal git sync again.', context: { path: directory } });
  }

  return {
    async readHead(signal) {
      const asked = await run(['ls-remote', '--exit-code', '--quiet', '--', source.url, `refs/heads/${source.branch}`], { timeoutMs: limits.askMs, signal });
      const [line = ''] = asked.stdout.toString('utf8').split('\n').filter((each) => each.endsWith(`\trefs/heads/${source.branch}`));
      const id = line.split('\t', 1)[0] ?? '';
      if (asked.code === 0 && isObjectId(id)) return id;
      if (asked.code === 0 || asked.code === 2) throw missing(source);
      throw refusalOf(asked, source, limits);
    },
    async fetch(signal) {
      let fetched = await fetchInto(signal);
      if (fetched.fault === 'size') await rm(directory, { recursive: true, force: true });
      else if (fetched.code !== 0 && isOwnFault(fetched.stderr)) {
        await rm(directory, { recursive: true, force: true });
        fetched = await fetchInto(signal);
      }
      if (fetched.code !== 0) throw refusalOf(fetched, source, limits);
      return (await mustRead(inClone(['rev-parse', '--verify', '--end-of-options', head], { signal }))).toString('utf8').trim();
    },
    async readHistory(base, to, signal): Promise<GitHistory> {
      const isForward = base !== undefined && (await inClone(['merge-base', '--is-ancestor', base, to], { signal })).code === 0;
      const range = isForward ? `${base}..${to}` : to;
      const log = await mustRead(inClone([
        'log', '-z', '--raw', '--no-abbrev', '--no-renames', '--no-mailmap', '--no-show-signature', '--first-parent', '-m', '--root', '--reverse', '--no-ext-diff', '--no-textconv',
        logFormat, range, ...(below.length === 0 ? ['--'] : below),
      ], { maxOutputBytes: maxLogBytes, signal }));
      return { commits: parseLog(log, limits.commits), isWhole: !isForward };
    },
    async listFiles(commit, signal) {
      return parseTree(await mustRead(inClone(['ls-tree', '-z', '--full-tree', commit, ...(source.path === '' ? [] : ['--', `${source.path}/`])], { maxOutputBytes: maxLogBytes, signal })));
    },
    async* readBlobs(blobs, limitBytes, signal) {
      for (let start = 0; start < blobs.length; start += blobsAtOnce) {
        const some = blobs.slice(start, start + blobsAtOnce);
        const sizes = parseSizes(await mustRead(inClone(['cat-file', '--batch-check'], { input: `${some.join('\n')}\n`, signal })));
        const small = some.filter((blob) => (sizes.get(blob) ?? Infinity) <= limitBytes);
        const output = small.length === 0 ? Buffer.alloc(0) : await mustRead(inClone(['cat-file', '--batch'], { input: `${small.join('\n')}\n`, maxOutputBytes: blobsAtOnce * (limitBytes + 200), signal }));
        const contents = parseBatch(output);
        for (const blob of some) yield { blob, bytes: contents.get(blob) };
      }
    },
  };
}

/** `<id> blob <size>`. */
function parseSizes(output: Buffer): ReadonlyMap<string, number> {
  return new Map(output.toString('utf8').split('\n').flatMap((line): [string, number][] => {
    const [id = '', type, size] = line.split(' ');
    return type === 'blob' ? [[id, Number(size)]] : [];
  }));
}

/** `<id> blob <size>\n<bytes>\n`, one after the other. */
function parseBatch(output: Buffer): ReadonlyMap<string, Buffer> {
  const contents = new Map<string, Buffer>();
  for (let start = 0; start < output.length;) {
    const end = output.indexOf(0x0a, start);
    if (end < 0) break;
    const [id = '', , size] = output.subarray(start, end).toString('utf8').split(' ');
    const from = end + 1;
    start = from + Number(size) + 1;
    contents.set(id, Buffer.from(output.subarray(from, start - 1)));
  }
  return contents;
}

function missing({ name, url, branch }: BranchOptions['source']): ChantalError {
  return new ChantalError('E_UPSTREAM_MISSING', `there is no branch ${branch} at ${url}`, { hint: 'Correct git.repositories[].branch.', context: { repository: name, url } });
}

function refusalOf({ fault, stderr }: GitEnd, { name, url, branch, credentials }: BranchOptions['source'], limits: GitLimits): ChantalError {
  const context = { repository: name, url };
  if (fault === 'timeout') return new ChantalError('E_UPSTREAM_TIMEOUT', `${url} does not answer in time`, { context });
  if (fault !== undefined) return new ChantalError('E_UPSTREAM_TOO_LARGE', `${url} sends more than ${Math.round(limits.cloneBytes / 1024 ** 2)} MiB`, { hint: 'Definitions are small: give them a repository of their own.', context });
  const why = withoutSecrets(firstLine(stderr), credentials);
  if (/couldn't find remote ref|no such ref was fetched/i.test(stderr)) return missing({ name, url, branch, path: '' });
  if (/authentication failed|could not read (username|password)|permission denied|returned error: 40[13]|host key verification failed|access denied/i.test(stderr)) {
    return new ChantalError('E_UPSTREAM_DENIED', `${url} does not let us in: ${why}`, { hint: 'Check git.repositories[].credentials; for ssh, that the host is in the known_hosts file.', context });
  }
  if (/repository .* not found|does not appear to be a git repository|returned error: 404|repository not exported/i.test(stderr)) {
    return new ChantalError('E_UPSTREAM_MISSING', `there is no Git repository at ${url}: ${why}`, { hint: 'Correct git.repositories[].url.', context });
  }
  return new ChantalError('E_UPSTREAM', `${url} cannot be read: ${why}`, { context });
}

/** Of a clone that was damaged: nothing upstream says so of itself in these words. */
function isOwnFault(stderr: string): boolean {
  return /^(error|fatal): .*(not a git repository|bad object|object file .* is (empty|corrupt)|loose object .* is corrupt|unable to (read|parse)|invalid index-pack|packfile .* (cannot|does not)|bad (ref|config|pack)|cannot lock ref|unable to resolve reference|missing (blob|tree|commit))/im.test(stderr.replace(/^remote: .*$/gm, ''));
}

/** Of what git says, the line that says why; nothing in it that a terminal would obey. */
function firstLine(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const line = lines.find((each) => /^(fatal|error|remote):/.test(each)) ?? lines[0] ?? 'git says nothing';
  return redactText(line.replace(/^(fatal|error): /, '').replace(/[\u0000-\u001f\u007f]/g, '').slice(0, 300));
}

function withoutSecrets(text: string, credentials: GitSettings['credentials']): string {
  const secret = credentials?.type === 'basic' ? credentials.password : credentials?.type === 'bearer' ? credentials.token : '';
  return secret === '' ? text : text.replaceAll(secret, '***');
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then((found) => found.isDirectory(), () => false);
}
