/** What a command loads is what it costs to start: heavy libraries only where they are used. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../support/cli.js';
import { sharedTemporaryDirectory, temporaryDirectory } from '../support/temp.js';
import { makeTenant } from '../support/tenant.js';

const tenant = makeTenant(sharedTemporaryDirectory());

const heavy = ['kysely', 'better-sqlite3', 'pg', 'undici', 'zod', 'yaml', 'openpgp', 'pino', 'cli-progress', 'saxes', 'fast-xml-parser', 'node-liblzma', 'zstd-napi'];
const database = ['kysely', 'better-sqlite3'];
const configuration = ['zod', 'yaml'];

describe('a command loads what it needs', () => {
  test.each([
    ['the version', ['--version'], []],
    ['help', ['--help'], []],
    ['the help of a command', ['repo', 'sync', '--help'], []],
    ['a usage error', ['repo', 'sync'], []],
    ['an unknown command', ['no', 'such'], []],
    ['a check of the configuration', ['config', 'check'], configuration],
    ['a listing', ['repo', 'list'], [...configuration, ...database]],
  ])('%s', async (_, args, expected) => {
    if (args[1] === 'list') await tenant.run(['init']);
    expect((await loadedPackages(args)).filter((name) => heavy.includes(name)).sort()).toEqual([...expected].sort());
  });
});

/** The packages behind every script that Node ran, as its own coverage lists them: of their own, or a chunk of the bundle. */
async function loadedPackages(args: readonly string[]): Promise<readonly string[]> {
  const directory = temporaryDirectory();
  await runCli(args, { configDir: tenant.configDir, env: { NODE_V8_COVERAGE: directory } });
  const scripts = readdirSync(directory).flatMap((name) => (JSON.parse(readFileSync(join(directory, name), 'utf8')) as { readonly result: readonly { readonly url: string }[] }).result);
  expect(scripts.some(({ url }) => url.endsWith('/dist/src/cli/main.js'))).toBe(true);
  return [...new Set(scripts.flatMap(({ url }) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? /\/chunks\/npm\.(.+)-[^-]{8}\.js$/.exec(url)?.[1] ?? []))];
}
