/** Bench: RPM: first sync, the metadata of a large repository, diff, merge, a filter that keeps half. */

import { join } from 'node:path';
import { makeRpm } from '../lib/make-rpm.mjs';
import { measure, prepare } from '../lib/measure.mjs';
import { switchDay } from '../lib/server.mjs';
import { openChantal } from '../tools/chantal.mjs';
import { curlAll, hashAll } from '../tools/floor.mjs';
import { mergerepo, openDnf } from '../tools/rpm-peers.mjs';

export function rpmSuite(shape) {
  return {
    name: shape.name,
    title: `RPM, ${shape.count.toLocaleString('en')} packages`,
    setUp: ({ root }) => makeRpm(root, shape.name, shape),
    round: (context, directory, paths) => (shape.isWhole ? large : small)(shape, context, directory, paths),
  };
}

async function small(shape, { root, server, nodeFlags }, directory, paths) {
  const url = `${server.url}/${shape.name}/now`;
  const chantal = await openChantal(join(directory, 'chantal'), { bench: fileOf(url) }, { nodeFlags });
  const { commands, cwd } = curlAll(join(directory, 'curl'), url, paths.day1);
  return [{
    work: 'first sync, published',
    goals: [{ than: 'reposync', ratio: 0.7 }, { than: 'curl (floor)', ratio: 2 }],
    runs: {
      Chantal: () => measure(chantal.sync(), { server }),
      reposync: () => measure(openDnf(join(directory, 'dnf')).reposync(url), { server }),
      'curl (floor)': () => measure(commands, { server, cwd }),
      'sha256sum (floor)': () => measure(hashAll(join(root, shape.name, 'day1/Packages'))),
    },
  }];
}

async function large(shape, { root, server, nodeFlags }, directory) {
  const url = `${server.url}/${shape.name}/now`;
  const tree = (day) => join(root, shape.name, day);
  const half = `${fileOf(url)}filters: {include: ["*[02468]x*"]}\n`;
  const chantal = await openChantal(join(directory, 'chantal'), { bench: fileOf(url), half }, { nodeFlags });
  const dnf = openDnf(join(directory, 'dnf'));
  // It does not filter: a merge of two reads and writes twice as much as it would have to.
  const merge = (name) => () => measure(mergerepo(join(directory, name), tree('day1'), tree('day2')));
  return [
    {
      work: 'metadata read, recorded, published',
      goals: [{ than: 'dnf makecache', ratio: 1 }, { seconds: 8 }, { megabytes: 300 }],
      // The packages are in the pool already: what is left is the metadata.
      before: async () => {
        switchDay(root, shape.name, 'day1');
        await prepare([chantal.command('adopt', '--repo-id', 'bench', '--from', tree('day1'))]);
      },
      runs: {
        Chantal: () => measure(chantal.sync(), { server }),
        'dnf makecache': () => measure(dnf.makecache(url), { server }),
      },
    },
    {
      work: 'diff of two days',
      goals: [{ than: 'dnf repodiff', ratio: 1 }, { seconds: 0.5 }],
      before: async () => {
        await prepare(chantal.snapshot('day1'));
        switchDay(root, shape.name, 'day2');
        await prepare([...chantal.sync(), ...chantal.snapshot('day2')]);
      },
      runs: {
        Chantal: () => measure(chantal.diff('day1', 'day2')),
        'dnf repodiff': () => measure(dnf.repodiff(`${server.url}/${shape.name}/day1`, `${server.url}/${shape.name}/day2`)),
      },
    },
    {
      work: 'merge of two, published',
      goals: [{ than: 'mergerepo_c', ratio: 0.7 }, { megabytes: 400 }],
      runs: { Chantal: () => measure(chantal.merge('both', 'bench/day1', 'bench/day2')), mergerepo_c: merge('merged') },
    },
    {
      work: 'filtered to half, published',
      goals: [{ than: 'mergerepo_c', ratio: 0.7 }, { megabytes: 400 }],
      runs: { Chantal: () => measure(chantal.sync('half'), { server }), mergerepo_c: merge('merged-again') },
    },
  ];
}

function fileOf(url) {
  return `type: rpm\nupstream: {url: ${url}}\nrpm: {gpgcheck: false}\n`;
}
