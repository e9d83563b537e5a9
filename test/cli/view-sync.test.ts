import { describe, expect, test } from 'vitest';
import { viewCheck } from '../../src/cli/view-check.js';
import { describeOutcomes, exitCodeOf, failuresToTell, summarizeFailures, viewSync } from '../../src/cli/view-sync.js';
import { noChanges } from '../../src/core/diff-versions.js';
import { ChantalError } from '../../src/core/errors.js';
import type { RelativePath } from '../../src/core/relative-path.js';
import type { SyncOutcome, SyncResult } from '../../src/operations/results.js';

const result: SyncResult = {
  repository: 'el9', type: 'rpm', outcome: 'synced', version: 2, previousVersion: 1, mode: 'verbatim',
  total: { packages: 10, bytes: 10_240 }, added: { packages: 2, bytes: 2048 }, removed: { packages: 1, bytes: 1024 },
  download: { files: 5, bytes: 4096, resumedBytes: 1024, requests: 6, retries: 1 },
  latestPath: '/srv/el9/latest', quarantined: [], warnings: ['unsigned'], durationMs: 1500,
};
const good: SyncOutcome = { repository: 'el9', result };
const left = { path: 'p/a.rpm' as RelativePath, name: 'a', version: '1-1', arch: 'noarch', code: 'E_CHECKSUM', message: 'wrong', url: 'http://h/p/a.rpm' };
const lacking: SyncOutcome = { repository: 'el9', result: { ...result, quarantined: [left] } };
const locked: SyncOutcome = { repository: 'el8', error: new ChantalError('E_LOCKED', 'locked') };
const denied: SyncOutcome = { repository: 'el7', error: new ChantalError('E_UPSTREAM_DENIED', 'denied') };
const stopped: SyncOutcome = { repository: 'el6', error: new ChantalError('E_CANCELLED', 'stopped') };

describe('the exit code of several syncs', () => {
  test.each([
    ['all succeeded', [good, good], 0],
    ['some failed', [good, locked], 3],
    ['packages are quarantined', [lacking], 3],
    ['packages of one are quarantined, the other failed', [lacking, locked], 3],
    ['all failed: the first one\'s', [denied, locked], 10],
    ['one, and it failed: its own', [locked], 11],
    ['stopped by the user, whatever else', [good, denied, stopped], 130],
  ])('%s', (_, outcomes, exitCode) => {
    expect(exitCodeOf(summarizeFailures(outcomes))).toBe(exitCode);
  });

  test('each failure is told of once, a stop once for all', () => {
    const tell = (outcomes: readonly SyncOutcome[]): readonly string[] => (
      failuresToTell(outcomes, summarizeFailures(outcomes)).map((error) => (error as Error).message)
    );
    expect(tell([good, locked, denied])).toEqual(['locked', 'denied', '2 of 3 repositories failed']);
    expect(tell([denied, locked])).toEqual(['denied', 'locked']);
    expect(tell([denied, stopped, stopped])).toEqual(['denied', 'stopped']);
    expect(tell([good])).toEqual([]);
    expect(tell([good, lacking])).toEqual(['1 package is quarantined in el9']);
  });
});

test('a document holds each repository\'s result or error', () => {
  expect(describeOutcomes([good, locked])).toEqual({
    repositories: [{ repository: 'el9', result }, { repository: 'el8', error: { code: 'E_LOCKED', message: 'locked', exitCode: 11, context: {} } }],
  });
});

test('a sync in one line, its warnings below', () => {
  expect(viewSync(result)).toBe([
    'el9: version 2, 10 packages, 10.0 KiB; 2 added (2.0 KiB), 1 removed (1.0 KiB); fetched 5 files, 4.0 KiB, 1.0 KiB were there from an earlier run, 1 retry (1.5 s)',
    '  warning: unsigned',
  ].join('\n'));
  expect(viewSync({ ...result, outcome: 'unchanged', warnings: [] })).toBe('el9: unchanged, version 2, 10 packages, 10.0 KiB (1.5 s)');
  expect(viewSync({ ...result, quarantined: [left], warnings: [] })).toMatch(/\n {2}quarantined: a 1-1 noarch \(E_CHECKSUM\): wrong$/);
});

test('a dry run says what a check says', () => {
  const plan = { due: 'update' as const, changes: noChanges, root: { dates: {}, signedBy: [] } };
  expect(viewSync({ ...result, outcome: 'planned', plan })).toBe(viewCheck({ ...result, ...plan }));
  expect(viewCheck({ ...result, ...plan })).toMatch(/^el9: new metadata, the same packages; a sync would fetch 5 files, 4\.0 KiB \(1\.5 s\)$/m);
});

test('a check names so many changes on a terminal, and says how many it leaves out', () => {
  const added = Array.from({ length: 130 }, (_, index) => ({ name: `p${index}`, arch: 'noarch', version: '1', sizeBytes: 1 }));
  const text = viewCheck({ ...result, due: 'update', changes: { ...noChanges, added }, root: { dates: {}, signedBy: [] } });
  expect(text.match(/^ {2}added /gm)).toHaveLength(100);
  expect(text).toMatch(/\n {2}and 30 more: --json names all$/);
});

test('what is unresolved is counted, and the first of it shown', () => {
  const missing = { package: 'a 1-1 amd64', requires: 'b (>= 2)', architecture: 'amd64', reason: 'missing' } as const;
  const unresolved = [missing, { ...missing, package: 'c 1-1 all', reason: 'excluded' as const }, ...new Array<typeof missing>(10).fill(missing)];
  expect(viewSync({ ...result, warnings: [], unresolved }).split('\n').slice(1)).toEqual([
    '  unresolved dependencies: 12',
    '    a 1-1 amd64 requires b (>= 2): not there',
    '    c 1-1 all requires b (>= 2) (on amd64): excluded by the filters',
    ...new Array<string>(8).fill('    a 1-1 amd64 requires b (>= 2): not there'),
    '    and 2 more: --json names all',
  ]);
  expect(viewSync({ ...result, warnings: [], unresolved: [] })).not.toContain('unresolved');
});
