/** Bench: one large file, a slow line, and what a command costs before it does anything. */

import { join } from 'node:path';
import { makeApt } from '../lib/make-apt.mjs';
import { makeRpm } from '../lib/make-rpm.mjs';
import { measure, prepare } from '../lib/measure.mjs';
import { openAptly } from '../tools/aptly.mjs';
import { openChantal } from '../tools/chantal.mjs';
import { curlAll, hashAll } from '../tools/floor.mjs';
import { openDnf } from '../tools/rpm-peers.mjs';
import { aptFile, lazy } from './apt.mjs';

export function largeFileSuite(shape) {
  return {
    name: shape.name,
    title: `One file of ${Math.round(shape.sizeBytes() / 2 ** 20).toLocaleString('en')} MiB`,
    setUp: ({ root, key }) => makeApt(root, shape.name, { ...shape, count: 1, key }),
    round: async ({ root, server, nodeFlags }, directory, paths) => {
      const url = `${server.url}/${shape.name}/now`;
      const chantal = await openChantal(join(directory, 'chantal'), { bench: `type: apt\nupstream: {url: ${url}}\napt: {distribution: bench, gpgcheck: false}\n` }, { nodeFlags });
      const { commands, cwd } = curlAll(join(directory, 'curl'), url, paths.day1);
      return [{
        work: 'first sync, published',
        goals: [{ than: 'curl (floor)', ratio: 1.7 }],
        runs: {
          Chantal: () => measure(chantal.sync(), { server }),
          'curl (floor)': () => measure(commands, { server, cwd }),
          'sha256sum (floor)': () => measure(hashAll(join(root, shape.name, 'day1/pool'))),
        },
      }];
    },
  };
}

/** Each request answered 20 ms later than it could be; what limits is how many are under way. */
export function latencySuite(shape) {
  const rpmName = `${shape.name}/rpm`;
  return {
    name: shape.name,
    title: `${shape.count.toLocaleString('en')} packages, 20 ms added to each request`,
    setUp: async ({ root, key }) => {
      const apt = makeApt(root, `${shape.name}/apt`, { ...shape, key });
      await makeRpm(root, rpmName, { ...shape, filesPerPackage: 5 });
      return apt;
    },
    round: async ({ server, key, nodeFlags }, directory, paths) => {
      if (server.slowUrl === undefined) throw new Error('nginx has no echo module (libnginx-mod-http-echo)');
      const url = `${server.slowUrl}/${shape.name}/apt/now`;
      const plain = await openChantal(join(directory, 'chantal'), { bench: aptFile(url, key) }, { nodeFlags });
      const wide = await openChantal(join(directory, 'chantal-32'), { bench: aptFile(url, key) }, { settings: 'download: {workers: 32}\n' });
      const aptly = lazy(() => openAptly(join(directory, 'aptly'), { url, keyring: key.ringPath, workers: 4 }));
      const { commands, cwd } = curlAll(join(directory, 'curl'), url, paths.day1);
      return [{
        work: 'first sync, published',
        goals: [{ than: 'aptly, its default workers', ratio: 0.5 }, { of: 'Chantal, 32 workers', than: 'aptly, its default workers', ratio: 0.2 }],
        runs: {
          Chantal: () => measure(plain.sync(), { server }),
          'Chantal, 32 workers': () => measure(wide.sync(), { server }),
          'aptly, its default workers': async () => {
            const it = await aptly();
            return measure([...it.update(), ...it.snapshot('day1'), ...it.publish('day1', 'latest')], { server });
          },
          'reposync, as many packages of RPM': () => measure(openDnf(join(directory, 'dnf'), { isDefault: true }).reposync(`${server.slowUrl}/${rpmName}/now`), { server }),
          'curl (floor)': () => measure(commands, { server, cwd }),
        },
      }];
    },
  };
}

export function startSuite(shape) {
  return {
    name: shape.name,
    title: 'Start',
    setUp: ({ root, key }) => makeApt(root, shape.name, { count: 20, sizeBytes: () => 1000, key }),
    round: async ({ server, nodeFlags }, directory) => {
      const url = `${server.url}/${shape.name}/now`;
      const chantal = await openChantal(join(directory, 'chantal'), { bench: `type: apt\nupstream: {url: ${url}}\napt: {distribution: bench, gpgcheck: false}\n` }, { nodeFlags });
      await prepare([...chantal.sync(), ...chantal.snapshot('a'), ...chantal.snapshot('b')]);
      // A tenth of a second each: five in a row, so that what is measured is more than a clock's step.
      const five = (command) => Array.from({ length: 5 }, () => command);
      const row = (work, command) => ({
        work: `${work}, five times`, goals: [],
        runs: { Chantal: () => measure(five(command)), 'node -e 0 (floor)': () => measure(five(['node', '-e', '0'])) },
      });
      return [row('--version', chantal.version()), row('snapshot list', chantal.command('snapshot', 'list')), row('snapshot diff', chantal.diff('a', 'b')[0])];
    },
  };
}
