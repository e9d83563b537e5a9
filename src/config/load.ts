/** Config: reads a config directory, reports everything that is wrong with it at once, and makes `Settings` of it. */

import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ChantalError, systemCode } from '../core/errors.js';
import type { Settings } from '../core/settings.js';
import type { KeyPath } from '../core/key-path.js';
import { buildSettings } from './build-settings.js';
import { checkPaths } from './check-paths.js';
import { listFiles, readConfigFile, type ConfigFile } from './config-file.js';
import { checkDelivered, listDeliveries } from './delivered.js';
import type { Environment } from './interpolate.js';
import { isRecord, mergeDeep } from './merge.js';
import { completeGlobal, completeRepository, type CompleteGlobal, type MergedConfig, type MergedRepository } from './merged-config.js';
import { readPolicies } from './policies.js';
import { configError, sortProblems, type ConfigProblem } from './problem.js';
import { findRepository, toRepositoryTypes } from './read-repository.js';
import { globalSchema, type ConfigFormat } from './schema.js';
import { findProblems, validate } from './validate.js';

export interface ConfigOptions {
  readonly configDir: string;
  readonly formats: readonly ConfigFormat[];
  readonly env: Environment;
  /** `init` runs before there is a config directory: then all defaults hold. */
  readonly allowMissing?: boolean;
  /** false: key files, certificates and secret files need not exist. Default: true. */
  readonly checkFiles?: boolean;
  /** Directories of repository files instead of those that Git has delivered, by source: to see whether they could count. */
  readonly delivered?: ReadonlyMap<string, string>;
}

export interface ConfigCheck {
  readonly configDir: string;
  /** Every file that was read, `conf.d` first. */
  readonly files: readonly string[];
  /** By file, then by place. */
  readonly problems: readonly ConfigProblem[];
  /** Only where there are no problems. */
  readonly settings?: Settings;
  /** What could be made of it. Only where there are no problems is it whole. */
  readonly merged: MergedConfig;
}

/** @throws ChantalError E_CONFIG that lists all errors of all files */
export function loadSettings(options: ConfigOptions): Settings {
  const { settings, problems } = checkConfig(options);
  if (settings === undefined) throw configError(problems);
  return settings;
}

/** @throws ChantalError E_CONFIG when there is no such directory; what is wrong inside it is in `problems` */
export function checkConfig(options: ConfigOptions): ConfigCheck {
  const configDir = resolve(options.configDir);
  if (options.allowMissing !== true) assertDirectory(configDir);
  const globals = listFiles(join(configDir, 'conf.d')).map((path) => readConfigFile(path, options.env));
  const policyFiles = listFiles(join(configDir, 'policies.d')).map((path) => readConfigFile(path, options.env));
  const own = listFiles(join(configDir, 'repos.d')).map((path) => readConfigFile(path, options.env));
  const problems: ConfigProblem[] = [...globals, ...policyFiles, ...own].flatMap((file) => file.problems);

  const globalProblem = lastFileWith(globals, join(configDir, 'conf.d'));
  const global = mergeGlobals(globals, globalProblem, problems);
  const files = [...own, ...readDelivered(global, options, problems)];
  const repositories = readRepositories(files, global, options.formats, problems);
  problems.push(...checkNames(repositories), ...checkCompanions(repositories), ...checkPaths(global, firstOfEachName(repositories), globalProblem));

  const merged: MergedConfig = { global, repositories, shown: new Map(globals.flatMap((file) => [...file.shown])) };
  const policies = readPolicies(policyFiles, problems);
  const built = buildSettings(merged, { configDir, checkFiles: options.checkFiles ?? true, policies, globalProblem });
  problems.push(...built.problems);
  return {
    configDir,
    files: [...globals, ...policyFiles, ...files].map((file) => file.path),
    problems: sortProblems(problems),
    merged,
    ...(problems.length === 0 ? { settings: built.settings } : {}),
  };
}

/** Each file is checked by itself, for the place of an error; then what they say together. */
function mergeGlobals(globals: readonly ConfigFile[], problem: GlobalProblem, problems: ConfigProblem[]): CompleteGlobal {
  let merged: unknown = {};
  let areWhole = true;
  for (const file of globals) {
    if (file.value === undefined) continue;
    const value = withoutEmptyBlocks(file.value);
    const found = findProblems(file, validate(globalSchema, value, 'global', file.shown).findings);
    problems.push(...found);
    areWhole &&= found.length === 0 && file.problems.length === 0;
    merged = mergeDeep(merged, value);
  }
  const shown = new Map(globals.flatMap((file) => [...file.shown]));
  const { value, findings } = areWhole ? validate(globalSchema, merged, 'global', shown) : { value: undefined, findings: [] };
  problems.push(...(findings ?? []).map(({ path, message }) => problem(path, message)));
  return completeGlobal(value ?? globalSchema.parse({}));
}

