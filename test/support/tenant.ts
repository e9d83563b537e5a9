/** Test support: a config directory of its own with everything it writes beside it. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { runCli, type CliOptions, type CliResult } from './cli.js';

export interface TenantPieces {
  /** Merged into conf.d/global.yaml beside `storage.base_path`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** One file in repos.d each, named after `name`. */
  readonly repositories?: readonly (Readonly<Record<string, unknown> & { name: string }>)[];
}

export interface Tenant {
  readonly configDir: string;
  readonly basePath: string;
  readonly latest: (repository: string) => string;
  readonly snapshot: (repository: string, name: string) => string;
  readonly writeRepository: (repository: Readonly<Record<string, unknown> & { name: string }>) => void;
  /** Runs `chantal` with this tenant's config directory. */
  readonly run: (args: readonly string[], options?: Omit<CliOptions, 'configDir'>) => Promise<CliResult>;
  /** The same with `--json`; throws with what was said unless it exits with 0. */
  readonly runJson: (args: readonly string[]) => Promise<unknown>;
}

/** Below `directory`: `etc` (the config directory) and `var` (the storage). Nothing is initialised yet. */
export function makeTenant(directory: string, pieces: TenantPieces = {}): Tenant {
  const configDir = join(directory, 'etc');
  const basePath = join(directory, 'var');
  mkdirSync(join(configDir, 'conf.d'), { recursive: true });
  mkdirSync(join(configDir, 'repos.d'), { recursive: true });
  writeFileSync(join(configDir, 'conf.d/global.yaml'), stringify({ storage: { base_path: basePath }, ...pieces.settings }));
  const writeRepository: Tenant['writeRepository'] = (repository) => {
    writeFileSync(join(configDir, 'repos.d', `${repository.name}.yaml`), stringify(repository));
  };
  pieces.repositories?.forEach(writeRepository);
  const run: Tenant['run'] = (args, options) => runCli(args, { ...options, configDir });
  return {
    configDir,
    basePath,
    latest: (repository) => join(basePath, 'www', repository, 'latest'),
    snapshot: (repository, name) => join(basePath, 'www', repository, 'snapshots', name),
    writeRepository,
    run,
    runJson: async (args) => {
      const result = await run([...args, '--json']);
      if (result.exitCode !== 0) throw new Error(`chantal ${args.join(' ')} exited with ${result.exitCode}\n${result.stdout}\n${result.stderr}`);
      return result.json();
    },
  };
}
