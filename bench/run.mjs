#!/usr/bin/env node
/**
 * Bench: `npm run bench`. The same work through Chantal, the others and the machine's own tools, in turn, in one run.
 * Everything is served by nginx on loopback and written below TMPDIR. As root it installs what it compares with from Debian.
 *
 * `--write` puts the table and its plot into docs/, anew after every suite: what fails or is broken off loses nothing that was measured.
 *
 *   npm run bench -- [--suite NAME]... [--rounds 3] [--scale 1] [--write] [--keep]
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { must, projectRoot, stop } from '../scripts/lib/steps.mjs';
import { makeKey } from './lib/key.mjs';
import { stopRunning } from './lib/measure.mjs';
import { installPrograms } from './lib/peers.mjs';
import { renderPlot } from './lib/plot.mjs';
import { openProfiles } from './lib/profile.mjs';
import { duration, renderReport } from './lib/report.mjs';
import { startServer } from './lib/server.mjs';
import { aptSuite } from './suites/apt.mjs';
import { growthSuite } from './suites/growth.mjs';
import { largeFileSuite, latencySuite, startSuite } from './suites/other.mjs';
import { rpmSuite } from './suites/rpm.mjs';
import { serveSuite } from './suites/serve.mjs';

const { values } = parseArgs({ options: {
  suite: { type: 'string', multiple: true },
  rounds: { type: 'string', default: '3' },
  scale: { type: 'string', default: '1' },
  write: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
} });
const rounds = Number(values.rounds);
const scaled = (count) => Math.round(count * Number(values.scale));

const all = [
  startSuite({ name: 'start' }),
  aptSuite({ name: 'apt-5k', count: scaled(5_000), sizeBytes: (seed) => 15_000 + (seed * 7919) % 10_000, isWhole: false }),
  rpmSuite({ name: 'rpm-5k', count: scaled(5_000), sizeBytes: (seed) => 15_000 + (seed * 7919) % 10_000, filesPerPackage: 20, isWhole: false }),
  latencySuite({ name: 'latency', count: scaled(5_000), sizeBytes: () => 2_000 }),
  largeFileSuite({ name: 'large-file', sizeBytes: () => Math.round(2 ** 30 * Number(values.scale)) }),
  aptSuite({ name: 'apt-63k', count: scaled(63_000), sizeBytes: (seed) => 700 + (seed * 7919) % 600, isWhole: true }),
  rpmSuite({ name: 'rpm-60k', count: scaled(60_000), sizeBytes: (seed) => 700 + (seed * 7919) % 600, filesPerPackage: 40, isWhole: true }),
  serveSuite({ name: 'serve', count: scaled(60_000), sizeBytes: (seed) => 15_000 + (seed * 7919) % 10_000, rounds, seconds: 5 }),
  growthSuite({ name: 'growth', count: scaled(60_000), days: 365, sizeBytes: () => 300 }),
];
const unknown = (values.suite ?? []).filter((name) => !all.some((suite) => suite.name === name));
if (unknown.length > 0) stop(`No suite is called ${unknown.join(', ')}: there are ${all.map(({ name }) => name).join(', ')}`, 2);
if (!(rounds >= 1) || !(Number(values.scale) > 0)) stop('--rounds is a number of 1 or more, --scale one above 0', 2);
const suites = values.suite === undefined ? all : all.filter(({ name }) => values.suite.includes(name));

must(process.execPath, [existsSync(join(projectRoot, 'node_modules')) ? 'scripts/build.mjs' : 'scripts/setup.mjs']);
installPrograms();

const startedAtMs = performance.now();
const directory = tmpdir();
const work = mkdtempSync(join(directory, 'chantal-bench-'));
// What the tools leave behind goes with it.
process.env.TMPDIR = work;
const root = join(work, 'upstream');
mkdirSync(root);
const key = makeKey(work);
const profiles = openProfiles(join(work, 'profiles'));
const server = await startServer(work, root);
const done = [];
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stopRunning();
    finish(`broken off by ${signal}`);
    process.exit(130);
  });
}
try {
  for (const suite of suites) {
    done.push(await runSuite(suite));
    say(`${suite.title}: done after ${duration(elapsed())} of the whole; ${done.length} of ${suites.length} suites`);
    if (values.write) writeReport();
  }
} finally {
  finish();
}

/** Says what was measured so far, and leaves nothing behind. */
function finish(failure) {
  server.stop();
  if (!values.keep) rmSync(work, { recursive: true, force: true });
  if (failure !== undefined) say(failure);
  process.stdout.write(`\n${report()}`);
  say(`\n${duration(elapsed())} in all`);
}

