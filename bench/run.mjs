#!/usr/bin/env node
/**
 * Bench: `npm run bench`. The same work through Chantal, the others and the machine's own tools, in turn, in one run.
 * Everything is served by nginx on loopback and written below TMPDIR. As root it installs what it compares with from Debian.
 *
 * The year of daily syncs (`--suite growth`) takes half an hour and runs only when it is named.
 *
 *   npm run bench -- [--suite NAME]... [--rounds 3] [--scale 1] [--write] [--keep]
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePrograms } from '../scripts/lib/debian-packages.mjs';
import { must, projectRoot } from '../scripts/lib/steps.mjs';
import { makeKey } from './lib/key.mjs';
import { renderReport } from './lib/report.mjs';
import { startServer } from './lib/server.mjs';
import { aptSuite, latencySuite } from './suites/apt.mjs';
import { growthSuite } from './suites/growth.mjs';
import { largeFileSuite, startSuite } from './suites/other.mjs';
import { rpmSuite } from './suites/rpm.mjs';

const { values } = parseArgs({ options: {
  suite: { type: 'string', multiple: true },
  rounds: { type: 'string', default: '3' },
  scale: { type: 'string', default: '1' },
  write: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
} });
const rounds = Number(values.rounds);
const scaled = (count) => Math.round(count * Number(values.scale));

const suites = [
  startSuite({ name: 'start' }),
  aptSuite({ name: 'apt-5k', count: scaled(5_000), sizeBytes: (seed) => 15_000 + (seed * 7919) % 10_000, isWhole: false }),
  rpmSuite({ name: 'rpm-5k', count: scaled(5_000), sizeBytes: (seed) => 15_000 + (seed * 7919) % 10_000, filesPerPackage: 20, isWhole: false }),
  latencySuite({ name: 'latency', count: scaled(5_000), sizeBytes: () => 2_000 }),
  largeFileSuite({ name: 'large-file', sizeBytes: () => Math.round(2 ** 30 * Number(values.scale)) }),
  aptSuite({ name: 'apt-63k', count: scaled(63_000), sizeBytes: (seed) => 700 + (seed * 7919) % 600, isWhole: true }),
  growthSuite({ name: 'growth', count: scaled(60_000), days: 365, sizeBytes: () => 300 }),
  rpmSuite({ name: 'rpm-60k', count: scaled(60_000), sizeBytes: (seed) => 700 + (seed * 7919) % 600, filesPerPackage: 40, isWhole: true }),
];

const tools = {
  '/usr/bin/time': 'time', nginx: 'nginx-light', curl: 'curl', gpg: 'gnupg', gpgv: 'gpgv', aptly: 'aptly', debmirror: 'debmirror', 'apt-mirror': 'apt-mirror', wget: 'wget',
  reprepro: 'reprepro', dnf: 'dnf', '/usr/share/doc/dnf-plugins-core': 'dnf-plugins-core', mergerepo_c: 'createrepo-c',
  '/usr/lib/nginx/modules/ngx_http_echo_module.so': 'libnginx-mod-http-echo',
};

if (!existsSync(join(projectRoot, 'node_modules'))) must(process.execPath, ['scripts/setup.mjs']);
else must(process.execPath, ['scripts/build.mjs']);
ensurePrograms(Object.fromEntries(Object.entries(tools).filter(([name]) => !(name.startsWith('/') && existsSync(name)))), 'The bench');

const work = mkdtempSync(join(tmpdir(), 'chantal-bench-'));
const root = join(work, 'upstream');
mkdirSync(root);
const key = makeKey(work);
const server = await startServer(work, root);
try {
  const done = [];
  for (const suite of suites) {
    if (values.suite === undefined ? suite.onlyWhenNamed === true : !values.suite.includes(suite.name)) continue;
    done.push(await runSuite(suite));
  }
  const report = renderReport(done, { rounds, dates: new Date().toISOString().slice(0, 10) });
  process.stdout.write(`\n${report}`);
  if (values.write) writeReport(report);
} finally {
  server.stop();
  if (!values.keep) rmSync(work, { recursive: true, force: true });
}

/** A tool that fails says so in its row; the others go on. */
async function runSuite(suite) {
  const rows = new Map();
  try {
    say(`${suite.title}: making the upstream`);
    const paths = await suite.setUp({ root, key });
    if (suite.run !== undefined) return { title: suite.title, ...(await suite.run({ root, key, server, say }, join(work, suite.name))) };
    for (let round = 0; round < rounds; round += 1) {
      const directory = join(work, suite.name, String(round));
      for (const item of await suite.round({ root, key, server }, directory, paths)) await runWork(item, round, rows);
      rmSync(directory, { recursive: true, force: true });
    }
  } catch (error) {
    return { title: suite.title, rows: [...rows.values()], failure: error.message };
  }
  rmSync(join(root, suite.name), { recursive: true, force: true });
  return { title: suite.title, rows: [...rows.values()] };
}

async function runWork({ work: title, target, before, runs }, round, rows) {
  await before?.();
  const row = rows.get(title) ?? { work: title, target, tools: new Map(Object.keys(runs).map((tool) => [tool, { costs: [], failure: '' }])) };
  rows.set(title, row);
  // Who goes first changes with the round: a disk that slows down slows no one in particular.
  const order = Object.entries(runs);
  for (const [tool, run] of [...order.slice(round % order.length), ...order.slice(0, round % order.length)]) {
    const result = row.tools.get(tool);
    try {
      const cost = await run();
      result.costs.push(cost);
      say(`  round ${round + 1} · ${title} · ${tool}: ${cost.seconds.toFixed(2)} s, processor ${cost.cpuSeconds.toFixed(2)} s, ${Math.round(cost.peakMiB)} MiB, ${cost.requests} requests`);
    } catch (error) {
      result.failure = error.message;
      say(`  round ${round + 1} · ${title} · ${tool}: FAILED: ${error.message}`);
    }
  }
}

function writeReport(report) {
  const path = join(projectRoot, 'docs/benchmarks.md');
  const [head] = readFileSync(path, 'utf8').split('<!-- measured -->\n');
  writeFileSync(path, `${head}<!-- measured -->\n\n${report}`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
