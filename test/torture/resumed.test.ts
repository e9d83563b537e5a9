/** Torture: a transfer that was cut off and goes on by Range, at a server that lies about the rest: only the right bytes are published. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openArena, repair, type Arena } from './arena.js';
import { sha256, type AptChanges } from './apt-upstream.js';
import { choose } from './duration.js';

const totalBytes = 3_000_000;
const cutAt = 2_000_000;
const path = '/pool/main/l/large.deb';

/** Ever another one, so that nothing of the day before helps. */
function bodyOf(day: number): Buffer {
  return Buffer.alloc(totalBytes, `large of day ${day}, `);
}

function withLarge(day: number): AptChanges {
  const body = bodyOf(day);
  return {
    packages: (text) => `${text}\nPackage: large\nVersion: ${day}\nArchitecture: all\nFilename: ${path.slice(1)}\nSize: ${totalBytes}\nSHA256: ${sha256(body)}\n`,
    extra: { [path]: body },
  };
}

type Lie = (response: ServerResponse, body: Buffer, from: number) => void;

const say = (status: number, range: string, body: (whole: Buffer, from: number) => Buffer): Lie => (response, whole, from) => {
  response.writeHead(status, { etag: '"large"', ...(range === '' ? {} : { 'content-range': range.replace('FROM', String(from)) }) }).end(body(whole, from));
};

const rest = (whole: Buffer, from: number): Buffer => whole.subarray(from);
const truthful = `bytes FROM-${totalBytes - 1}/${totalBytes}`;

const lies: Readonly<Record<string, Lie>> = {
  'other bytes': say(206, truthful, (whole, from) => Buffer.alloc(whole.length - from, 'x')),
  'the beginning once more': say(206, truthful, (whole, from) => whole.subarray(0, whole.length - from)),
  'too little': say(206, truthful, (whole, from) => whole.subarray(from, -1000)),
  'too much': say(206, truthful, (whole, from) => Buffer.concat([rest(whole, from), whole])),
  'from another place': say(206, `bytes 5-${totalBytes - 1}/${totalBytes}`, (whole) => whole.subarray(5)),
  'no place at all': say(206, '', rest),
  'another total': say(206, `bytes FROM-${totalBytes - 1}/${totalBytes * 2}`, rest),
  'a place beyond numbers': say(206, `bytes FROM-${'9'.repeat(400)}/${'9'.repeat(400)}`, rest),
  '416': say(416, `bytes */${cutAt}`, () => Buffer.alloc(0)),
  '304': say(304, '', () => Buffer.alloc(0)),
  'another file, whole': say(200, '', (whole) => Buffer.alloc(whole.length, 'y')),
  'without an end': (response) => {
    const block = Buffer.alloc(65_536, 'z');
    const pump = (): void => { while (!response.destroyed && response.write(block)); };
    response.on('drain', pump).on('error', () => undefined).writeHead(206, { etag: '"large"', 'content-range': `bytes ${cutAt}-${totalBytes - 1}/${totalBytes}` });
    pump();
  },
};

/** Answers whole requests with `whole`, and what goes on with `part`. */
function serveLarge(arena: Arena, whole: (response: ServerResponse) => void, part: (response: ServerResponse, from: number) => void): void {
  arena.server.setFault(path, {
    answer(request: IncomingMessage, response: ServerResponse) {
      const from = /^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1];
      if (from === undefined) whole(response);
      else part(response, Number(from));
    },
  });
}

describe('resumed transfers', { timeout: 600_000 }, () => {
  let arena: Arena;
  beforeAll(async () => { arena = await openArena({ kind: 'apt' }); });
  afterAll(async () => arena.close());

  it.each(choose(Object.entries(lies), 2, 'resumed'))('the rest is: %s', async (_, lie) => {
    const day = arena.day + 1;
    const body = bodyOf(day);
    await arena.advance(withLarge(day));
    const cut = (response: ServerResponse): void => {
      response.writeHead(200, { etag: '"large"', 'content-length': String(totalBytes) }).write(body.subarray(0, cutAt), () => { response.destroy(); });
    };
    serveLarge(arena, cut, (response) => { response.destroy(); });
    await arena.refuse(['E_UPSTREAM', 'E_UPSTREAM_TIMEOUT'], /large\.deb/);

    const asked: number[] = [];
    serveLarge(arena, (response) => { response.end(body); }, (response, from) => {
      asked.push(from);
      lie(response, body, from);
    });
    await arena.accept();
    expect(asked.length, 'it went on where it was cut off').toBeGreaterThan(0);
    expect(asked.every((from) => from > 0 && from <= cutAt)).toBe(true);
    await repair(arena);
  });
});