/** A tool that fails says so in its row; the others go on. A suite that fails keeps the rows it has. */
async function runSuite(suite) {
  const rows = new Map();
  try {
    say(`${suite.title}: making the upstream`);
    const paths = await suite.setUp({ root, key });
    if (suite.run !== undefined) return { title: suite.title, ...(await suite.run({ root, key, server, say }, join(work, suite.name))) };
    for (let round = 0; round < rounds; round += 1) {
      await runRound(suite, { root, key, server }, paths, String(round), (item) => runWork(item, round, rows));
    }
    say('  once more under the profiler');
    await runRound(suite, { root, key, server, nodeFlags: profiles.flags }, paths, 'profile', (item) => profileWork(item, rows));
  } catch (error) {
    say(`  ${suite.title} FAILED: ${error.stack}`);
    return { title: suite.title, rows: [...rows.values()], failure: error.message };
  } finally {
    rmSync(join(root, suite.name), { recursive: true, force: true });
    if (!values.keep) rmSync(join(work, suite.name), { recursive: true, force: true });
  }
  return { title: suite.title, rows: [...rows.values()] };
}

async function runRound(suite, context, paths, name, runItem) {
  const directory = join(work, suite.name, name);
  for (const item of await suite.round(context, directory, paths)) await runItem(item);
  if (!values.keep) rmSync(directory, { recursive: true, force: true });
}

async function runWork({ work: title, goals, holds, before, runs }, round, rows) {
  await before?.();
  const row = rows.get(title) ?? { work: title, goals, holds, tools: Object.fromEntries(Object.keys(runs).map((tool) => [tool, { costs: [], failures: [] }])) };
  rows.set(title, row);
  // Who goes first changes with the round: a disk that slows down slows no one in particular.
  const order = Object.entries(runs);
  for (const [tool, run] of [...order.slice(round % order.length), ...order.slice(0, round % order.length)]) {
    const result = row.tools[tool];
    try {
      const { parts = {}, ...cost } = await run();
      result.costs[round] = cost;
      say(`  ${duration(elapsed())} · round ${round + 1} · ${title} · ${tool}: ${cost.seconds.toFixed(2)} s, processor ${cost.cpuSeconds.toFixed(2)} s, ${Math.round(cost.peakMiB)} MiB, ${cost.requests} requests`);
      for (const [part, seconds] of Object.entries(parts)) {
        row.tools[part] ??= { costs: [], failures: [] };
        row.tools[part].costs[round] = { seconds };
      }
    } catch (error) {
      result.costs[round] = undefined;
      result.failures.push(error.message);
      say(`  ${duration(elapsed())} · round ${round + 1} · ${title} · ${tool}: FAILED: ${error.message}`);
    }
  }
}

/** Only ours, which is the first. */
async function profileWork({ work: title, before, runs }, rows) {
  await before?.();
  profiles.clear();
  await Object.values(runs)[0]();
  rows.get(title).profile = profiles.read();
}

function elapsed() {
  return (performance.now() - startedAtMs) / 1000;
}

function report(plot) {
  return renderReport(done, { rounds, date: today(), directory, seconds: elapsed(), plot });
}

function writeReport() {
  const path = join(projectRoot, 'docs/benchmarks.md');
  const [head] = readFileSync(path, 'utf8').split('<!-- measured -->\n');
  writeFileSync(join(projectRoot, 'docs/benchmarks.svg'), renderPlot(done, `Walls in seconds, medians of ${rounds} rounds, ${today()}`));
  writeFileSync(path, `${head.trimEnd()}\n\n<!-- measured -->\n\n${report('benchmarks.svg')}`);
}

function today() {
  return new Date().toISOString().slice(0, 10);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
