/** Torture: what a broken or hostile HTTP server may answer, each fault by its name. */

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../../src/core/errors.js';
import type { Fault } from '../support/static-server.js';

export interface NamedFault {
  readonly name: string;
  readonly fault: Fault;
  /** Refused with one of these; undefined: it does no harm, and the sync is as good as any. */
  readonly codes?: readonly ErrorCode[];
  /** The one place where it does no harm nevertheless. */
  readonly exceptAt?: string;
}

/** The bytes of an answer, written past everything that would correct it. */
function raw(talk: (socket: Socket) => void): Fault {
  return {
    answer: (request) => {
      request.socket.on('error', () => undefined);
      talk(request.socket);
    },
  };
}

/** Says `head` and then `piece` for as long as anybody listens. */
function endless(head: string, piece: string): Fault {
  return raw((socket) => {
    const block = piece.repeat(Math.ceil(65_536 / piece.length));
    const pump = (): void => { while (!socket.destroyed && socket.write(block)); };
    socket.on('drain', pump);
    socket.write(head);
    pump();
  });
}

/** Says `head` at once, and then one byte of `text` a second, over and over. */
function dripping(head: string, text: string): Fault {
  return raw((socket) => {
    let at = 0;
    const timer = setInterval(() => { socket.write(text[at++ % text.length]!); }, 1000);
    socket.on('close', () => { clearInterval(timer); });
    if (head !== '') socket.write(head);
  });
}

function say(text: string): Fault {
  return raw((socket) => { socket.end(text); });
}

function header(name: string, value: string, status = 200): Fault {
  return { answer: (_, response: ServerResponse) => { response.writeHead(status, { [name]: value }).end('<html>nothing of what you want</html>'); } };
}

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const unreachable = ['E_UPSTREAM', 'E_UPSTREAM_TIMEOUT'] as const;
const wrongBytes = ['E_CHECKSUM', 'E_SIGNATURE', 'E_METADATA', 'E_UPSTREAM', 'E_UPSTREAM_TOO_LARGE', 'E_UPSTREAM_MISSING'] as const;
const broken = [...unreachable, ...wrongBytes] as const;

