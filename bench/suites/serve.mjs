/** Bench: `chantal serve` under load, over as many packages as a distribution has, beside nginx with a file of the same size. */

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { putUnderLoad } from '../lib/load.mjs';
import { makeApt } from '../lib/make-apt.mjs';
import { prepare } from '../lib/measure.mjs';
import { makeBody, makePackages } from '../lib/words.mjs';
import { openChantal } from '../tools/chantal.mjs';
import { aptFile } from './apt.mjs';

const nginx = 'nginx, a file of the same size (floor)';
/** As many as the service keeps in memory; more than it keeps, of answers and of files. */
const somePaths = 500;
const manyPaths = 5000;

/** @param shape {name, count, sizeBytes, rounds, seconds}: so many seconds of load for each figure */
export function serveSuite(shape) {
  let packages;
  return {
    name: shape.name,
    title: `The service, ${shape.count.toLocaleString('en')} packages held`,
    setUp: async ({ root, key }) => { packages = makeApt(root, shape.name, { ...shape, key }).day1; },
    run: async (context, directory) => runLoad(shape, context, directory, packages),
  };
}

async function runLoad(shape, { root, server, key, say }, directory, files) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = `service: {port: ${port}}\nlogging: {level: WARN}\n`;
  const chantal = await openChantal(join(directory, 'chantal'), { bench: aptFile(`${server.url}/${shape.name}/now`, key) }, { settings });
  await prepare([...chantal.sync(), ...chantal.snapshot('day1')]);
  const [program, ...args] = chantal.command('serve');
  const service = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await ready(`${url}/ready`, service);
    mkdirSync(join(root, shape.name, 'same'), { recursive: true });
    const rows = [];
    for (const work of worksOf(shape, files)) rows.push(await runWork(work, { shape, root, server, url, pid: service.pid, scriptPath: join(directory, 'paths.lua'), say }));
    return { rows };
  } finally {
    service.kill();
  }
}

/** Paths that are asked for in turn; `than` of nginx where a target is set. */
function worksOf({ count }, files) {
  const names = makePackages(Math.min(count, manyPaths), 1).map(({ name }) => name);
  const inTree = (path) => `/repos/bench/latest/${path}`;
  return [
    { work: 'published trees: some package files', paths: files.slice(0, somePaths).map(inTree), ratio: 3 },
    { work: 'published trees: many package files', paths: files.slice(0, manyPaths).map(inTree), ratio: 3 },
    { work: 'published trees: an index', paths: [inTree('dists/bench/main/binary-amd64/Packages.gz')], ratio: 3 },
    { work: 'list: the first hundred packages', paths: ['/api/v1/repos/bench/packages'] },
    { work: 'list: pages of a hundred, each another', paths: Array.from({ length: Math.floor(count / 100) }, (_, page) => `/api/v1/repos/bench/packages?offset=${page * 100}`) },
    { work: 'search: the same', paths: ['/api/v1/search?q=maple12'] },
    { work: 'search: each another', paths: names.map((name) => `/api/v1/search?q=${encodeURIComponent(name.slice(0, -1))}`) },
    { work: 'package: the same', paths: [`/api/v1/packages/${names[0]}`] },
    { work: 'package: each another', paths: names.map((name) => `/api/v1/packages/${encodeURIComponent(name)}`) },
    { work: 'portal: a repository', paths: ['/portal/repositories/bench.html'] },
    { work: 'portal: its first page', paths: ['/portal/index.html'] },
  ];
}

async function runWork({ work, paths, ratio }, { shape, root, server, url, pid, scriptPath, say }) {
  const same = join(shape.name, 'same', 'file');
  writeFileSync(join(root, same), makeBody(1, await middleSize(url, paths)));
  const runs = {
    Chantal: () => putUnderLoad({ url, paths, pid, scriptPath, seconds: shape.seconds }),
    [nginx]: () => putUnderLoad({ url: server.url, paths: [`/${same}`], pid: server.pid, scriptPath, seconds: shape.seconds }),
  };
  const tools = Object.fromEntries(Object.keys(runs).map((tool) => [tool, { costs: [], failures: [] }]));
  for (let round = 0; round < shape.rounds; round += 1) {
    for (const [tool, run] of Object.entries(runs)) {
      try {
        const cost = await run();
        tools[tool].costs[round] = cost;
        say(`  round ${round + 1} · ${work} · ${tool}: ${Math.round(cost.requestsPerSecond)} requests/s, p99 ${cost.p99Ms.toFixed(1)} ms, processor ${cost.cpuSeconds.toFixed(3)} s a thousand`);
      } catch (error) {
        tools[tool].costs[round] = undefined;
        tools[tool].failures.push(error.message);
        say(`  round ${round + 1} · ${work} · ${tool}: FAILED: ${error.message}`);
      }
    }
  }
  return { work, isLoad: true, goals: ratio === undefined ? [] : [{ than: nginx, ratio }], tools };
}

/** Of a few of the answers. */
async function middleSize(url, paths) {
  const sizes = [];
  for (let step = 0; step < Math.min(paths.length, 11); step += 1) {
    const response = await fetch(`${url}${paths[Math.floor(step * paths.length / 11)]}`);
    sizes.push((await response.arrayBuffer()).byteLength);
  }
  return sizes.sort((a, b) => a - b)[Math.floor(sizes.length / 2)];
}

async function ready(url, service) {
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok === true) return;
    if (attempt > 200 || service.exitCode !== null) throw new Error('the service does not get ready');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
