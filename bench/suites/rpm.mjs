/** Bench: RPM: first sync, the metadata of a large repository, diff, merge, a filter that keeps half. */

import { join } from 'node:path';
import { makeRpm } from '../lib/make-rpm.mjs';
import { measure, prepare } from '../lib/measure.mjs';
import { switchDay } from '../lib/server.mjs';
import { openChantal } from '../tools/chantal.mjs';
import { curlAll } from '../tools/floor.mjs';
import { mergerepo, openDnf } from '../tools/rpm-peers.mjs';

export function rpmSuite(shape) {
  return {
    name: shape.name,
    title: `RPM, ${shape.count.toLocaleString('en')} packages`,
    setUp: ({ root }) => makeRpm(root, shape.name, shape),
    round: (context, directory, paths) => (shape.isWhole ? large : small)(shape, context, directory, paths),
  };
}

async function small(shape, { server }, directory, paths) {
  const url = `${server.url}/${shape.name}/now`;
  const chantal = await openChantal(join(directory, 'chantal'), { bench: fileOf(url) });
  const { commands, cwd } = curlAll(join(directory, 'curl'), url, paths.day1);
  return [{
    work: 'first sync, published',
    target: '≤ 0.7 × reposync, ≤ 2 × curl',
    runs: {
      Chantal: () => measure(chantal.sync(), { server }),
      reposync: () => measure(openDnf(join(directory, 'dnf')).reposync(url), { server }),
      'curl (floor)': () => measure(commands, { server, cwd }),
    },
  }];
}

async function large(shape, { root, server }, directory) {
  const url = `${server.url}/${shape.name}/now`;
  const tree = (day) => join(root, shape.name, day);
  const half = `${fileOf(url)}filters: {include: ["*[02468]x*"]}\n`;
  const chantal = await openChantal(join(directory, 'chantal'), { bench: fileOf(url), half });
  const dnf = openDnf(join(directory, 'dnf'));
  const merge = () => measure(mergerepo(join(directory, 'merged'), tree('day1'), tree('day2')));
  return [
    {
      work: 'metadata read, recorded, published',
      target: '≤ 8 s, < 300 MB',
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
      target: '≤ 0.5 s',
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
      target: '≤ 0.7 × mergerepo_c, < 400 MB',
      runs: { Chantal: () => measure(chantal.merge('both', 'bench/day1', 'bench/day2')), mergerepo_c: merge },
    },
    {
      work: 'filtered to half, published',
      target: '≤ 0.7 × mergerepo_c, < 400 MB',
      runs: { Chantal: () => measure(chantal.sync('half'), { server }), mergerepo_c: merge },
    },
  ];
}

function fileOf(url) {
  return `type: rpm\nupstream: {url: ${url}}\nrpm: {gpgcheck: false}\n`;
}
