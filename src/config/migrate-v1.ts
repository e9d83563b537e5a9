/** Config: turns a v1 single file into `conf.d/global.yaml` and one file a repository in `repos.d`. Nothing is dropped silently. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Document, isMap, isScalar, isSeq, parseDocument, YAMLMap, type Node, type Pair } from 'yaml';
import { asDiskError, ChantalError, systemCode } from '../core/errors.js';
import { makeDirectories } from '../disk/make-directories.js';
import { parseConfigFile } from './config-file.js';
import { checkConfig } from './load.js';
import { configError, type ConfigProblem } from './problem.js';
import type { ConfigFormat } from './schema.js';

export interface MigrationOptions {
  /** The v1 file. */
  readonly from: string;
  /** The new config directory; made when it is not there. */
  readonly to: string;
  readonly formats: readonly ConfigFormat[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface MigrationResult {
  /** Absolute paths, `conf.d` first. */
  readonly written: readonly string[];
  /** What has to be corrected in the new directory before it can be used: keys this version does not know are carried over and told here. */
  readonly problems: readonly ConfigProblem[];
}

interface NewFile {
  readonly path: string;
  readonly content: string;
}

/**
 * Values and comments are carried over as they stand, `${NAME}` too.
 * @throws ChantalError E_CONFIG when the file cannot be read or a repository has no name that a file could have;
 *   E_PATH_OCCUPIED when a file is there already: then nothing is written
 */
export function migrateV1({ from, to, formats, env }: MigrationOptions): MigrationResult {
  const directory = resolve(to);
  const files = splitV1(resolve(from), directory);
  const occupied = files.find(({ path }) => existsSync(path));
  if (occupied !== undefined) throw alreadyThere(occupied.path);
  for (const file of files) writeNew(file);
  const { problems } = checkConfig({ configDir: directory, formats, env });
  return { written: files.map(({ path }) => path), problems };
}

function splitV1(from: string, directory: string): readonly NewFile[] {
  const document = readDocument(from);
  const root = document.contents;
  if (!isMap(root)) throw refuse(from, 'is not a v1 file: it has no keys');
  const global = new YAMLMap();
  const files: NewFile[] = [];
  for (const pair of root.items as readonly Pair<unknown, Node | null>[]) {
    const key = keyOf(pair);
    if (key === 'repositories') files.push(...splitRepositories(from, pair.value, join(directory, 'repos.d')));
    else if (key === 'settings' && isMap(pair.value)) for (const inner of pair.value.items as readonly Pair<unknown, Node | null>[]) addBlock(global, inner);
    else addBlock(global, pair);
  }
  return [{ path: join(directory, 'conf.d', 'global.yaml'), content: render(global) }, ...files];
}

function splitRepositories(from: string, list: unknown, directory: string): readonly NewFile[] {
  if (!isSeq(list)) throw refuse(from, '`repositories` is not a list');
  const names = new Set<string>();
  return list.items.map((item, index) => {
    const name: unknown = isMap(item) ? item.get('name') : undefined;
    if (typeof name !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) throw refuse(from, `repository ${index + 1} of the list has no name that a file could have`);
    if (names.has(name)) throw refuse(from, `two repositories are named ${name}`);
    names.add(name);
    const node = item as Node;
    // YAML gives what stands before the first item to the list.
    if (index === 0) node.commentBefore ??= list.commentBefore ?? null;
    return { path: join(directory, `${name}.yaml`), content: render(node) };
  });
}

/** `settings.logging` and a `logging` beside it become one block. */
function addBlock(global: YAMLMap, pair: Pair<unknown, Node | null>): void {
  const known = global.get(keyOf(pair), true) as unknown;
  if (isMap(known) && isMap(pair.value)) for (const inner of pair.value.items) known.set(inner.key, inner.value);
  else global.set(pair.key, pair.value);
}

/** Anchors are written out: the parts of the file go different ways. */
function readDocument(from: string): Document {
  let text: string;
  try {
    text = readFileSync(from, 'utf8');
  } catch (error) {
    throw new ChantalError('E_CONFIG', `cannot read ${from} (${systemCode(error) ?? 'unknown error'})`, { cause: error, context: { path: from } });
  }
  const faults = parseConfigFile(from, text, {}).problems.filter(({ key }) => key === '');
  if (faults.length > 0) throw configError(faults);
  const document = parseDocument(text);
  return /(^|\s)[*&]\w/m.test(text) ? new Document(document.toJS() as unknown, { aliasDuplicateObjects: false }) : document;
}

function render(node: Node): string {
  const document = new Document();
  document.contents = node;
  return document.toString({ lineWidth: 0 });
}

function keyOf(pair: Pair<unknown, unknown>): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

function writeNew({ path, content }: NewFile): void {
  try {
    makeDirectories(dirname(path));
    // It may hold passwords.
    writeFileSync(path, content, { flag: 'wx', mode: 0o640 });
  } catch (error) {
    throw systemCode(error) === 'EEXIST' ? alreadyThere(path) : asDiskError(error, path);
  }
}

function alreadyThere(path: string): ChantalError {
  return new ChantalError('E_PATH_OCCUPIED', `is there already: ${path}`, {
    hint: 'Name an empty directory with --to; no file is ever overwritten.',
    context: { path },
  });
}

function refuse(path: string, why: string): ChantalError {
  return new ChantalError('E_CONFIG', `${path}: ${why}`, { context: { path } });
}
