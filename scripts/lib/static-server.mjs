/** Scripts: a real HTTP server over a directory, as an upstream looks from outside. Tests and the demo share it; tests add faults. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';

/**
 * @typedef {object} Fault What goes wrong for a path; each part works alone and together with the others.
 * @property {number} [status] answer with this status and no body
 * @property {Record<string, string>} [headers] sent besides (`retry-after`, `location` …); they replace the server's own
 * @property {number} [truncateAt] promise the whole length, end the connection after so many bytes
 * @property {number} [corruptAt] flip all bits of the byte at this offset; the ETag stays that of the good file
 * @property {number} [delayMs] wait before answering
 * @property {boolean} [reset] drop the connection without an answer
 * @property {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void} [answer] instead of
 *   all that: what no honest server would say
 * @property {number} [times] how many requests it hits; without it: all
 */

/**
 * @typedef {object} LoggedRequest
 * @property {string} method
 * @property {string} path decoded, with its leading slash and without the query
 * @property {string} url as it came over the wire
 * @property {number} status 0: the connection was dropped without an answer
 * @property {import('node:http').IncomingHttpHeaders} headers of the request
 * @property {number} bytes of the body that were handed to the socket
 */

/**
 * @typedef {object} StaticServer
 * @property {string} url `http://127.0.0.1:<port>`, without a trailing slash
 * @property {readonly LoggedRequest[]} requests in the order they were answered
 * @property {() => LoggedRequest[]} takeRequests returns the log and empties it
 * @property {(directory: string) => void} serve from now on another directory: the next day of an upstream
 * @property {(path: string, fault: Fault) => void} setFault `path` with its leading slash, decoded
 * @property {() => void} clearFaults
 * @property {() => Promise<void>} close drops open connections
 */

/**
 * Serves the files below `directory` with ETag, Last-Modified, 304, Range and If-Range, on a free port of the loopback.
 *
 * @param {string} directory
 * @returns {Promise<StaticServer>}
 */
export async function startStaticServer(directory) {
  let root = directory;
  /** @type {LoggedRequest[]} */
  const requests = [];
  /** @type {Map<string, Fault>} */
  const faults = new Map();

  const server = createServer((request, response) => {
    const path = pathOf(request);
    const fault = takeFault(faults, path);
    if (fault?.answer !== undefined) {
      requests.push({ method: request.method ?? '', path, url: request.url ?? '', status: 0, headers: request.headers, bytes: 0 });
      fault.answer(request, response);
      return;
    }
    answer(request, root, path, fault)
      .then((reply) => {
        requests.push({ method: request.method ?? '', path, url: request.url ?? '', status: reply.status, headers: request.headers, bytes: sentBytes(request, reply) });
        send(request, response, reply);
      })
      .catch((error) => response.destroy(error));
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(undefined));
  });
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    takeRequests: () => requests.splice(0),
    serve: (other) => { root = other; },
    setFault: (path, fault) => { faults.set(path, { ...fault }); },
    clearFaults: () => faults.clear(),
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

/**
 * @typedef {object} Reply
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {Buffer} body
 * @property {number} [truncateAt]
 */

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {string} root
 * @param {string} path
 * @param {Fault | undefined} fault
 * @returns {Promise<Reply>}
 */
async function answer(request, root, path, fault = {}) {
  if (fault.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
  if (fault.reset === true) return { status: 0, headers: {}, body: Buffer.alloc(0) };
  if (fault.status !== undefined) return { status: fault.status, headers: { ...fault.headers }, body: Buffer.alloc(0) };
  const file = await readRegularFile(join(root, normalize(path)));
  if (file === undefined) return { status: 404, headers: { ...fault.headers }, body: Buffer.from('not found\n') };
  const reply = select(request.headers, file);
  const headers = { ...reply.headers, ...fault.headers };
  const body = fault.corruptAt === undefined ? reply.body : corrupted(reply.body, fault.corruptAt);
  return { status: reply.status, headers, body, ...(fault.truncateAt === undefined ? {} : { truncateAt: fault.truncateAt }) };
}

/**
 * RFC 9110: a matching If-None-Match (or, without it, If-Modified-Since) is 304; a Range whose If-Range matches is 206.
 *
 * @param {import('node:http').IncomingHttpHeaders} asked
 * @param {Buffer} bytes
 * @returns {Reply}
 */
function select(asked, bytes) {
  const { etag, lastModified } = validators(bytes);
  const headers = { etag, 'last-modified': lastModified, 'accept-ranges': 'bytes' };
  const isCurrent = asked['if-none-match'] === undefined ? asked['if-modified-since'] === lastModified : asked['if-none-match'] === etag;
  if (isCurrent) return { status: 304, headers, body: Buffer.alloc(0) };
  const ifRange = asked['if-range'];
  const range = ifRange === undefined || ifRange === etag || ifRange === lastModified ? /^bytes=(\d+)-(\d*)$/.exec(asked.range ?? '') : null;
  if (range === null) return { status: 200, headers, body: bytes };
  const start = Number(range[1]);
  const end = range[2] === '' ? bytes.length - 1 : Math.min(Number(range[2]), bytes.length - 1);
  if (start > end) return { status: 416, headers: { ...headers, 'content-range': `bytes */${bytes.length}` }, body: Buffer.alloc(0) };
  return { status: 206, headers: { ...headers, 'content-range': `bytes ${start}-${end}/${bytes.length}` }, body: bytes.subarray(start, end + 1) };
}

/**
 * Both follow from the content: git keeps no times, so the files of two days may well have one mtime, and a client that asks
 * by date alone (apt) would be told that nothing changed.
 *
 * @param {Buffer} bytes
 */
function validators(bytes) {
  const hash = createHash('sha256').update(bytes).digest();
  const secondsOfAYear = 365 * 24 * 3600;
  const modified = new Date(Date.UTC(2024, 0, 1) + (hash.readUInt32BE() % secondsOfAYear) * 1000);
  return { etag: `"${hash.toString('hex').slice(0, 32)}"`, lastModified: modified.toUTCString() };
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {Reply} reply
 */
function send(request, response, reply) {
  if (reply.status === 0) {
    request.socket.resetAndDestroy();
    return;
  }
  response.writeHead(reply.status, reply.status === 304 ? reply.headers : { 'content-length': String(reply.body.length), ...reply.headers });
  if (request.method === 'HEAD' || reply.status === 304) {
    response.end();
  } else if (reply.truncateAt === undefined || reply.truncateAt >= reply.body.length) {
    response.end(reply.body);
  } else {
    response.write(reply.body.subarray(0, reply.truncateAt), () => request.socket.destroy());
  }
}

/** @param {import('node:http').IncomingMessage} request */
function pathOf(request) {
  const path = new URL(request.url ?? '/', 'http://upstream').pathname;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {Reply} reply
 */
function sentBytes(request, reply) {
  return request.method === 'HEAD' ? 0 : Math.min(reply.body.length, reply.truncateAt ?? reply.body.length);
}

/**
 * @param {Map<string, Fault>} faults
 * @param {string} path
 */
function takeFault(faults, path) {
  const fault = faults.get(path);
  if (fault?.times === undefined) return fault;
  fault.times -= 1;
  if (fault.times <= 0) faults.delete(path);
  return fault;
}

/** @param {string} path */
async function readRegularFile(path) {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} offset
 */
function corrupted(bytes, offset) {
  const copy = Buffer.from(bytes);
  if (offset < copy.length) copy.writeUInt8(copy.readUInt8(offset) ^ 0xff, offset);
  return copy;
}
