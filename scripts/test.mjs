#!/usr/bin/env node
/**
 * Scripts: `npm test`. Set-up, lint, type check, tests; arguments go to vitest. All of them run, then it says what failed.
 * The last line is `N passed, M failed`. With CI set, a skipped test is a failure: everything it needs was set up.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localTool, must, show, temporaryDirectory } from './lib/steps.mjs';

must(process.execPath, ['scripts/setup.mjs', '--for', 'test']);
const isLintClean = show(localTool('eslint'), ['.']) === 0;
const isTypeSafe = show(localTool('tsc'), ['-p', 'tsconfig.test.json']) === 0;
const tests = runTests(process.argv.slice(2));

const isSkipTolerated = process.env.CI === undefined;
if (!isLintClean) console.error('Lint failed (npm run lint).');
if (!isTypeSafe) console.error('Type check failed (npm run typecheck).');
if (!isSkipTolerated && tests.skipped.length > 0) console.error(`Skipped, which CI does not allow:\n  ${tests.skipped.join('\n  ')}`);
console.log(`${tests.passed} passed, ${tests.failed} failed`);
const isGood = isLintClean && isTypeSafe && tests.exitCode === 0 && tests.failed === 0 && (isSkipTolerated || tests.skipped.length === 0);
process.exitCode = isGood ? 0 : 1;

/** A file that cannot even be loaded counts as one failure. */
function runTests(args) {
  const directory = mkdtempSync(join(tmpdir(), 'chantal-test-report-'));
  try {
    const output = join(directory, 'report.json');
    const env = { ...process.env, TMPDIR: temporaryDirectory() };
    const exitCode = show(localTool('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${output}`, ...args], { env });
    const { testResults } = JSON.parse(readFileSync(output, 'utf8'));
    const assertions = testResults.flatMap((file) => file.assertionResults);
    const unloaded = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
    return {
      exitCode,
      passed: assertions.filter(({ status }) => status === 'passed').length,
      failed: assertions.filter(({ status }) => status === 'failed').length + unloaded,
      skipped: assertions.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
