/** Bench: the life of an APT mirror: first sync, nothing new, snapshot, next day, diff, merge, clean-up. */

import { join } from 'node:path';
import { makeApt } from '../lib/make-apt.mjs';
import { measure, prepare } from '../lib/measure.mjs';
import { switchDay } from '../lib/server.mjs';
import { openAptly } from '../tools/aptly.mjs';
import { openAptMirror, openDebmirror, openReprepro } from '../tools/apt-peers.mjs';
import { openChantal } from '../tools/chantal.mjs';
import { copyByLink, curlAll, hashAll } from '../tools/floor.mjs';

/** @param shape {name, count, sizeBytes, isWhole}: not whole: the first sync and nothing else */
export function aptSuite(shape) {
  return {
    name: shape.name,
    title: `APT, ${shape.count.toLocaleString('en')} packages`,
    setUp: ({ root, key }) => makeApt(root, shape.name, { ...shape, key }),
    round: (context, directory, paths) => works(shape, context, directory, paths),
  };
}

async function works(shape, { root, server, key, nodeFlags }, directory, paths) {
  const url = `${server.url}/${shape.name}/now`;
  const chantal = await openChantal(join(directory, 'chantal'), { bench: aptFile(url, key) }, { nodeFlags });
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
    goals: [
      { than: 'aptly', ratio: 0.7 },
      ...(shape.isWhole ? [{ than: 'debmirror', ratio: 1 }, { than: 'reprepro', ratio: 1 }, { megabytes: 300 }] : [{ than: 'curl (floor)', ratio: 2 }]),
    ],
    holds: 'a request, a digest, a file and a link for each package in one process; what is ahead checks no digest, or records nothing.',
    before: () => switchDay(root, shape.name, 'day1'),
    runs: {
      Chantal: run(chantal.sync()),
      aptly: aptlyRun((it) => [...it.update(), ...it.snapshot('day1'), ...it.publish('day1', 'latest')]),
      debmirror: run(debmirror.sync()),
      'apt-mirror': run(aptMirror.sync()),
      reprepro: run(reprepro.sync(), { env: reprepro.env }),
      'curl (floor)': curl('curl', paths.day1),
      'sha256sum (floor)': run(hashAll(join(root, shape.name, 'day1/pool'))),
    },
  };
  if (!shape.isWhole) return [first];
  const known = new Set(paths.day1);
  return [
    first,
    {
      work: 'unchanged',
      goals: [{ requests: 1 }, { seconds: 0.35 }],
      holds: 'Node\'s start, and a stat for each package, so that a file that is gone or cut is noticed though upstream has nothing new; reprepro looks at its Release file only.',
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
      goals: [{ than: 'cp -al (floor)', ratio: 1 }],
      holds: 'a link for each package.',
      runs: {
        Chantal: run(chantal.snapshot('day1')),
        aptly: aptlyRun((it) => [...it.snapshot('day1-again'), ...it.publish('day1-again', 'frozen')]),
        'cp -al (floor)': run(copyByLink(join(root, shape.name, 'day1'), join(directory, 'copy'))),
      },
    },
    {
      work: 'next day, published',
      goals: [...['aptly', 'debmirror', 'apt-mirror', 'reprepro'].map((than) => ({ than, ratio: 1 })), { of: publishing, seconds: 0.5 }],
      holds: 'all of Packages is read again and compared with the database.',
      before: () => switchDay(root, shape.name, 'day2'),
      runs: {
        Chantal: async () => {
          const cost = await measure(chantal.sync(), { server });
          return { ...cost, parts: { [publishing]: chantal.publishingSeconds() } };
        },
        aptly: aptlyRun((it) => [...it.update(), ...it.snapshot('day2'), ...it.switch('day2', 'latest')]),
        debmirror: run(debmirror.sync()),
        'apt-mirror': run(aptMirror.sync()),
        reprepro: run(reprepro.sync(), { env: reprepro.env }),
        'curl (floor)': curl('curl2', paths.day2.filter((path) => !known.has(path))),
      },
    },
    {
      work: 'diff of two snapshots',
      goals: [{ seconds: 0.35 }],
      holds: 'Node\'s start; aptly is compiled, and compares two lists of references.',
      before: () => prepare(chantal.snapshot('day2')),
      runs: { Chantal: run(chantal.diff('day1', 'day2')), aptly: aptlyRun((it) => it.diff('day1', 'day2')) },
    },
    {
      work: 'merge of two, published',
      goals: [{ than: 'aptly', ratio: 1 }],
      holds: 'upstream\'s stanzas are carried over from both Packages files, packed anew and recorded, and every package is linked.',
      runs: {
        Chantal: run(chantal.merge('both', 'day1', 'day2')),
        aptly: aptlyRun((it) => [...it.merge('both', 'day1', 'day2'), ...it.publish('both', 'both')]),
      },
    },
    {
      work: 'clean-up with nothing to do',
      goals: [{ seconds: 1 }],
      holds: 'the pool\'s directories are listed and compared with the database.',
      runs: { Chantal: run(chantal.cleanup()), aptly: aptlyRun((it) => it.cleanup()) },
    },
  ];
}

const publishing = 'Chantal: publishing, as part of it';

export function aptFile(url, key) {
  return `type: apt\nupstream: {url: ${url}}\napt: {distribution: bench, components: [main], architectures: [amd64], gpgkey_file: ${key.publicPath}}\n`;
}

/** A peer that cannot be set up says so in its row, and in no other. */
export function lazy(open) {
  let opened;
  return () => (opened ??= open());
}
