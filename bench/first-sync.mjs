#!/usr/bin/env node
/**
 * Bench: first sync of 5,000 packages of about 20 KB from nginx on loopback, published, against `curl --parallel` fetching the
 * same files. Alternating pairs; medians. Needs nginx and curl; run `npm run build` first.
 *
 *   node bench/first-sync.mjs [--packages 5000] [--pairs 5] [--keep]
 */
import { spawn, execFileSync } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: {
  packages: { type: 'string', default: '5000' },
  pairs: { type: 'string', default: '5' },
  keep: { type: 'boolean', default: false },
} });
const packageCount = Number(values.packages);
const pairs = Number(values.pairs);
const root = mkdtempSync(join(tmpdir(), 'chantal-bench-'));
const chantal = join(dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'run.js');

const upstream = join(root, 'upstream');
const names = makeUpstream(upstream);
const nginx = await startNginx(upstream);
try {
  await runBench();
} finally {
  nginx.stop();
  if (!values.keep) rmSync(root, { recursive: true, force: true });
}

async function runBench() {
  writeFileSync(join(root, 'curl.cfg'), names.map((name) => `url = "${nginx.url}/${name}"\noutput = "${name}"\n`).join(''));
  const rows = [];
  for (let pair = 0; pair <= pairs; pair += 1) {
    const curl = await runCurl(pair);
    const sync = await runSync(pair);
    // The first pair warms the page cache and is not counted.
    if (pair > 0) rows.push({ curl, sync, ratio: sync.seconds / curl.seconds });
    process.stdout.write(`${pair === 0 ? 'warm-up' : `pair ${pair}`}: curl ${curl.seconds.toFixed(2)} s, first sync ${sync.seconds.toFixed(2)} s, ` +
      `ratio ${(sync.seconds / curl.seconds).toFixed(2)}, ${Math.round(sync.peakKiB / 1024)} MiB\n`);
  }
  const unchanged = await run('node', [chantal, '--config-dir', join(root, `tenant-${pairs}`), 'repo', 'sync', '--all', '--quiet'], root);
  process.stdout.write(`\n${packageCount} packages, medians of ${pairs} pairs\n` +
    `curl --parallel  ${median(rows.map((row) => row.curl.seconds)).toFixed(2)} s\n` +
    `first sync       ${median(rows.map((row) => row.sync.seconds)).toFixed(2)} s\n` +
    `ratio            ${median(rows.map((row) => row.ratio)).toFixed(2)}\n` +
    `peak memory      ${Math.round(Math.max(...rows.map((row) => row.sync.peakKiB)) / 1024)} MiB\n` +
    `unchanged sync   ${unchanged.seconds.toFixed(2)} s\n`);
}

function makeUpstream(directory) {
  mkdirSync(join(directory, 'pool', 'main'), { recursive: true });
  mkdirSync(join(directory, 'dists', 'bench', 'main', 'binary-amd64'), { recursive: true });
  const stanzas = [];
  const files = [];
  for (let index = 0; index < packageCount; index += 1) {
    const name = `bench-package-${String(index).padStart(5, '0')}`;
    const letter = String.fromCharCode(97 + (index % 26));
    const path = `pool/main/${letter}/${name}/${name}_1.${index % 7}-1_amd64.deb`;
    mkdirSync(join(directory, dirname(path)), { recursive: true });
    const bytes = randomFillSync(Buffer.alloc(15_000 + ((index * 7919) % 10_000)));
    writeFileSync(join(directory, path), bytes);
    files.push(path);
    stanzas.push(`Package: ${name}\nVersion: 1.${index % 7}-1\nArchitecture: amd64\nMaintainer: Bench <bench@example.org>\n` +
      `Filename: ${path}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\nSection: misc\nPriority: optional\nDescription: bench package ${index}\n`);
  }
  const packages = Buffer.from(stanzas.join('\n') + '\n');
  const index = 'main/binary-amd64/Packages';
  writeFileSync(join(directory, 'dists/bench', index), packages);
  writeFileSync(join(directory, 'dists/bench/Release'),
    `Origin: Bench\nSuite: bench\nCodename: bench\nDate: ${new Date().toUTCString().replace('GMT', 'UTC')}\nArchitectures: amd64\nComponents: main\n` +
    `SHA256:\n ${sha256(packages)} ${packages.length} ${index}\n`);
  return files;
}

async function runCurl(pair) {
  const target = join(root, `curl-${pair}`);
  mkdirSync(target);
  const result = await run('curl', ['--silent', '--show-error', '--no-progress-meter', '--fail', '--parallel', '--parallel-max', '10', '--create-dirs', '--config', join(root, 'curl.cfg')], target);
  rmSync(target, { recursive: true });
  return result;
}

async function runSync(pair) {
  const config = join(root, `tenant-${pair}`);
  mkdirSync(join(config, 'conf.d'), { recursive: true });
  mkdirSync(join(config, 'repos.d'));
  writeFileSync(join(config, 'conf.d/global.yaml'), `storage: {base_path: ${join(config, 'data')}}\n`);
  writeFileSync(join(config, 'repos.d/bench.yaml'), `name: bench\ntype: apt\nupstream: {url: ${nginx.url}}\napt: {distribution: bench, gpgcheck: false}\n`);
  execFileSync('node', [chantal, 'init', '--config-dir', config], { stdio: 'ignore' });
  const result = await run('node', [chantal, '--config-dir', config, 'repo', 'sync', '--all', '--quiet'], root);
  if (pair < pairs) rmSync(config, { recursive: true });
  return result;
}

/** Wall time and the kernel's own high-water mark of the process. */
async function run(command, args, cwd) {
  const started = performance.now();
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', command === 'curl' ? 'ignore' : 'inherit'] });
  let peakKiB = 0;
  const poll = setInterval(() => {
    try {
      peakKiB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? peakKiB);
    } catch { /* it has ended */ }
  }, 20);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(poll);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - started) / 1000, peakKiB };
}

async function startNginx(directory) {
  const port = 20_000 + (process.pid % 20_000);
  const config = join(root, 'nginx.conf');
  writeFileSync(config, `daemon off; worker_processes 1; pid ${root}/nginx.pid; error_log ${root}/nginx.log; user root;
events { worker_connections 512; }
http { access_log off; sendfile on; keepalive_requests 100000; server { listen 127.0.0.1:${port}; root ${directory}; } }`);
  const child = spawn('nginx', ['-c', config], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt += 1) {
    const answer = await fetch(`${url}/dists/bench/Release`).catch(() => undefined);
    if (answer?.ok === true) return { url, stop: () => child.kill() };
    if (attempt > 50) throw new Error('nginx does not answer');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
