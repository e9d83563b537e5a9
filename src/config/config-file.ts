/** Config: one YAML file: its value with variables put in, and where in the file each part of it stands. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node, type Scalar, type YAMLError } from 'yaml';
import { ChantalError, systemCode } from '../core/errors.js';
import { formatKey, type KeyPath } from '../core/key-path.js';
import { interpolate, type Environment } from './interpolate.js';
import type { ConfigProblem } from './problem.js';

export interface ConfigFile {
  readonly path: string;
  /** undefined: it holds nothing but comments, or cannot be read (then there are problems). */
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** By dotted key: strings that came (partly) from the environment, as they may be shown. */
  readonly shown: ReadonlyMap<string, string>;
  /** A problem at the key (or, for list items, the value) of this path; of the nearest parent that exists otherwise. */
  problem(path: KeyPath, message: string): ConfigProblem;
}

/** Aliases may repeat parts of a file, not blow it up. */
const maxNodes = 100_000;

/** `*.yaml` and `*.yml` in name order; editors' hidden files are not among them. No directory: no files. */
export function listFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort().map((name) => join(directory, name));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return [];
    throw new ChantalError('E_CONFIG', `cannot read ${directory} (${code})`, { cause: error, context: { path: directory } });
  }
}

/** Never throws: what is wrong is in `problems`. */
export function readConfigFile(path: string, env: Environment): ConfigFile {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    const code = systemCode(error);
    const message = code === undefined || code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'is not valid UTF-8' : `cannot be read (${code})`;
    const problem: ConfigProblem = { file: path, line: 1, column: 1, key: '', message };
    return { path, value: undefined, problems: [problem], shown: new Map(), problem: (_path, why) => ({ ...problem, message: why }) };
  }
  return parseConfigFile(path, text, env);
}

export function parseConfigFile(path: string, text: string, env: Environment): ConfigFile {
  const document = parseDocument(text, { prettyErrors: false });
  const at = (offset: number, key: string, message: string): ConfigProblem => {
    const before = text.slice(0, offset).split('\n');
    return { file: path, line: before.length, column: (before.at(-1)?.length ?? 0) + 1, key, message };
  };
  const faults: readonly YAMLError[] = [...document.errors, ...document.warnings];
  // After a fault of syntax everything that follows looks wrong: only the first is worth telling.
  const syntaxFault = faults.find(({ code }) => code !== 'DUPLICATE_KEY');
  const problems = (syntaxFault === undefined ? faults : [syntaxFault]).map((fault) => at(fault.pos[0], '', explainYaml(fault, text)));
  // Parsed again for the place: hundreds of syntax trees kept for errors that seldom come cost more than reading the files.
  const problem = (keys: KeyPath, message: string): ConfigProblem => at(offsetOf(parseDocument(text), keys), formatKey(keys), message);
  if (syntaxFault !== undefined) return { path, value: undefined, problems, shown: new Map(), problem };
  const shown = new Map<string, string>();
  const reader = new Reader(document, env, shown, (node, keys, message) => {
    problems.push(at(node.range?.[0] ?? 0, formatKey(keys), message));
  });
  const value = reader.read(document.contents, []);
  if (reader.isTooLarge) problems.push(at(0, '', 'aliases make this file too large'));
  return { path, value: reader.isTooLarge ? undefined : value ?? undefined, problems, shown, problem };
}

/** Walks the nodes of one document once. */
class Reader {
  #count = 0;

  constructor(
    private readonly document: Document,
    private readonly env: Environment,
    private readonly shown: Map<string, string>,
    private readonly report: (node: Node, path: KeyPath, message: string) => void,
  ) {}

  get isTooLarge(): boolean {
    return this.#count > maxNodes;
  }

  read(node: unknown, path: KeyPath): unknown {
    this.#count += 1;
    if (this.isTooLarge) return undefined;
    if (isAlias(node)) return this.read(node.resolve(this.document), path);
    if (isMap(node)) return Object.fromEntries(node.items.map(({ key, value }) => [keyText(key), this.read(value, [...path, keyText(key)])]));
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index]));
    return isScalar(node) ? this.#readScalar(node, path) : undefined;
  }

  #readScalar(node: Scalar, path: KeyPath): unknown {
    if (typeof node.value !== 'string') return node.value;
    const { text, shown, isChanged, problems } = interpolate(node.value, this.env);
    for (const message of problems) this.report(node, path, message);
    if (isChanged) this.shown.set(formatKey(path), shown);
    return text;
  }
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function offsetOf(document: Document, keys: KeyPath): number {
  let node: unknown = document.contents;
  let offset = isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] ?? 0 : 0;
  for (const part of keys) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => keyText(key) === String(part));
      if (pair === undefined) return offset;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

function explainYaml(fault: YAMLError, text: string): string {
  const [start] = fault.pos;
  if (fault.code === 'DUPLICATE_KEY') return `duplicate key ${/^["']?([^\s:"']+)/.exec(text.slice(start))?.[1] ?? ''}`.trim();
  if (fault.code === 'MULTIPLE_DOCS') return 'more than one YAML document in one file: give each a file of its own';
  if (fault.code === 'TAB_AS_INDENT') return 'tabs cannot indent YAML: use blanks';
  const line = text.slice(text.lastIndexOf('\n', start) + 1).split('\n', 1)[0] ?? '';
  const hint = /[{[].*[^"']\$\{/.test(line) ? ' (inside { } and [ ] a text with ${…} needs quotes)' : '';
  // What the parser quotes may be a secret.
  return `not valid YAML: ${fault.message.replace(/:?\s*["`][\s\S]*$/, '')}${hint}`;
}
