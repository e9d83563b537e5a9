/** Test support: Debian's docker-registry over a directory, filled by skopeo: nothing of it is ours. */

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeChart, writeOciLayout, type ChartFacts } from './charts.js';
import { runProgram } from './run.js';
import { freePort } from './free-port.js';

export interface Registry {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** What to name under `origins`: it speaks plain http. */
  readonly origin: string;
  /** @returns the manifest's digest, and the chart */
  push(repository: string, tag: string, facts: ChartFacts, more?: { readonly chart?: Buffer; readonly provenance?: string }): Promise<{ readonly digest: string; readonly chart: Buffer }>;
  /** Request lines with their status, in order: `GET /v2/charts/a/tags/list 200`. */
  requests(): readonly string[];
  stop(): Promise<void>;
}

export const registryUser = { username: 'mirror', password: 'mirror-pw' };
/** bcrypt of that password. */
const passwordLine = 'mirror:$2b$05$abcdefghijklmnopqrstuuX8LgKagHBdG031S8sVVC8H0EXCI/QZi\n';

/** @param work a directory for its files */
export async function startRegistry(work: string, { isGuarded = false }: { readonly isGuarded?: boolean } = {}): Promise<Registry> {
  mkdirSync(work, { recursive: true });
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  writeFileSync(join(work, 'users'), passwordLine);
  writeFileSync(join(work, 'registry.yml'), [
    'version: 0.1', 'log: {accesslog: {disabled: false}, level: error}', `storage: {filesystem: {rootdirectory: ${join(work, 'data')}}, delete: {enabled: true}}`,
    `http: {addr: '${host}'}`, ...(isGuarded ? [`auth: {htpasswd: {realm: test, path: ${join(work, 'users')}}}`] : []), '',
  ].join('\n'));
  const child = spawn('docker-registry', ['serve', join(work, 'registry.yml')], { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => { resolve(); });
    child.once('exit', () => { resolve(); });
  });
  while (!(await answers(`http://${host}/v2/`))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`docker-registry did not start:\n${output.join('')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  let pushed = 0;
  return {
    host,
    origin: `http://${host}`,
    async push(repository, tag, facts, { chart = undefined, provenance } = {}) {
      const bytes = chart ?? await makeChart(facts);
      const layout = join(work, `layout${pushed += 1}`);
      const digest = writeOciLayout(layout, facts, bytes, provenance);
      const credentials = isGuarded ? ['--dest-creds', `${registryUser.username}:${registryUser.password}`] : [];
      const { exitCode, stderr } = await runProgram('skopeo', [
        '--insecure-policy', '--tmpdir', work, 'copy', '--dest-tls-verify=false', '--preserve-digests', ...credentials, `oci:${layout}:it`, `docker://${host}/${repository}:${tag}`,
      ]);
      if (exitCode !== 0) throw new Error(`skopeo: ${stderr}`);
      rmSync(layout, { recursive: true });
      return { digest, chart: bytes };
    },
    requests: () => output.join('').split('\n').flatMap((line) => /"(GET|HEAD) (\S+) HTTP\/1\.1" (\d+) \d+ "[^"]*" "chantal/.exec(line)?.slice(1, 4).join(' ') ?? []),
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status > 0;
  } catch {
    return false;
  }
}
