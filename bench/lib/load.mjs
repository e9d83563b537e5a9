/** Bench: many requests at once by wrk: how many a second, how late the latest are, and what they cost the server's processor. */

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

const connections = 16;
const clockTicksPerSecond = 100;

/**
 * @typedef {{ seconds: number, cpuSeconds: number, peakMiB: number, requests: number, bytes: number, requestsPerSecond: number, p99Ms: number }} LoadCost
 * `seconds` and `cpuSeconds` are of 1,000 requests, so that what compares works compares these, too.
 */

/**
 * @param paths asked for in turn, over and over
 * @param pid of the server; what it has started counts as well
 * @param scriptPath a file to be written
 * @returns {Promise<LoadCost>}
 * @throws when wrk is not installed, or any answer is no success
 */
export async function putUnderLoad({ url, paths, pid, scriptPath, seconds }) {
  // Asked for in random order, each connection would keep what another just used; in turn, what is kept is of no use unless all of it is.
  writeFileSync(scriptPath, `local paths = {${paths.map((path) => JSON.stringify(path)).join(',')}}\nlocal i = 0\nrequest = function()\n  i = i % #paths + 1\n  return wrk.format("GET", paths[i])\nend\n`);
  const before = cpuSecondsOf(pid);
  const { stdout } = await promisify(execFile)('wrk', ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`, '--latency', '--timeout', '30s', '--script', scriptPath, url]);
  const cpuSeconds = cpuSecondsOf(pid) - before;
  const fault = /Non-2xx.*|Socket errors.*/.exec(stdout);
  if (fault !== null) throw new Error(`wrk on ${url}${paths[0]}: ${fault[0]}`);
  const [, count, duration] = /(\d+) requests in ([\d.]+)s/.exec(stdout);
  const requests = Number(count);
  return {
    seconds: Number(duration) * 1000 / requests,
    cpuSeconds: cpuSeconds * 1000 / requests,
    peakMiB: peakMiBOf(pid),
    requests,
    bytes: bytesOf(/, ([\d.]+)([KMG]?)B read/.exec(stdout)),
    requestsPerSecond: requests / Number(duration),
    p99Ms: millisecondsOf(/99%\s+([\d.]+)(us|ms|s|m)\b/.exec(stdout)),
  };
}

function bytesOf([, number, unit]) {
  return Number(number) * 1024 ** ['', 'K', 'M', 'G'].indexOf(unit);
}

function millisecondsOf([, number, unit]) {
  return Number(number) * { us: 0.001, ms: 1, s: 1000, m: 60_000 }[unit];
}

/** Its own and that of its children, which nginx works with. */
function cpuSecondsOf(pid) {
  return familyOf(pid).reduce((sum, each) => {
    // The name in brackets may hold anything; user and system time are the 12th and 13th after it.
    const fields = readFileSync(`/proc/${each}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
  }, 0);
}

function peakMiBOf(pid) {
  return Math.max(...familyOf(pid).map((each) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${each}/status`, 'latin1'))[1]) / 1024));
}

function familyOf(pid) {
  return [pid, ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter((child) => child !== '').map(Number)];
}