export const namedFaults: readonly NamedFault[] = [
  { name: 'endless body', fault: endless('HTTP/1.1 200 OK\r\n\r\n', 'a'), codes: broken },
  { name: 'endless chunked body', fault: endless(chunked, '5\r\naaaaa\r\n'), codes: broken },
  { name: 'endless body in chunks of one byte', fault: endless(chunked, '1\r\na\r\n'), codes: broken },
  { name: 'endless headers', fault: endless('HTTP/1.1 200 OK\r\n', 'X-Again: and again\r\n'), codes: broken },
  { name: 'one endless header', fault: endless('HTTP/1.1 200 OK\r\nX-Again: ', 'a'), codes: unreachable },
  { name: 'endless early hints', fault: endless('HTTP/1.1 103 Early Hints\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'), codes: broken },
  { name: 'endless chunk extension', fault: endless(`${chunked}5;a=`, 'a'), codes: broken },
  { name: 'endless trailers', fault: endless(`${chunked}0\r\n`, 'X-Trailer: a\r\n'), codes: broken },
  { name: 'endless status line', fault: endless('HTTP/1.1 200 ', 'OK '), codes: broken },
  { name: 'a body of one byte a second', fault: dripping('HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n', 'a'), codes: broken },
  { name: 'headers of one byte a second', fault: dripping('', 'HTTP/1.1 200 OK\r\nX-A: a\r\nX-B: b\r\n'), codes: unreachable },
  { name: 'early hints, one byte a second', fault: dripping('', 'HTTP/1.1 103 Early Hints\r\n\r\n'), codes: unreachable },
  { name: 'no answer at all', fault: raw(() => undefined), codes: unreachable },
  { name: 'reset before the answer', fault: { reset: true }, codes: unreachable },
  { name: 'reset in the middle', fault: raw((socket) => { socket.write('HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\naaaa', () => { socket.resetAndDestroy(); }); }), codes: broken },
  { name: 'end in the middle of a chunk', fault: say(`${chunked}ff\r\naaaa`), codes: broken },
  { name: 'a length that is too long', fault: { truncateAt: 100 }, codes: broken },
  { name: 'a length that is too short', fault: { headers: { 'content-length': '7' } }, codes: broken },
  { name: 'a length of four petabytes', fault: say('HTTP/1.1 200 OK\r\nContent-Length: 4503599627370496\r\n\r\naaaa'), codes: broken },
  { name: 'a length beyond all numbers', fault: say(`HTTP/1.1 200 OK\r\nContent-Length: ${'9'.repeat(300)}\r\n\r\naaaa`), codes: broken },
  { name: 'a negative length', fault: say('HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\naaaa'), codes: broken },
  { name: 'two lengths', fault: say('HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\naaaaa'), codes: broken },
  { name: 'an empty body', fault: say('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'), codes: broken },
  { name: 'one byte altered', fault: { corruptAt: 60 }, codes: broken },
  { name: 'HTML with 200', fault: header('content-type', 'text/html'), codes: broken },
  { name: '206 that nobody asked for', fault: header('content-range', 'bytes 0-36/600', 206), codes: broken },
  { name: '206 of another range', fault: header('content-range', 'bytes 500-536/600', 206), codes: broken },
  { name: '206 without a range', fault: header('content-type', 'text/html', 206), codes: broken },
  { name: '416', fault: { status: 416 }, codes: broken },
  { name: '204', fault: { status: 204 }, codes: broken },
  { name: '401', fault: { status: 401 }, codes: ['E_UPSTREAM_DENIED'] },
  { name: '404', fault: { status: 404 }, codes: ['E_UPSTREAM_MISSING'] },
  { name: '500', fault: { status: 500 }, codes: ['E_UPSTREAM'] },
  { name: '999', fault: say('HTTP/1.1 999 Whatever\r\nContent-Length: 0\r\n\r\n'), codes: broken },
  { name: '304 for a state that is not held', fault: { status: 304 }, codes: broken, exceptAt: 'apt root' },
  { name: '503 for a day', fault: { status: 503, headers: { 'retry-after': '86400' } }, codes: unreachable },
  { name: '429 for ever', fault: { status: 429, headers: { 'retry-after': '9'.repeat(400) } }, codes: unreachable },
  { name: '503 until a date long gone', fault: { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' } }, codes: unreachable },
  { name: 'a redirect to a file', fault: { status: 302, headers: { location: 'file:///etc/passwd' } }, codes: unreachable },
  { name: 'a redirect to ftp', fault: { status: 302, headers: { location: 'ftp://127.0.0.1/a' } }, codes: unreachable },
  { name: 'a redirect to no address', fault: { status: 302, headers: { location: 'http://[::1' } }, codes: unreachable },
  { name: 'a redirect to nowhere', fault: { status: 302 }, codes: unreachable },
  { name: 'a redirect to where nobody listens', fault: { status: 302, headers: { location: 'http://127.0.0.1:9/a' } }, codes: unreachable },
  { name: 'a redirect to itself', fault: { status: 302, headers: { location: '' } }, codes: unreachable },
  { name: 'redirects that take two seconds each', fault: { answer: (request, response) => { setTimeout(() => { response.writeHead(302, { location: `?${(request.url ?? '').length}` }).end(); }, 2000); } }, codes: unreachable },
  { name: 'a redirect with an endless body', fault: endless('HTTP/1.1 302 Found\r\nLocation: ?again\r\n\r\n', 'a'), codes: unreachable },
  { name: 'ever another redirect', fault: { answer: (request, response) => { response.writeHead(302, { location: `?${(request.url ?? '').length}` }).end(); } }, codes: unreachable },
  { name: 'a body said to be gzip, and is not', fault: { headers: { 'content-encoding': 'gzip' } } },
  { name: 'a body said to be ten times encoded', fault: { headers: { 'content-encoding': Array.from({ length: 10 }, () => 'br').join(', ') } } },
  { name: 'an unknown transfer encoding', fault: say('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, gzip\r\n\r\naaaa'), codes: broken },
  { name: 'a change of protocol', fault: say('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\naaaa'), codes: broken },
  { name: 'bytes that are no HTTP', fault: say('\x15\x03\x01\x00\x02\x02\x28'), codes: broken },
  { name: 'a header with a NUL', fault: say('HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 4\r\n\r\naaaa'), codes: broken },
  { name: 'an ETag of 16 KiB', fault: { headers: { etag: `"${'e'.repeat(16_000)}"` } } },
];
