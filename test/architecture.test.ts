/** The rooms keep to themselves: docs/design.md "The rooms" as a test. Each rule gives its reason when it is broken. */

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { formats } from '../src/formats/all.js';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  /** `src/pool/pool.ts`, or a package's name (`undici`, `node:fs`). */
  readonly target: string;
  readonly isTypeOnly: boolean;
}

interface Source {
  readonly path: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly Import[];
}

interface Room {
  /** Paths that begin so belong to the room; the first room that fits has it. */
  readonly paths: readonly string[];
  /** Beginnings of paths, and packages. Its own files are always allowed, and so are types of packages: they vanish. */
  readonly mayImport: readonly string[];
  readonly because: string;
}

const fileSystem = ['node:fs', 'node:fs/promises', 'node:path', 'node:os', 'node:url'];
const streams = ['node:stream', 'node:stream/promises', 'node:buffer', 'node:util', 'node:events', 'node:timers/promises'];
const rooms: readonly Room[] = [
  {
    paths: ['src/core/'],
    mayImport: ['node:crypto'],
    because: 'core is the vocabulary of all rooms: it does no I/O and knows nobody',
  },
  {
    paths: ['src/config/'],
    mayImport: ['src/core/', 'src/disk/make-directories', 'src/formats/all', 'src/formats/kit/trust-options', ...fileSystem, 'yaml', 'zod', 'fastest-levenshtein'],
    because: 'config turns files into settings: it reads YAML and asks each format for its own section, no more',
  },
  {
    paths: ['src/formats/all.ts'],
    mayImport: ['src/core/', 'src/formats/', 'zod'],
    because: 'the list of formats is the one place that names them all',
  },
  {
    paths: ['src/formats/kit/'],
    mayImport: ['src/core/', ...streams, 'node:crypto', 'node:zlib', 'node:string_decoder', 'node-liblzma', 'zstd-napi', 'unbzip2-stream', 'fast-xml-parser', 'saxes', 'semver', 'tar-stream', 'yaml', 'zod'],
    because: 'what formats share is pure: bytes in, values out; no files, no network, no clock, no format in particular',
  },
  ...['rpm', 'apt', 'index', 'helm'].map((format) => ({
    paths: [`src/formats/${format}/`],
    mayImport: ['src/core/', 'src/formats/kit/', ...streams, 'node:crypto', 'fast-xml-parser', 'saxes', 'semver', 'yaml', 'zod'],
    because: 'a format knows a language: it reads upstream through its Reader only, and knows no other format',
  })),
  {
    paths: ['src/disk/'],
    mayImport: ['src/core/', ...fileSystem, ...streams, 'node:crypto', 'node:child_process'],
    because: 'disk holds what the rooms with files share; it knows none of them',
  },
  {
    paths: ['src/pool/'],
    mayImport: ['src/core/', 'src/disk/', ...fileSystem, ...streams, 'node:crypto', 'node:child_process'],
    because: 'the pool owns blobs on disk and knows nothing of formats, databases or the network',
  },
  {
    paths: ['src/upstream/'],
    mayImport: ['src/core/', 'src/disk/', ...fileSystem, ...streams, 'node:crypto', 'node:net', 'node:tls', 'undici', 'p-limit'],
    because: 'upstream owns HTTP and its cache; what it fetches goes into a pool it is handed',
  },
  {
    paths: ['src/store/'],
    mayImport: ['src/core/', 'src/disk/', 'migrations/', ...fileSystem, ...streams, 'node:crypto', 'kysely', 'better-sqlite3', 'pg'],
    because: 'the store owns the database: domain types in and out',
  },
  {
    paths: ['migrations/'],
    mayImport: ['kysely'],
    because: 'a migration must do next year what it does today: it may not use code that changes',
  },
  {
    paths: ['src/signing/'],
    mayImport: ['src/core/', 'src/disk/', ...fileSystem, 'node:crypto', 'node:buffer', 'openpgp'],
    because: 'signing owns OpenPGP and the keys on disk: it knows nothing of what is signed, nor where it came from',
  },
  {
    paths: ['src/publish/'],
    mayImport: ['src/core/', 'src/disk/', ...fileSystem, ...streams, 'node:crypto'],
    because: 'publishing makes trees of links on disk and knows nothing of what is in them',
  },
  {
    paths: ['src/bundle/'],
    mayImport: ['src/core/', 'src/disk/', ...fileSystem, ...streams],
    because: 'a bundle is a directory of files: what is in it, and what becomes of it, is not its business',
  },
  {
    paths: ['src/catalog/'],
    mayImport: ['src/core/', 'src/queries/', 'node:buffer', 'zod'],
    because: 'the catalog is a projection: packages in, JSON out; who stores and writes that is not its business',
  },
  {
    paths: ['src/git/'],
    mayImport: ['src/core/', 'src/disk/', ...fileSystem, ...streams, 'node:child_process'],
    because: 'git owns the git program and the clones on disk: what the files in a repository mean is not its business',
  },
  {
    paths: ['src/definitions/'],
    mayImport: ['src/core/', 'node:buffer', 'node:vm', 'semver', 'yaml', 'zod'],
    because: 'what a definition may say, and what follows from a commit, is pure: bytes and what is known in, a plan out',
  },
  {
    paths: ['src/portal/'],
    mayImport: ['src/core/', 'src/catalog/', 'src/queries/', 'src/operations/results'],
    because: 'a page is made of values: where they come from and what becomes of it is not its business',
  },
  {
    paths: ['src/operations/', 'src/queries/'],
    mayImport: ['src/core/', 'src/catalog/', 'src/definitions/', 'src/portal/', 'src/operations/', 'src/queries/', ...streams, 'node:path', 'node:crypto', 'p-limit', 'picomatch', 'fastest-levenshtein'],
    because: 'a story is told once for every format and every room: those come as ports in its arguments',
  },
  {
    paths: ['src/kubernetes/'],
    mayImport: ['src/core/', '@kubernetes/client-node'],
    because: 'this room owns the cluster\'s API: what is installed there, and why, is not its business',
  },
  {
    paths: ['src/mcp/'],
    mayImport: ['src/core/', 'src/operations/', 'src/queries/', 'node:http', 'node:process', 'zod', '@modelcontextprotocol/sdk'],
    because: 'tools parse, call one operation or query, and answer; rooms come as ports',
  },
  {
    paths: ['src/serve/'],
    mayImport: ['src/core/', 'src/catalog/', 'src/definitions/', 'src/portal/', 'src/operations/', 'src/queries/', 'src/mcp/', ...fileSystem, ...streams, 'node:crypto', 'node:http', 'node:https', 'node:net', 'node:tls', 'zod', 'fastify', '@fastify/static', '@fastify/swagger', 'jose', 'prom-client'],
    because: 'the service tells over HTTP what queries know; rooms come as ports, and which formats there are it does not know',
  },
  {
    paths: ['src/client/'],
    mayImport: [],
    because: 'the client runs in other programs, browsers among them: it brings nothing along',
  },
  {
    paths: ['src/app.ts'],
    mayImport: ['core', 'config', 'formats', 'disk', 'pool', 'upstream', 'store', 'signing', 'publish', 'bundle', 'git', 'kubernetes', 'operations', 'queries'].map((room) => `src/${room}/`).concat(fileSystem),
    because: 'app is the one place that knows every room; how it is used (cli, commands) is not its business',
  },
  {
    paths: ['src/cli/', 'src/commands/'],
    mayImport: ['src/core/', 'src/disk/make-directories', 'src/config/', 'src/catalog/', 'src/operations/', 'src/queries/', 'src/app', 'src/cli/', 'src/serve/', 'src/mcp/', 'src/formats/all', ...fileSystem, ...streams, '@oclif/core', 'pino', 'cli-progress', 'cli-table3', 'yaml', 'node:process', 'node:readline/promises', 'node:tty', 'node:v8', 'fastest-levenshtein'],
    because: 'a command parses, calls one operation or query, and returns data; it never reaches into a room',
  },
];

