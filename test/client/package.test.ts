/** The client library as other programs have it: from the built package, with its types. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { mustRun } from '../support/run.js';
import { temporaryDirectory } from '../support/temp.js';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** A project that has installed the package, and nothing else but Node's types. */
function consumer(source: string): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'node_modules/@types'), { recursive: true });
  symlinkSync(projectRoot, join(directory, 'node_modules/chantal'));
  for (const name of ['@types/node', 'undici-types']) symlinkSync(join(projectRoot, 'node_modules', name), join(directory, 'node_modules', name));
  writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
  const path = join(directory, 'main.ts');
  writeFileSync(path, source);
  return path;
}

function faultsOf(path: string): readonly string[] {
  const program = ts.createProgram([path], {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, strict: true, noEmit: true, types: ['node'],
    preserveSymlinks: true, skipDefaultLibCheck: true, typeRoots: [join(path, '../node_modules/@types')],
  });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const use = `
import { ChantalApiError, ChantalClient, type ChantalEvent } from 'chantal';
const client = new ChantalClient({ url: 'http://127.0.0.1:8080', token: async () => 'x' });
export async function run(): Promise<string> {
  const { metadata } = await client.getResource('openssl');
  const found = await client.search('kernel*', { kind: 'Package', provider: 'rhel9' });
  for await (const event of client.subscribe({ type: ['sync.failed'] })) { const { type }: ChantalEvent = event; return type; }
  try { await client.listResources({ limit: 1 }); } catch (error) { if (error instanceof ChantalApiError) return error.traceId; }
  return metadata.name + found.items.length;
}`;

test('a program that uses it as documented is right, and one that does not is told so', () => {
  expect(faultsOf(consumer(use))).toEqual([]);
  expect(faultsOf(consumer(use.replace("'openssl'", '17')))).toEqual([expect.stringContaining('not assignable')]);
});

test('it loads, and brings nothing along', async () => {
  const path = consumer('').replace(/ts$/, 'mjs');
  writeFileSync(path, "import * as chantal from 'chantal'; console.log(Object.keys(chantal).sort().join());");
  expect((await mustRun(process.execPath, [path])).trim()).toBe('ChantalApiError,ChantalClient');
});
