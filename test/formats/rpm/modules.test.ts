import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { joinModules, readModules, type ModuleDocument } from '../../../src/formats/rpm/modules.js';

const stream = (name: string, version: string, rpms: readonly string[], summary = 'A module'): string =>
  `---\ndocument: modulemd\nversion: 2\ndata:\n  name: ${name}\n  stream: ${version}\n  version: 1\n  context: ab\n  arch: x86_64\n  summary: ${summary}\n  description: |\n    text\n     --- not a marker\n  artifacts:\n    rpms: [${rpms.join(', ')}]\n...\n`;
const defaults = (module: string, version: string): string => `---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: ${module}\n  stream: ${version}\n...\n`;
const obsoletes = (module: string): string => `---\ndocument: modulemd-obsoletes\nversion: 1\ndata:\n  module: ${module}\n  stream: "1"\n  message: gone\n`;

async function read(text: string): Promise<readonly ModuleDocument[]> {
  return readModules(Readable.from([Buffer.from(text)]), 'modules.yaml');
}

const oar = 'oar-0:1-1.noarch';
const keel = 'keel-2:1.4-1.el9.x86_64';

describe('readModules', () => {
  it('takes versions for text, and the epoch as given or 0', async () => {
    const [document] = await read(`# a comment\n${stream('keel', '1.10', ['keel-2:1.4-1.el9.x86_64', 'keel-libs-1.4-1.el9.x86_64', 'no name'])}`);
    expect(document).toMatchObject({ kind: 'modulemd', module: 'keel', key: 'keel:1.10:1:ab:x86_64', nevras: [keel, 'keel-libs-0:1.4-1.el9.x86_64'] });
  });

  it('takes documents with and without an end', async () => {
    expect((await read(`${obsoletes('a')}${obsoletes('b')}...\n`)).map(({ module }) => module)).toEqual(['a', 'b']);
    expect(await read('')).toEqual([]);
    expect(await read('---\n...\n')).toEqual([]);
  });

  it.each(['---\ndata: [\n...\n', '---\njust text\n', '---\na: *b\n'])('refuses %j', async (text) => {
    await expect(read(text)).rejects.toMatchObject({ code: 'E_METADATA', context: { path: 'modules.yaml' } });
  });
});

describe('joinModules', () => {
  it('keeps a stream with one of its packages whole, and what is said of its module', async () => {
    const all = await read(stream('keel', '1', [keel, 'gone-0:1-1.noarch']) + stream('keel', '2', ['gone-0:1-1.noarch']) + stream('oar', '1', [oar])
      + defaults('keel', '1') + defaults('oar', '1') + obsoletes('keel') + obsoletes('oar') + '---\ndocument: unknown\ndata: {}\n');
    const { documents, warnings } = joinModules([all], new Set([keel]));
    expect(documents.map(({ kind, module }) => `${kind} ${module}`)).toEqual(['modulemd keel', 'modulemd-defaults keel', 'modulemd-obsoletes keel', 'unknown ']);
    expect(documents[0]!.text).toContain('gone-0:1-1.noarch');
    expect(warnings).toEqual([]);
  });

  it('takes the later of two sources that contradict each other, and what is the same once', async () => {
    const one = await read(stream('keel', '1', [keel]) + defaults('keel', '1') + obsoletes('keel'));
    const two = await read(stream('keel', '1', [keel], 'Another') + defaults('keel', '2') + obsoletes('keel'));
    const { documents, warnings } = joinModules([one, two], new Set([keel]));
    expect(documents.map(({ text }) => text)).toEqual([one[2]!.text, two[0]!.text, two[1]!.text]);
    expect(warnings).toEqual([expect.stringContaining('keel:1:1:ab:x86_64')]);
  });
});
