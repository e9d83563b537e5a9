/** Operations: catalog files into a branch of a Git repository, whoever else pushes there at the same time. */

import { posix } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseFileName } from '../../catalog/file-names.js';
import { parseArtifact } from '../../catalog/parse.js';
import type { CatalogTools, ToolResult } from '../../core/catalog-tools.js';
import { ChantalError } from '../../core/errors.js';
import { redactText } from '../../core/redact.js';

export interface PublishFilesOptions {
  /** Artifact files, each `…/<exporter>/<file>`. */
  readonly files: readonly string[];
  readonly remote: string;
  readonly branch: string;
  /** Where the catalog lies in the branch. */
  readonly directory: string;
  /** A clone to keep for the next time; without, one that goes afterwards. */
  readonly workDir?: string;
  readonly attempts: number;
}

export interface PublishFilesResult {
  readonly outcome: 'published' | 'unchanged';
  /** In the branch. */
  readonly files: readonly string[];
  readonly commit?: string;
  readonly attempts: number;
}

/** Between pushes that others were faster with. */
const pauseMs = 200;

/** @throws E_USAGE for what is no artifact file; E_UPSTREAM when Git refuses for another reason than somebody's faster push */
export async function publishFiles(tools: CatalogTools, options: PublishFilesOptions): Promise<PublishFilesResult> {
  const contents = await readFiles(tools, options.files);
  if (options.workDir !== undefined) return push(tools, options, contents, options.workDir);
  return tools.inTemporaryDirectory(async (directory) => push(tools, options, contents, posix.join(directory, 'clone')));
}

/** By their place in the catalog. */
type Contents = ReadonlyMap<string, Buffer>;

async function readFiles(tools: CatalogTools, paths: readonly string[]): Promise<Contents> {
  const contents = new Map<string, Buffer>();
  for (const path of paths) {
    const name = posix.basename(path);
    const place = posix.join(posix.basename(posix.dirname(posix.resolve(path))), name);
    const key = parseFileName(name);
    const bytes = await tools.files.read(path);
    if (bytes === undefined) throw new ChantalError('E_USAGE', `${path} is not there`, { context: { path } });
    if (key === undefined) throw new ChantalError('E_USAGE', `${path} is not called like an artifact file`, { hint: 'Such as catalog/node_exporter/rpm_amd64_el9.json.', context: { path } });
    const parsed = parseArtifact(bytes, place, key);
    if ('problem' in parsed) throw new ChantalError('E_USAGE', `${path} ${parsed.problem.message}`, { context: { path } });
    contents.set(place, bytes);
  }
  return contents;
}

async function push(tools: CatalogTools, options: PublishFilesOptions, contents: Contents, clone: string): Promise<PublishFilesResult> {
  const { branch, directory, attempts } = options;
  const git = async (...args: readonly string[]): Promise<ToolResult> => tools.run('git', ['-C', clone, ...args]);
  await openClone(tools, options, clone);
  const files = [...contents.keys()].map((place) => posix.join(directory, place)).sort();
  for (let attempt = 1; ; attempt += 1) {
    await checkOut(git, branch);
    for (const [place, bytes] of contents) await tools.files.write(posix.join(clone, directory, place), bytes, false);
    await must(git('add', '--', ...files));
    if ((await git('diff', '--cached', '--quiet')).code === 0) return { outcome: 'unchanged', files, attempts: attempt };
    await must(git(...await identity(git), 'commit', '--quiet', '-m', `Catalog: ${files.map((file) => posix.relative(directory, file)).join(', ')}`));
    const pushed = await git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    if (pushed.code === 0) return { outcome: 'published', files, commit: (await must(git('rev-parse', 'HEAD'))).stdout.trim(), attempts: attempt };
    if (!isRace(pushed) || attempt >= attempts) throw refused(pushed);
    await delay(Math.random() * pauseMs * attempt);
  }
}

/** Cloned once; a clone that is there is used again. */
async function openClone(tools: CatalogTools, { remote, branch }: PublishFilesOptions, clone: string): Promise<void> {
  if ((await tools.run('git', ['-C', clone, 'rev-parse', '--git-dir'])).code === 0) {
    await must(tools.run('git', ['-C', clone, 'remote', 'set-url', 'origin', remote]));
    return;
  }
  await must(tools.run('git', ['init', '--quiet', `--initial-branch=${branch}`, '--', clone]));
  await must(tools.run('git', ['-C', clone, 'remote', 'add', '--', 'origin', remote]));
}

/** What the branch is now; nothing where it does not exist yet. */
async function checkOut(git: (...args: readonly string[]) => Promise<ToolResult>, branch: string): Promise<void> {
  const fetched = await git('fetch', '--quiet', '--depth=1', 'origin', `+refs/heads/${branch}:refs/remotes/origin/${branch}`);
  if (fetched.code !== 0 && !/couldn't find remote ref/i.test(fetched.stderr)) throw refused(fetched);
  if (fetched.code === 0) await must(git('checkout', '--quiet', '--force', '-B', branch, `refs/remotes/origin/${branch}`));
}

/** On machines where nobody has introduced himself to Git. */
async function identity(git: (...args: readonly string[]) => Promise<ToolResult>): Promise<readonly string[]> {
  const known = await git('config', 'user.email');
  return known.stdout.trim() === '' ? ['-c', 'user.name=chantal', '-c', 'user.email=chantal@localhost'] : [];
}

function isRace({ stderr }: ToolResult): boolean {
  return /rejected|fetch first|non-fast-forward|cannot lock ref|failed to update ref|incorrect old value/i.test(stderr) && !/hook declined/i.test(stderr);
}

async function must(running: Promise<ToolResult>): Promise<ToolResult> {
  const result = await running;
  if (result.code === 0) return result;
  throw refused(result);
}

function refused({ code, stderr }: ToolResult): ChantalError {
  if (code === undefined) return new ChantalError('E_USAGE', 'git cannot be run', { hint: 'Install it.' });
  return new ChantalError('E_UPSTREAM', `git refuses: ${redactText(stderr.trim()).slice(0, 500)}`);
}
