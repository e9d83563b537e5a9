/** Bench: the life of an APT mirror: first sync, nothing new, snapshot, next day, diff, merge, clean-up. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeApt } from '../lib/make-apt.mjs';
import { measure, prepare } from '../lib/measure.mjs';
import { switchDay } from '../lib/server.mjs';
import { openAptly } from '../tools/aptly.mjs';
import { openAptMirror, openDebmirror, openReprepro } from '../tools/apt-peers.mjs';
import { openChantal } from '../tools/chantal.mjs';
import { copyByLink, curlAll } from '../tools/floor.mjs';

/** @param shape {name, count, sizeBytes, isWhole}: not whole: the first sync and nothing else */
export function aptSuite(shape) {
  return {
    name: shape.name,
    title: `APT, ${shape.count.toLocaleString('en')} packages`,
    setUp: ({ root, key }) => makeApt(root, shape.name, { ...shape, key }),
    round: (context, directory, paths) => works(shape, context, directory, paths),
  };
}

async function works(shape, { root, server, key }, directory, paths) {
  const url = `${server.url}/${shape.name}/now`;
  const chantal = await openChantal(join(directory, 'chantal'), {
    bench: `type: apt\nupstream: {url: ${url}}\napt: {distribution: bench, components: [main], architectures: [amd64], gpgkey_file: ${key.publicPath}}\n`,
  });
  const aptly = lazy(() => openAptly(join(directory, 'aptly'), { url, keyring: key.ringPath, workers: 10 }));
  const debmirror = openDebmirror(join(directory, 'debmirror'), { port: server.port, path: `${shape.name}/now`, keyring: key.ringPath });
  const aptMirror = openAptMirror(join(directory, 'apt-mirror'), { url: `${server.plainUrl ?? server.url}/${shape.name}/now` });
  const reprepro = openReprepro(join(directory, 'reprepro'), { url, key });
  const run = (commands, options) => () => measure(commands, { server, ...options });
  const aptlyRun = (steps) => async () => measure(steps(await aptly()), { server });
  const curl = (name, list) => async () => {
    const { commands, cwd } = curlAll(join(directory, name), url, list);
    return measure(commands, { server, cwd });
  };
  const first = {
    work: 'first sync, published',
    target: '≤ 0.7 × aptly, ≤ 2 × curl',
    before: () => switchDay(root, shape.name, 'day1'),
    runs: {
      Chantal: run(chantal.sync()),
      aptly: aptlyRun((it) => [...it.update(), ...it.snapshot('day1'), ...it.publish('day1', 'latest')]),
      debmirror: run(debmirror.sync()),
      'apt-mirror': run(aptMirror.sync()),
      reprepro: run(reprepro.sync(), { env: reprepro.env }),
      'curl (floor)': curl('curl', paths.day1),
    },
  };
  if (!shape.isWhole) return [first];
  const known = new Set(paths.day1);
  return [
    first,
    {
      work: 'unchanged',
      target: 'one request, ≤ 0.35 s',
      runs: {
        Chantal: run(chantal.sync()),
        aptly: aptlyRun((it) => it.update()),
        debmirror: run(debmirror.sync()),
        'apt-mirror': run(aptMirror.sync()),
        reprepro: run(reprepro.again(), { env: reprepro.env }),
      },
    },
    {
      work: 'snapshot made and published',
      target: '≤ 1.0 × cp -al',
      runs: {
        Chantal: run(chantal.snapshot('day1')),
        aptly: aptlyRun((it) => [...it.snapshot('day1-again'), ...it.publish('day1-again', 'frozen')]),
        'cp -al (floor)': run(copyByLink(join(directory, 'debmirror/tree'), join(directory, 'copy'))),
      },
    },
    {
      work: 'next day, published',
      target: 'ahead of all',
      before: () => switchDay(root, shape.name, 'day2'),
      runs: {
        Chantal: run(chantal.sync()),
        aptly: aptlyRun((it) => [...it.update(), ...it.snapshot('day2'), ...it.switch('day2', 'latest')]),
        debmirror: run(debmirror.sync()),
        'apt-mirror': run(aptMirror.sync()),
        reprepro: run(reprepro.sync(), { env: reprepro.env }),
        'curl (floor)': curl('curl2', paths.day2.filter((path) => !known.has(path))),
      },
    },
    {
      work: 'diff of two snapshots',
      target: '≤ 0.35 s',
      before: () => prepare(chantal.snapshot('day2')),
      runs: { Chantal: run(chantal.diff('day1', 'day2')), aptly: aptlyRun((it) => it.diff('day1', 'day2')) },
    },
    {
      work: 'merge of two, published',
      target: 'ahead of aptly',
      runs: {
        Chantal: run(chantal.merge('both', 'day1', 'day2')),
        aptly: aptlyRun((it) => [...it.merge('both', 'day1', 'day2'), ...it.publish('both', 'both')]),
      },
    },
    {
      work: 'clean-up with nothing to do',
      target: '≤ 1 s',
      runs: { Chantal: run(chantal.cleanup()), aptly: aptlyRun((it) => it.cleanup()) },
    },
  ];
}

/** A peer that cannot be set up says so in its row, and in no other. */
function lazy(open) {
  let opened;
  return () => (opened ??= open());
}

/** 5,000 packages, each request answered 20 ms later than it could be. */
export function latencySuite(shape) {
  return {
    name: shape.name,
    title: `APT, ${shape.count.toLocaleString('en')} packages, 20 ms added to each request`,
    setUp: ({ root, key }) => makeApt(root, shape.name, { ...shape, key }),
    round: async ({ server, key }, directory, paths) => {
      if (server.slowUrl === undefined) throw new Error('nginx has no echo module (libnginx-mod-http-echo)');
      mkdirSync(directory, { recursive: true });
      const url = `${server.slowUrl}/${shape.name}/now`;
      const lines = `type: apt\nupstream: {url: ${url}}\napt: {distribution: bench, components: [main], architectures: [amd64], gpgkey_file: ${key.publicPath}}\n`;
      const plain = await openChantal(join(directory, 'chantal'), { bench: lines });
      const wide = await openChantal(join(directory, 'chantal-32'), { bench: lines }, 'download: {workers: 32}\n');
      const aptly = lazy(() => openAptly(join(directory, 'aptly'), { url, keyring: key.ringPath, workers: 4 }));
      const { commands, cwd } = curlAll(join(directory, 'curl'), url, paths.day1);
      return [{
        work: 'first sync, published',
        target: '≤ 0.5 × aptly; with 32 workers ≤ 0.2 ×',
        runs: {
          Chantal: () => measure(plain.sync(), { server }),
          'Chantal, 32 workers': () => measure(wide.sync(), { server }),
          'aptly (its default workers)': async () => measure((await aptly()).update(), { server }),
          'curl (floor)': () => measure(commands, { server, cwd }),
        },
      }];
    },
  };
}
