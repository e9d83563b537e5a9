import { describe, expect, test } from 'vitest';
import { describeProgress } from '../../src/cli/progress-bars.js';
import { createStageLines } from '../../src/cli/stage-lines.js';
import { createTransferRate } from '../../src/cli/transfer-rate.js';
import type { Progress } from '../../src/core/ports.js';

const packages: Progress = { stage: 'packages', doneBytes: 0, totalBytes: 4096, doneFiles: 0, totalFiles: 4 };

describe('stage lines', () => {
  test('one when a repository enters a stage, then at most one a minute', () => {
    let nowMs = 0;
    const said: string[] = [];
    const lines = createStageLines((message) => said.push(message), () => nowMs);
    lines.update('el9', { ...packages, stage: 'metadata' });
    for (let second = 0; second <= 130; second += 1) {
      nowMs = second * 1000;
      lines.update('el9', { ...packages, doneFiles: second > 60 ? 2 : 1, doneBytes: second > 60 ? 2048 : 1024 });
    }
    lines.update('el9', { ...packages, stage: 'done' });
    expect(said).toEqual([
      'el9: reading metadata',
      'el9: fetching 4 files, 4.0 KiB',
      'el9: fetched 1 of 4 files, 1.0 KiB of 4.0 KiB',
      'el9: fetched 2 of 4 files, 2.0 KiB of 4.0 KiB',
      'el9: done',
    ]);
  });
});

describe('the rate', () => {
  test('is that of the last seconds', () => {
    const rate = createTransferRate();
    for (let atMs = 0; atMs <= 10_000; atMs += 200) rate.add(atMs < 5000 ? 0 : (atMs - 5000) * 2, atMs);
    expect(rate.bytesPerSecond()).toBeCloseTo(2000, -2);
  });

  test('is not known at first, nor after a new beginning', () => {
    const rate = createTransferRate();
    rate.add(0, 0);
    expect(rate.bytesPerSecond()).toBeUndefined();
    rate.add(1000, 1000);
    expect(rate.bytesPerSecond()).toBe(1000);
    rate.add(10, 1001);
    expect(rate.bytesPerSecond()).toBeUndefined();
  });
});

describe('a line of live progress', () => {
  test('shows bytes, files, rate and time left', () => {
    expect(describeProgress('el9', { ...packages, doneBytes: 1024, doneFiles: 1 }, 512))
      .toBe('el9  [#####---------------]   25%  1.0 KiB / 4.0 KiB  1/4 files  512 B/s  6.0 s left');
    expect(describeProgress('el9', packages, undefined)).toBe('el9  [--------------------]    0%  0 B / 4.0 KiB  0/4 files');
    expect(describeProgress('el9', { ...packages, stage: 'publish' }, undefined)).toBe('el9  publishing');
  });

  test('never exceeds its bar, and needs nothing to do', () => {
    expect(describeProgress('el9', { ...packages, doneBytes: 9999 }, undefined)).toContain('[####################]  100%');
    expect(describeProgress('el9', { ...packages, totalBytes: 0, totalFiles: 0 }, undefined)).toContain('0/0 files');
  });
});
