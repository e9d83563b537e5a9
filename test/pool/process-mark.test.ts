/** Whose leftovers are these? A number alone does not say: it is used again, in a container at every start. */

import { expect, test } from 'vitest';
import { lifeOf, markThisProcess } from '../../src/pool/process-mark.js';
import { runProgram } from '../support/run.js';

test('this process is alive', () => {
  expect(lifeOf(markThisProcess())).toBe('alive');
});

test('an earlier process with our number is dead', () => {
  const [place, pid] = markThisProcess().split('-');
  expect(lifeOf(`${place}-${pid}-1`)).toBe('dead');
});

test('a process that has ended is dead', async () => {
  const [place] = markThisProcess().split('-');
  const { stdout } = await runProgram('sh', ['-c', 'echo $$']);
  expect(lifeOf(`${place}-${stdout.trim()}-1`)).toBe('dead');
});

test.each(['0123456789ab-1-1', 'c73ac44b-7-1', '', 'x'])('of %j nothing is known', (mark) => {
  expect(lifeOf(mark)).toBe('unknown');
});
