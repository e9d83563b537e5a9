/** Bench: one large file, and what a command costs before it does anything. */

import { join } from 'node:path';
import { makeApt } from '../lib/make-apt.mjs';
import { measure, prepare } from '../lib/measure.mjs';
import { openChantal } from '../tools/chantal.mjs';
import { curlAll } from '../tools/floor.mjs';

export function largeFileSuite(shape) {
  return {
    name: shape.name,
    title: 'One file of 1 GiB',
    setUp: ({ root, key }) => makeApt(root, shape.name, { ...shape, count: 1, key }),
    round: async ({ server }, directory, paths) => {
      const url = `${server.url}/${shape.name}/now`;
      const chantal = await openChantal(join(directory, 'chantal'), { bench: `type: apt\nupstream: {url: ${url}}\napt: {distribution: bench, gpgcheck: false}\n` });
      const { commands, cwd } = curlAll(join(directory, 'curl'), url, paths.day1);
      return [{
        work: 'first sync, published',
        target: '≤ 1.7 × curl',
        runs: { Chantal: () => measure(chantal.sync(), { server }), 'curl (floor)': () => measure(commands, { server, cwd }) },
      }];
    },
  };
}

export function startSuite(shape) {
  return {
    name: shape.name,
    title: 'Start',
    setUp: ({ root, key }) => makeApt(root, shape.name, { count: 20, sizeBytes: () => 1000, key }),
    round: async ({ server }, directory) => {
      const url = `${server.url}/${shape.name}/now`;
      const chantal = await openChantal(join(directory, 'chantal'), { bench: `type: apt\nupstream: {url: ${url}}\napt: {distribution: bench, gpgcheck: false}\n` });
      await prepare([...chantal.sync(), ...chantal.snapshot('a'), ...chantal.snapshot('b')]);
      const row = (work, commands) => ({
        work, target: 'what Node\'s start costs, and little more',
        runs: { Chantal: () => measure(commands), 'node -e 0 (floor)': () => measure([['node', '-e', '0']]) },
      });
      return [
        row('--version', [chantal.command('--version').filter((word) => word !== '--quiet')]),
        row('snapshot list', [chantal.command('snapshot', 'list')]),
        row('snapshot diff', chantal.diff('a', 'b')),
      ];
    },
  };
}
