/** Bench: a year of daily syncs, one package in a hundred new each day, every version kept: what the last days cost beside the first. */

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { makeAptDay } from '../lib/make-apt.mjs';
import { measure, prepare } from '../lib/measure.mjs';
import { makePackages } from '../lib/words.mjs';
import { openChantal } from '../tools/chantal.mjs';

/** How many days at either end are measured. */
const measured = 5;

export function growthSuite(shape) {
  return {
    name: shape.name,
    title: `Growth: ${shape.days} days, ${shape.count.toLocaleString('en')} packages, 1 % new each day, every version kept`,
    onlyWhenNamed: true,
    setUp: async () => undefined,
    run: async (context, directory) => runYear(shape, context, directory),
  };
}

async function runYear(shape, { root, server, key, say }, directory) {
  const url = `${server.url}/${shape.name}/now`;
  const chantal = await openChantal(join(directory, 'chantal'), {
    bench: `type: apt\nupstream: {url: ${url}}\napt: {distribution: bench, components: [main], architectures: [amd64], gpgkey_file: ${key.publicPath}}\nretention: {versions: ${shape.days + 5}}\n`,
  });
  const rows = new Map(['daily sync, published', 'snapshot made and published', 'diff with the day before'].map((work) => [work, {
    work, target: 'no more at the end than at the beginning', tools: new Map([[`days ${shape.days - measured + 1} to ${shape.days}`, emptyResult()], [`days 2 to ${measured + 1}`, emptyResult()]]),
  }]));
  const sizes = [];
  let before = 'day1';
  const packages = makePackages(shape.count, 1);
  for (let day = 1; day <= shape.days; day += 1) {
    if (day > 1) for (let index = (day * 37) % 100; index < packages.length; index += 100) packages[index] = { ...packages[index], release: packages[index].release + 1, seed: packages[index].seed + 1 };
    makeAptDay(root, shape.name, day, packages, { ...shape, key, directory: join(root, shape.name, 'now') });
    const end = day > shape.days - measured ? 0 : day > 1 && day <= measured + 1 ? 1 : undefined;
    const sync = await measure(chantal.sync(), { server });
    if (day % 20 === 0 || end !== undefined) say(`  day ${day}: sync ${sync.seconds.toFixed(2)} s, processor ${sync.cpuSeconds.toFixed(2)} s`);
    if (day === 1) await prepare(chantal.snapshot('day1'));
    if (day === 2 || day === shape.days) sizes.push(statSync(join(directory, 'chantal/data/chantal.db')).size);
    if (day === shape.days - measured) {
      before = `day${day}`;
      await prepare(chantal.snapshot(before));
    }
    if (end === undefined) continue;
    const snapshot = await measure(chantal.snapshot(`day${day}`));
    const diff = await measure(chantal.diff(before, `day${day}`));
    before = `day${day}`;
    [sync, snapshot, diff].forEach((cost, index) => [...[...rows.values()][index].tools.values()][end].costs.push(cost));
  }
  const [first, last] = sizes.map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
  return { rows: [...rows.values()], note: `The database: ${first} after 2 days, ${last} after ${shape.days}.` };
}

function emptyResult() {
  return { costs: [], failure: '' };
}
