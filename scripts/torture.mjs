#!/usr/bin/env node
/**
 * Scripts: `npm run torture [-- --minutes N | --kills N] [--seed N]`. All of the fault harness: hostile servers and repositories, damage,
 * full disks, kill -9 at every point, fuzzing. What goes on at random does so for about N minutes in all (10), or for N kills of each
 * command. Prints a table, and ends with 0 only when everything passed.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { localTool, must, show } from './lib/steps.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, kills: { type: 'string' }, seed: { type: 'string' } } });
for (const [name, value] of Object.entries(values)) {
  if (!/^\d+(\.\d+)?$/.test(value)) throw new Error(`--${name} takes a number, not ${JSON.stringify(value)}`);
}
const seed = values.seed ?? String(Date.now() % 1_000_000);

must(process.execPath, ['scripts/setup.mjs', '--for', 'test']);
const tests = runTests();
const groups = summarize(tests);
printTable(groups);
const failed = groups.reduce((sum, group) => sum + group.failed, 0);
console.log(failed === 0 ? `All passed. Seed ${seed}.` : `${failed} failed. The same again: npm run torture -- --seed ${seed}`);
process.exitCode = failed === 0 && tests.length > 0 ? 0 : 1;

/** A file that cannot even be loaded counts as one failure. */
function runTests() {
  const directory = mkdtempSync(join(tmpdir(), 'chantal-torture-'));
  try {
    const output = join(directory, 'report.json');
    const env = {
      ...process.env,
      CHANTAL_TORTURE_MINUTES: values.minutes,
      CHANTAL_TORTURE_SEED: seed,
      ...(values.kills === undefined ? {} : { CHANTAL_TORTURE_KILLS: values.kills }),
    };
    show(localTool('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${output}`, 'test/torture', 'test/fuzz', 'test/faults'], { env });
    const { testResults } = JSON.parse(readFileSync(output, 'utf8'));
    return testResults.flatMap(({ name, status, assertionResults }) =>
      (status === 'failed' && assertionResults.length === 0 ? [{ ancestorTitles: [name], status: 'failed' }] : assertionResults));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A group is what the tests' outermost `describe` says. */
function summarize(results) {
  const groups = new Map();
  for (const { ancestorTitles: [title = 'other faults'], status, meta = {} } of results) {
    const group = groups.get(title) ?? { title, cases: 0, passed: 0, failed: 0, kills: 0, looks: 0, inputs: 0 };
    groups.set(title, group);
    group.cases += 1;
    group.passed += status === 'passed' ? 1 : 0;
    group.failed += status === 'passed' ? 0 : 1;
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
