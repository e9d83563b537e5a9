/** Formats, apt: a stream of YAML cut into its documents, as text. What is in them is for others to read. */

import { ChantalError } from '../../../core/errors.js';

const maxDocumentBytes = 4 * 1024 * 1024;
const windowBytes = 256 * 1024;

/**
 * Documents in batches, each from its `---` to the next one's, with a newline at its end. Only a line that begins so can begin a
 * document (YAML 1.2, 9.1.2): block scalars are indented below their key.
 * @throws ChantalError E_METADATA_LIMIT naming the file when a document is too long
 */
export async function* readYamlDocuments(source: AsyncIterable<Buffer>, name: string): AsyncGenerator<readonly Buffer[], void, undefined> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let dueBytes = windowBytes;
  for await (const chunk of source) {
    pending.push(chunk);
    pendingBytes += chunk.length;
    if (pendingBytes < dueBytes) continue;
    const { documents, rest } = cut(Buffer.concat(pending, pendingBytes));
    if (rest.length > maxDocumentBytes) throw tooLong(name);
    pending = [rest];
    pendingBytes = rest.length;
    // An unfinished document is looked at again only when it has doubled.
    dueBytes = rest.length + Math.max(windowBytes, rest.length);
    yield documents;
  }
  const { documents, rest } = cut(Buffer.concat(pending, pendingBytes));
  if (rest.length > maxDocumentBytes) throw tooLong(name);
  yield [...documents, ...(rest.length === 0 ? [] : [withNewline(rest)])];
}

function cut(window: Buffer): { readonly documents: readonly Buffer[]; readonly rest: Buffer } {
  const documents: Buffer[] = [];
  let start = 0;
  for (let at = window.indexOf(mark, start); at >= 0; at = window.indexOf(mark, at + 1)) {
    const after = window[at + mark.length];
    // Where the window ends here, the next one will tell.
    if (after === undefined || after > 0x20) continue;
    documents.push(window.subarray(start, at + 1));
    start = at + 1;
  }
  return { documents, rest: window.subarray(start) };
}

const mark = Buffer.from('\n---');

function withNewline(document: Buffer): Buffer {
  return document.at(-1) === 0x0a ? document : Buffer.concat([document, Buffer.from('\n')]);
}

function tooLong(name: string): ChantalError {
  return new ChantalError('E_METADATA_LIMIT', `a document of ${name} is longer than ${maxDocumentBytes} bytes`, {
    hint: 'The file is damaged or hostile; tell the repository\'s owner.',
    context: { path: name, expected: `at most ${maxDocumentBytes} bytes` },
  });
}