/** Files that Git has delivered are read like those of `repos.d`. */
function readDelivered(global: CompleteGlobal, options: ConfigOptions, problems: ConfigProblem[]): readonly ConfigFile[] {
  return listDeliveries(global, options.delivered ?? new Map()).flatMap(({ directory, allowsLocal }) => listFiles(directory).map((path) => {
    const file = readConfigFile(path, allowsLocal ? options.env : {});
    const refused = allowsLocal ? [] : checkDelivered(file);
    problems.push(...(refused.length > 0 ? refused : file.problems));
    return file;
  }));
}

function readRepositories(files: readonly ConfigFile[], global: CompleteGlobal, formats: readonly ConfigFormat[], problems: ConfigProblem[]): readonly MergedRepository[] {
  const types = toRepositoryTypes(formats);
  const repositories: MergedRepository[] = [];
  for (const file of files) {
    const found = findRepository(file, withoutEmptyBlocks(file.value), types);
    problems.push(...found.problems);
    if (found.config !== undefined) repositories.push({ file, format: found.format, config: completeRepository(found.config, global) });
  }
  return repositories.sort((a, b) => (a.config.name < b.config.name ? -1 : a.config.name > b.config.name ? 1 : 0));
}

function checkNames(repositories: readonly MergedRepository[]): readonly ConfigProblem[] {
  const firsts = new Map<string, ConfigFile>();
  return repositories.flatMap(({ file, config: { name } }) => {
    const first = firsts.get(name);
    if (first === undefined) firsts.set(name, file);
    return first === undefined ? [] : [file.problem(['name'], `${name} is the name of the repository in ${first.path} too`)];
  });
}

/** Repositories that complete each other are there, and speak one language. */
function checkCompanions(repositories: readonly MergedRepository[]): readonly ConfigProblem[] {
  const types = new Map(repositories.map(({ config, format }) => [config.name, format.name]));
  return repositories.flatMap(({ file, format, config: { name, filters: { with_dependencies: named } } }) => (Array.isArray(named) ? named : []).flatMap((other, index) => {
    const type = types.get(other);
    const fault = type === undefined ? `there is no repository ${other}`
      : other === name ? 'is this repository, which always counts: say true'
        : type === format.name ? undefined : `${other} is of type ${type}, and its packages are of no use to those of type ${format.name}`;
    return fault === undefined ? [] : [file.problem(['filters', 'with_dependencies', index], fault)];
  }));
}

/** Two repositories of one name share their default paths too: that is said once. */
function firstOfEachName(repositories: readonly MergedRepository[]): readonly MergedRepository[] {
  return repositories.filter(({ config }, index) => config.name !== repositories[index - 1]?.config.name);
}

/** A block whose keys are all commented out is an empty block. */
function withoutEmptyBlocks(value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([, block]) => block !== null)) : value;
}

type GlobalProblem = (path: KeyPath, message: string) => ConfigProblem;

function lastFileWith(globals: readonly ConfigFile[], directory: string): GlobalProblem {
  const has = (file: ConfigFile, path: KeyPath): boolean => path.reduce<unknown>((here, part) => (isRecord(here) ? here[part] : undefined), file.value) !== undefined;
  return (path, message) => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const file = globals.findLast((candidate) => has(candidate, path.slice(0, depth)));
      if (file !== undefined) return file.problem(path, message);
    }
    return { file: directory, line: 1, column: 1, key: path.join('.'), message };
  };
}

function assertDirectory(configDir: string): void {
  try {
    readdirSync(configDir);
  } catch (error) {
    const code = systemCode(error);
    throw new ChantalError('E_CONFIG', code === 'ENOENT' ? `no such config directory: ${configDir}` : `cannot read the config directory ${configDir} (${code})`, {
      hint: 'Run `chantal init` to make one, or name another with --config-dir or CHANTAL_CONFIG_DIR.',
      cause: error,
      context: { path: configDir },
    });
  }
}
