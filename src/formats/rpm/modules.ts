/** Formats, rpm: modules.yaml, a stream of YAML documents: module streams, defaults, obsoletes. Carried as text. Source: libmodulemd's specifications. */

import type { Readable } from 'node:stream';
import { parse } from 'yaml';
import { ChantalError } from '../../core/errors.js';
import { groupBy } from '../../core/group-by.js';
import type { Artifact, StoredFile } from '../../core/repository.js';
import type { Bundle } from '../../core/select-artifacts.js';
import { collect, decompress } from '../kit/decompress.js';
import { formatNevra, nevraOf, parseNevra } from './nevra.js';

/** RHEL 8's AppStream has 15 MB. */
const maxModulesBytes = 256 * 1024 * 1024;

export interface ModuleDocument {
  /** From `---` to `...`, as upstream wrote it. */
  readonly text: string;
  /** `modulemd`, `modulemd-defaults`, `modulemd-obsoletes`, `modulemd-translations`, `modulemd-packager` … */
  readonly kind: string;
  readonly module: string;
  /** That is described, or that is the default; may be empty. */
  readonly stream: string;
  /** What two documents must not both describe: a stream's `name:stream:version:context:arch`, the module whose defaults these are. */
  readonly key: string;
  /** Full names of a stream's packages; of other documents none. */
  readonly nevras: readonly string[];
}

/** All streams among the metadata, with their packages as far as the repository has them. @throws ChantalError E_METADATA naming the file */
export async function readBundles(artifacts: readonly Artifact[], files: readonly StoredFile[], open: (file: StoredFile) => Readable): Promise<readonly Bundle[]> {
  const modules = files.filter(({ kind }) => kind === 'modules');
  if (modules.length === 0) return [];
  const paths = groupPaths(artifacts);
  const bundles: Bundle[] = [];
  for (const file of modules) {
    const documents = await readModules(open(file), file.path);
    const defaults = new Set(documents.filter(({ kind }) => kind === defaultsKind).map(({ module, stream }) => `${module}:${stream}`));
    for (const { kind, key, nevras } of documents) {
      if (kind !== streamKind) continue;
      const [module = '', stream = '', version = ''] = key.split(':');
      const name = `${module}:${stream}`;
      bundles.push({ name, version, paths: new Set(nevras.flatMap((nevra) => paths.get(nevra) ?? [])), isOnePackage: false, isDefault: defaults.has(name) });
    }
  }
  return bundles;
}

/** @throws ChantalError E_METADATA, E_METADATA_LIMIT naming the file */
export async function readModules(source: Readable, document: string): Promise<readonly ModuleDocument[]> {
  const bytes = await collect(decompress(source, document, { maxBytes: maxModulesBytes }), maxModulesBytes);
  return splitDocuments(bytes.toString('utf8')).map((text) => parseModule(text, document));
}

/**
 * The documents that belong to the kept packages: a stream with at least one of them, and what is said of its module besides. Of
 * sources that describe the same thing, the later; what one source says twice stays twice.
 * @returns documents in the sources' order, and a sentence for each stream whose description was replaced by another one
 */
export function joinModules(
  sources: readonly (readonly ModuleDocument[])[], nevras: ReadonlySet<string>,
): { readonly documents: readonly ModuleDocument[]; readonly warnings: readonly string[] } {
  const isKept = (stream: ModuleDocument): boolean => stream.nevras.some((nevra) => nevras.has(nevra));
  const modules = new Set(sources.flat().filter((document) => document.kind === streamKind && isKept(document)).map(({ module }) => module));
  const joined = new Map<string, ModuleDocument>();
  const warnings: string[] = [];
  for (const documents of sources) {
    const seen = new Map<string, number>();
    for (const document of documents) {
      if (document.kind === streamKind ? !isKept(document) : document.module !== '' && !modules.has(document.module)) continue;
      const repetition = seen.get(document.key) ?? 0;
      seen.set(document.key, repetition + 1);
      const key = `${document.key} ${repetition}`;
      const before = joined.get(key);
      if (before?.text === document.text) continue;
      if (before !== undefined && document.kind === streamKind) warnings.push(`the module stream ${document.key} is described in two ways; the later one is published`);
      joined.delete(key);
      joined.set(key, document);
    }
  }
  return { documents: [...joined.values()], warnings };
}

const streamKind = 'modulemd';
const defaultsKind = 'modulemd-defaults';

/** A marker at the start of a line is one wherever it stands: YAML 1.2, 9.1.2 forbids it inside a document. */
function splitDocuments(text: string): readonly string[] {
  return text.replace(/^\uFEFF/, '').split(/^(?=---(?:\s|$))/m)
    .map((piece) => piece.split(/^\.\.\.(?:\s|$)/m, 1)[0]!.trimEnd())
    .filter((piece) => /^(?!---\s*$)(?!\s*#|%).*\S/m.test(piece))
    .map((piece) => `${piece.startsWith('---') ? piece : `---\n${piece}`}\n...`);
}

interface Content {
  readonly document?: unknown;
  readonly data?: Readonly<Record<string, unknown>>;
}

function parseModule(text: string, file: string): ModuleDocument {
  const { document, data = {} } = parseYaml(text, file);
  const kind = textOf(document);
  const module = textOf(data['module']) || textOf(data['name']);
  const names = kind === streamKind ? listOf((data['artifacts'] as { readonly rpms?: unknown } | undefined)?.rpms) : [];
  return {
    text,
    kind,
    module,
    stream: textOf(data['stream']),
    key: keyOf(kind, module, data, text),
    nevras: names.flatMap((name) => {
      const parsed = parseNevra(name);
      return parsed === undefined ? [] : [formatNevra(parsed)];
    }),
  };
}

function keyOf(kind: string, module: string, data: Readonly<Record<string, unknown>>, text: string): string {
  if (kind === streamKind) return [module, ...['stream', 'version', 'context', 'arch'].map((field) => textOf(data[field]))].join(':');
  if (kind === defaultsKind) return `${kind} ${module}`;
  return text;
}

/** Every scalar as text: a stream called 1.10 is no number. */
function parseYaml(text: string, file: string): Content {
  try {
    const content = parse(text, { schema: 'failsafe', uniqueKeys: false, logLevel: 'error' }) as unknown;
    if (typeof content !== 'object' || content === null) throw new Error('a document that is no mapping');
    const { document, data } = content as Content;
    return { document, ...(typeof data === 'object' ? { data } : {}) };
  } catch (error) {
    throw new ChantalError('E_METADATA', `${file} is no list of modules: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`, {
      hint: 'The metadata is broken upstream; tell the repository\'s owner.',
      cause: error,
      context: { path: file },
    });
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function groupPaths(artifacts: readonly Artifact[]): ReadonlyMap<string, readonly string[]> {
  return new Map([...groupBy(artifacts, nevraOf)].map(([nevra, group]) => [nevra, group.map(({ path }) => path)]));
}
