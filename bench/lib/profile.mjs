/** Bench: what the processor did, from V8's profiles: shares of the time, by part of the program. */

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** First match by where the function is, or what it is called where it is nowhere. */
const parts = [
  ['waiting', /^\(idle\)$/],
  ['garbage', /^\(garbage collector\)$/],
  ['Node\'s start and modules', /node:internal\/(?:modules|bootstrap|main)|^compileFunction|^\(program\)$|rolldown-runtime|npm\.@?oclif/],
  ['the database', /kysely|sqlite|sql-store|bulk-|content-of-version|blobs-/],
  ['HTTP and sockets', /undici|node:(?:net|http|_http|internal\/stream_base)|^(?:writev?|readStart|shutdown) *$/],
  ['compression and digests', /node:(?:internal\/)?(?:zlib|crypto)|^(?:update|digest|init) *$/],
  ['files', /node:(?:internal\/)?fs|^(?:l?stat|link|open|close|read|write|rename|chmod|mkdir|readdir|unlink|fsync|access|symlink)\w* *$/],
  ['reading and writing metadata', /\/(?:rpm|apt|kit)-/],
  ['streams and promises', /node:internal\/(?:streams|process)|^runMicrotasks/],
];

export function openProfiles(directory) {
  mkdirSync(directory, { recursive: true });
  return {
    flags: ['--cpu-prof', `--cpu-prof-dir=${directory}`],
    clear: () => rmSync(directory, { recursive: true, force: true }),
    /** @returns {{ part: string, share: number }[]} of the time that was not spent waiting, the largest first */
    read() {
      const microseconds = new Map();
      for (const name of readdirSync(directory)) addProfile(JSON.parse(readFileSync(join(directory, name), 'utf8')), microseconds);
      microseconds.delete('waiting');
      const total = [...microseconds.values()].reduce((sum, part) => sum + part, 0);
      return [...microseconds].map(([part, time]) => ({ part, share: time / total })).sort((a, b) => b.share - a.share);
    },
  };
}

function addProfile({ nodes, samples, timeDeltas }, microseconds) {
  const partById = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]));
  samples.forEach((id, index) => {
    const part = partById.get(id);
    microseconds.set(part, (microseconds.get(part) ?? 0) + timeDeltas[index]);
  });
}

/** Native functions have a name and no file. */
function partOf({ functionName, url }) {
  const place = url === '' ? functionName : url;
  return parts.find(([, pattern]) => pattern.test(place))?.[0] ?? 'the rest of the program';
}
