import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../support/run.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('docs/commands.md and docs/exit-codes.md are current', async () => {
  expect(await runProgram(process.execPath, [join(root, 'scripts/write-command-docs.mjs'), '--check'])).toMatchObject({ exitCode: 0, stderr: '' });
});

test('every command has a summary, a description, an example and a documented JSON shape', () => {
  const { commands } = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8')) as {
    readonly commands: Readonly<Record<string, { readonly summary: string; readonly description: string; readonly examples: readonly string[]; readonly flags: Readonly<Record<string, { readonly type: string; readonly helpValue?: string }>> }>>;
  };
  const shapes = readFileSync(join(root, 'docs/commands.md'), 'utf8').split('## What `--json` prints')[1] ?? '';
  const files = readdirSync(join(root, 'src/commands'), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  expect(Object.keys(commands).sort()).toEqual(files.map((path) => path.slice(0, -'.ts'.length).replaceAll('/', ':')).sort());
  for (const [id, command] of Object.entries(commands)) {
    expect(command, id).toMatchObject({ summary: expect.stringMatching(/\.$/) as unknown, description: expect.stringMatching(/\.$/) as unknown });
    expect(command.examples, id).not.toHaveLength(0);
    // What `mcp` prints is the protocol's, JSON already.
    if (id !== 'mcp') expect(command.flags, id).toHaveProperty('json');
    for (const [name, flag] of Object.entries(command.flags)) {
      if (flag.type === 'option') expect(flag.helpValue, `${id} --${name}`).toMatch(/./);
    }
    if (id !== 'mcp') expect(shapes, id).toContain(`\`${id.replaceAll(':', ' ')}\``);
  }
});