const sources = [...readSources('src'), ...readSources('migrations')];

describe('rooms', () => {
  test('every file belongs to a room', () => {
    expect(sources.filter(({ path }) => roomOf(path) === undefined).map(({ path }) => path)).toEqual([]);
  });

  test('directories are made by disk alone: Node\'s recursive mkdir asks for ever below /proc', () => {
    const recursive = sources.filter(({ path, tree }) => path !== 'src/disk/make-directories.ts' && /\bmkdir(?:Sync)?\([^;]*recursive/.test(tree.text));
    expect(recursive.map(({ path }) => path)).toEqual([]);
  });

  test.each(rooms)('$paths.0 imports only what it may', (room) => {
    const broken = sources.filter(({ path }) => roomOf(path) === room).flatMap(({ path, imports }) =>
      imports.filter((found) => !mayImport(room, found)).map(({ target }) => `${path} imports ${target}: ${room.because}`));
    expect(broken).toEqual([]);
  });

  test('no imports in a circle', () => {
    expect(findCycles(sources)).toEqual([]);
  });
});

describe('habits', () => {
  test('only src/cli writes to the console or ends the process', () => {
    const isForbidden = (name: string): boolean => /^(console\.\w+|process\.(stdout|stderr|exit|exitCode))$/.test(name);
    const broken = sources.filter(({ path }) => !path.startsWith('src/cli/')).flatMap(({ path, tree }) =>
      memberAccesses(tree).filter(({ name }) => isForbidden(name)).map(({ name, line }) => `${path}:${line} uses ${name}`));
    expect(broken, 'everything else returns data or reports through the Reporter, so that --json, --quiet and the tests can rely on it').toEqual([]);
  });

  test('only app, cli and config read the environment', () => {
    const broken = sources.filter(({ path }) => !/^src\/(cli|commands|config)\/|^src\/app\.ts/.test(path)).flatMap(({ path, tree }) =>
      memberAccesses(tree).filter(({ name }) => name === 'process.env').map(({ line }) => `${path}:${line}`));
    expect(broken, 'what a room needs it is handed: settings say everything').toEqual([]);
  });

  test('formats do not ask the clock', () => {
    const broken = sources.filter(({ path }) => path.startsWith('src/formats/')).flatMap(({ path, tree }) =>
      memberAccesses(tree).filter(({ name }) => name === 'Date.now').map(({ line }) => `${path}:${line}`));
    expect(broken, 'the same bytes must give the same answer; Reader.now is the time of the sync').toEqual([]);
  });

  test('no state at module level', () => {
    const broken = sources.flatMap(({ path, tree }) => tree.statements.filter(isMutableDeclaration).map((statement) => `${path}:${lineOf(tree, statement)}`));
    expect(broken, '`let` at module level is shared by all repositories of a run, and by all tests').toEqual([]);
  });

  test('files stay small', () => {
    const long = sources.map(({ path, tree }) => ({ path, lines: tree.getLineStarts().length })).filter(({ lines }) => lines > 400);
    expect(long, 'over 400 lines there are two stories in one file').toEqual([]);
  });

  test('the list of formats and the folders agree', () => {
    const folders = readdirSync(join(root, 'src/formats'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name !== 'kit');
    expect(formats.map(({ name }) => name).sort()).toEqual(folders.map(({ name }) => name).sort());
  });

  test('every file says in its first lines which room it is in and what it knows', () => {
    const silent = sources.filter(({ tree }) => !/^(#!.*\n)?\/\*\*/.test(tree.text)).map(({ path }) => path);
    expect(silent).toEqual([]);
  });
});

function readSources(directory: string): Source[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).sort().map((name) => {
    const path = join(directory, name);
    const tree = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ESNext, true);
    return { path, tree, imports: importsOf(path, tree) };
  });
}

function importsOf(path: string, tree: ts.SourceFile): Import[] {
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (specifier !== undefined && ts.isStringLiteral(specifier)) imports.push({ target: resolve(path, specifier.text), isTypeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly === true);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return imports;
}

/** A file of ours as its path with `.ts`; a package without the path inside it. */
function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier)).replace(/\.js$/, '.ts');
  if (specifier.startsWith('node:')) return specifier;
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function roomOf(path: string): Room | undefined {
  return rooms.find(({ paths }) => paths.some((start) => path.startsWith(start)));
}

function mayImport(room: Room, { target, isTypeOnly }: Import): boolean {
  const isOurs = target.startsWith('src/') || target.startsWith('migrations/');
  if (!isOurs) return isTypeOnly || room.mayImport.includes(target);
  if (room.paths.some((start) => target.startsWith(start))) return true;
  const isOptions = room.paths.includes('src/config/') && /^src\/formats\/\w+\/options\.ts$/.test(target);
  return isOptions || room.mayImport.some((start) => start.includes('/') && target.startsWith(start));
}

/** Each circle once, as the files on it. Types vanish when compiled, so they may point both ways. */
function findCycles(files: readonly Source[]): string[] {
  const edges = new Map(files.map(({ path, imports }) => [path, imports.filter(({ isTypeOnly }) => !isTypeOnly).map(({ target }) => target)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' → '));
    if (start >= 0 || done.has(path)) return;
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return cycles;
}

/** `a.b` for every access of a member of a plain name. */
function memberAccesses(tree: ts.SourceFile): { name: string; line: number }[] {
  const found: { name: string; line: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
      found.push({ name: `${node.expression.text}.${node.name.text}`, line: lineOf(tree, node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function isMutableDeclaration(statement: ts.Statement): boolean {
  return ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.Const) === 0;
}

function lineOf(tree: ts.SourceFile, node: ts.Node): number {
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}
