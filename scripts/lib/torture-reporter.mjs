/**
 * Scripts: for vitest; writes each test down as soon as it ended, a line of JSON each into the file CHANTAL_TORTURE_REPORT. So that a run that is
 * interrupted or killed can still be told of.
 */

import { appendFileSync } from 'node:fs';

export default class TortureReporter {
  onTestCaseResult(test) {
    write({ id: test.id, group: groupOf(test), name: test.fullName, state: test.result().state, meta: test.meta() });
  }

  onTestSuiteResult(suite) {
    writeErrors(suite, groupOf(suite));
  }

  /** Tests that never came to run because what goes before them failed are told of here only. */
  onTestModuleEnd(module) {
    writeErrors(module, module.relativeModuleId);
    for (const test of module.children.allTests()) this.onTestCaseResult(test);
  }
}

/** What failed around the tests: a hook, or the file itself. */
function writeErrors(task, group) {
  if (task.errors().length > 0) write({ id: `${task.id} itself`, group, name: task.fullName ?? group, state: 'failed', meta: {} });
}

/** A group is what the outermost `describe` says. */
function groupOf(task) {
  let group = task.type === 'suite' ? task.name : undefined;
  for (let at = task.parent; at !== undefined && at.type === 'suite'; at = at.parent) group = at.name;
  return group ?? 'other faults';
}

function write(line) {
  appendFileSync(process.env.CHANTAL_TORTURE_REPORT, `${JSON.stringify(line)}\n`);
}
