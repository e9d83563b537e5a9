#!/usr/bin/env node
/**
 * Scripts: `npm run torture [-- --minutes N | --kills N] [--seed N]`. All of the fault harness: hostile servers and repositories, damage,
 * full disks, kill -9 at every point, fuzzing. What goes on at random does so for about N minutes in all (10), or for N kills of each
 * command. Prints a table, and ends with 0 only when everything passed. Interrupted (Ctrl-C), it prints the table of what had ended by then.
 */

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, constants } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { localTool, must, projectRoot, temporaryDirectory } from './lib/steps.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, kills: { type: 'string' }, seed: { type: 'string' } } });
for (const [name, value] of Object.entries(values)) {
  if (!/^\d+(\.\d+)?$/.test(value)) throw new Error(`--${name} takes a number, not ${JSON.stringify(value)}`);
}
const seed = values.seed ?? String(Date.now() % 1_000_000);

must(process.execPath, ['scripts/setup.mjs', '--for', 'test']);
const { tests, exitCode, signal } = await runTests();
const groups = summarize(tests);
printTable(groups);
const failed = groups.reduce((sum, group) => sum + group.failed, 0);
for (const { group, name } of tests.filter(({ state }) => state !== 'passed')) console.log(`Failed: ${group}: ${name}`);
const again = `The same again: npm run torture -- --seed ${seed}`;
if (signal !== undefined) console.log(`Ended by ${signal} before everything had run: the table holds what had ended by then. ${again}`);
else if (failed > 0) console.log(`${failed} failed. ${again}`);
else if (exitCode !== 0) console.log(`Everything passed, but vitest ended with ${exitCode}: see above. ${again}`);
else console.log(`All passed. Seed ${seed}.`);
process.exitCode = signal === undefined ? Number(failed > 0 || exitCode !== 0) : 128 + constants.signals[signal];

/** Ctrl-C reaches vitest by itself, and another signal is passed on; either way its own end is waited for. */
async function runTests() {
  const directory = mkdtempSync(join(temporaryDirectory(), 'chantal-torture-'));
  // Servers and commands that run as somebody else have to come through.
  chmodSync(directory, 0o755);
  try {
    const report = join(directory, 'report.jsonl');
    const env = {
      ...process.env,
      TMPDIR: directory,
      CHANTAL_TORTURE_MINUTES: values.minutes,
      CHANTAL_TORTURE_REPORT: report,
      CHANTAL_TORTURE_SEED: seed,
      ...(values.kills === undefined ? {} : { CHANTAL_TORTURE_KILLS: values.kills }),
    };
    // Half of the time goes into waiting for servers that say nothing.
    const args = ['run', `--maxWorkers=${availableParallelism() + 1}`, '--reporter=default', '--reporter=./scripts/lib/torture-reporter.mjs', 'test/torture', 'test/fuzz', 'test/faults'];
    console.log(`$ vitest ${args.join(' ')}`);
    const vitest = spawn(localTool('vitest'), args, { cwd: projectRoot, stdio: 'inherit', env });
    let received;
    process.on('SIGINT', () => { received = 'SIGINT'; });
    process.on('SIGTERM', () => {
      received = 'SIGTERM';
      vitest.kill('SIGTERM');
    });
    const [exitCode, ended] = await new Promise((resolve, reject) => {
      vitest.once('error', reject);
      vitest.once('exit', (...how) => { resolve(how); });
    });
    return { tests: readReport(report), exitCode, signal: received ?? ended ?? undefined };
  } finally {
    removeRemains(directory);
  }
}

/** What an interrupted run leaves there, too: a PostgreSQL server whose directory is gone ends within a minute. */
function removeRemains(directory) {
  try {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  } catch (error) {
    console.error(`Left behind: ${directory} (${error.code}). Unmount what is mounted below it, then remove it.`);
  }
}

/** Each test once, as it was told of last. A line that was cut off by a kill is the last one, and tells nothing. */
function readReport(path) {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  return [...new Map(lines.map((line) => JSON.parse(line)).map((test) => [test.id, test])).values()];
}

function summarize(tests) {
  const groups = new Map();
  for (const { group: title, state, meta } of tests) {
    const group = groups.get(title) ?? { title, cases: 0, passed: 0, failed: 0, kills: 0, looks: 0, inputs: 0 };
    groups.set(title, group);
    group.cases += 1;
    group.passed += state === 'passed' ? 1 : 0;
    group.failed += state === 'passed' ? 0 : 1;
    for (const count of ['kills', 'looks', 'inputs']) group[count] += meta[count] ?? 0;
  }
  return [...groups.values()].sort((a, b) => (a.title < b.title ? -1 : 1));
}

function printTable(groups) {
  const columns = ['cases', 'passed', 'failed', 'kills', 'looks', 'inputs'];
  const total = { title: 'all', ...Object.fromEntries(columns.map((column) => [column, groups.reduce((sum, group) => sum + group[column], 0)])) };
  const rows = [['group', ...columns], ...[...groups, total].map((group) => [group.title, ...columns.map((column) => String(group[column]))])];
  const widths = rows[0].map((_, index) => Math.max(...rows.map((row) => row[index].length)));
  console.log();
  for (const row of rows) console.log(row.map((cell, index) => (index === 0 ? cell.padEnd(widths[index]) : cell.padStart(widths[index]))).join('  '));
  console.log();
}
