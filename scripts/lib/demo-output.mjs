/** Scripts: how the demo talks: headings, commands with their output, short listings. */

import { spawn } from 'node:child_process';
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectRoot } from './steps.mjs';

export function heading(text) {
  console.log(`\n=== ${text} ===\n`);
}

export function note(text) {
  console.log(`# ${text}`);
}

/** Runs the real command; the upstreams live in this process, so it may not be blocked. @throws when it does not exit with 0 */
export async function chantal(configDir, args) {
  console.log(`$ chantal ${args.join(' ')}`);
  const bin = join(projectRoot, 'bin/run.js');
  await finished(process.execPath, [bin, ...args], { env: { ...process.env, CHANTAL_CONFIG_DIR: configDir } });
}

/** Shows a command of somebody else's as `shown` and runs it with `env` added. @throws when it does not exit with 0 */
export async function showCommand(shown, command, args, env = {}) {
  console.log(`$ ${shown}`);
  await finished(command, args, { env: { ...process.env, ...env } });
}

/** What lies at each path: a directory's entries, and whatever a name that is a link points to. */
export function listDirectories(root, paths) {
  for (const path of paths) {
    const target = join(root, path);
    const link = lstatSync(target).isSymbolicLink() ? ` -> ${readlinkSync(target)}` : '';
    console.log(`${path}${link}`);
    for (const entry of readdirSync(target, { withFileTypes: true }).sort(byName)) console.log(`    ${entry.name}${entry.isFile() ? '' : '/'}`);
  }
}

/** The names of all packages below a path, one a line. */
export function listPackages(root, path) {
  const names = readdirSync(join(root, path), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(rpm|deb)$/.test(name));
  console.log(`${path}\n    ${names.map((name) => basename(name)).sort().join('\n    ')}`);
}

function byName(a, b) {
  return a.name < b.name ? -1 : 1;
}

async function finished(command, args, { env }) {
  const child = spawn(command, args, { stdio: 'inherit', env });
  const exitCode = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  console.log('');
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')} exited with ${exitCode}`);
}
