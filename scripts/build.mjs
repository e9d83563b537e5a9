#!/usr/bin/env node
/**
 * Scripts: `npm run build`. Bundles src into dist, one entry a command, and writes the command manifest. Bundled, a command starts in
 * half the time: Node resolves and compiles a dozen files instead of hundreds. `npm run typecheck` checks the types.
 */

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import ts from 'typescript';
import { must, projectRoot } from './lib/steps.mjs';

const dist = join(projectRoot, 'dist');
const commandLine = '@oclif/core';
const ofCommandLine = dependenciesOf(commandLine);
const written = await bundle();
removeOthers(new Set([...written, ...copyAssets(), ...writeTypes()]));
must(process.execPath, ['scripts/write-manifest.mjs']);

/** @returns the paths in dist that make up the program */
async function bundle() {
  const build = await rolldown({ input: entries(), cwd: projectRoot, platform: 'node', external: isExternal, logLevel: 'warn', preserveEntrySignatures: 'allow-extension' });
  const { output } = await build.write({
    dir: dist, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js', codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf, debugName: 'packages' }] },
  });
  await build.close();
  return new Set(output.map(({ fileName }) => fileName));
}

/** What pages are served with, as it is. @returns the paths in dist */
function copyAssets() {
  const source = join(projectRoot, 'src/portal/assets');
  cpSync(source, join(dist, 'portal/assets'), { recursive: true });
  return readdirSync(source).map((name) => `portal/assets/${name}`);
}

/** What programs that use the client are checked against. @returns the paths in dist */
function writeTypes() {
  const program = ts.createProgram([join(projectRoot, 'src/client/index.ts')], {
    target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, strict: true, types: ['node'],
    declaration: true, emitDeclarationOnly: true, rootDir: projectRoot, outDir: dist,
  });
  const paths = [];
  program.emit(undefined, (path, text) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    paths.push(relative(dist, path));
  });
  return paths;
}

/** The command line, every command by its id, and what other scripts read. */
function entries() {
  const commands = readdirSync(join(projectRoot, 'src/commands'), { recursive: true }).filter((file) => file.endsWith('.ts'));
  const sources = ['src/cli/main.ts', ...commands.map((file) => `src/commands/${file}`), 'src/client/index.ts', 'src/core/errors.ts', 'src/config/json-schema.ts', 'src/config/reference.ts', 'src/catalog/json-schemas.ts', 'src/definitions/json-schemas.ts', 'src/formats/index/json-schemas.ts', 'src/formats/all.ts', 'src/store/open-store.ts'];
  return Object.fromEntries(sources.map((source) => [source.replace(/\.ts$/, ''), join(projectRoot, source)]));
}

/**
 * A chunk a package, so that what a command loads can be seen, and nothing is loaded because it shares a file with something else.
 * What every command loads shares one, for a file costs half a millisecond: oclif with what it depends on, and our vocabulary.
 */
function chunkOf(id) {
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1];
  if (name === undefined) return /\/src\/core\//.test(id) ? 'core' : null;
  return `npm.${(ofCommandLine.has(name) ? commandLine : name).replace('/', '.')}`;
}

/** The packages that one depends on, directly or not. */
function dependenciesOf(name, found = new Set()) {
  const { packages } = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'));
  const collect = (dependency) => {
    if (found.has(dependency)) return;
    found.add(dependency);
    Object.keys(packages[`node_modules/${dependency}`]?.dependencies ?? {}).forEach(collect);
  };
  collect(name);
  return found;
}

/** Native packages, which find their binaries beside themselves, and what oclif asks for only where sources are run as they are. */
function isExternal(id) {
  return /^(better-sqlite3|zstd-napi|node-liblzma|pg-native|typescript)(\/|$)/.test(id);
}

/** What an earlier build left: a command whose source is gone would still be found. */
function removeOthers(kept) {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isDirectory() && !kept.has(relative(dist, path))) rmSync(path);
  }
}
