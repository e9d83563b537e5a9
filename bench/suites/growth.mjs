/**
 * Bench: a year of daily syncs, one package in a hundred new each day, every version kept: what the last days cost beside the first.
 *
 * The days at either end are synced from an upstream. Those between are recorded by the store alone, each with what such a sync would have
 * handed it; the sync after them fetches the packages that came meanwhile, and is not measured. What could grow with the number of
 * versions is the database, and that has had all of them.
 */

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/lib/steps.mjs';
import { makeAptDay, placeOf } from '../lib/make-apt.mjs';
import { measure, prepare } from '../lib/measure.mjs';
import { makeBody, makePackages, sha256 } from '../lib/words.mjs';
import { openChantal } from '../tools/chantal.mjs';
import { aptFile } from './apt.mjs';

/** How many days at either end are measured. */
const measured = 5;
const works = ['daily sync, published', 'snapshot made and published', 'diff with the day before'];

export function growthSuite(shape) {
  return {
    name: shape.name,
    title: `Growth: ${shape.days} days, ${shape.count.toLocaleString('en')} packages, 1 % new each day, every version kept`,
    setUp: async () => undefined,
    run: async (context, directory) => runYear(shape, context, directory),
  };
}

async function runYear(shape, { root, server, key, say }, directory) {
  const url = `${server.url}/${shape.name}/now`;
  const chantal = await openChantal(join(directory, 'chantal'), { bench: `${aptFile(url, key)}retention: {versions: ${shape.days + 5}}\n` });
  const now = join(root, shape.name, 'now');
  mkdirSync(now, { recursive: true });
  const packages = makePackages(shape.count, 1);
  const ends = { [`Chantal, days ${shape.days - measured + 1} to ${shape.days}`]: [], [`Chantal, days 2 to ${measured + 1}`]: [] };
  const [atEnd, atBeginning] = Object.keys(ends);
  const sync = async (day) => {
    if (day > 1) update(packages, day);
    makeAptDay(root, shape.name, day, packages, { ...shape, key, directory: now });
    const cost = await measure(chantal.sync(), { server });
    say(`  day ${day}: sync ${cost.seconds.toFixed(2)} s, processor ${cost.cpuSeconds.toFixed(2)} s`);
    return cost;
  };
  const measureDays = async (from, to, into) => {
    for (let day = from; day <= to; day += 1) {
      const costs = [await sync(day), await measure(chantal.snapshot(`day${day}`)), await measure(chantal.diff(`day${day - 1}`, `day${day}`))];
      into.push(costs);
    }
  };
  const size = () => statSync(chantal.databasePath).size;

  await sync(1);
  await prepare(chantal.snapshot('day1'));
  await measureDays(2, measured + 1, ends[atBeginning]);
  const first = size();
  const between = shape.days - 2 * measured - 2;
  const seconds = await recordDays(chantal, packages, { from: measured + 2, count: between, sizeBytes: shape.sizeBytes });
  say(`  ${between} days recorded in ${seconds.toFixed(1)} s`);
  const before = shape.days - measured;
  await sync(before);
  await prepare(chantal.snapshot(`day${before}`));
  await measureDays(before + 1, shape.days, ends[atEnd]);
  return {
    note: `The database: ${megabytes(first)} after ${measured + 1} days, ${megabytes(size())} after ${shape.days}. Days ${measured + 2} to ${before - 1} were recorded by the store alone, `
      + `as a sync would have handed them to it, at ${((seconds / between) * 1000).toFixed(0)} ms each; the sync of day ${before} fetched what came meanwhile.`,
    rows: works.map((work, index) => ({
      work,
      // Minutes lie between the two, and others may use the machine: walls would compare those.
      goals: [{ than: atBeginning, ratio: 1.25, key: 'cpuSeconds' }],
      tools: Object.fromEntries(Object.entries(ends).map(([tool, days]) => [tool, { costs: days.map((costs) => costs[index]), failures: [] }])),
    })),
  };
}

/** One package in a hundred has a new version. @returns their indexes */
function update(packages, day) {
  const changed = [];
  for (let index = (day * 37) % 100; index < packages.length; index += 100) {
    packages[index] = { ...packages[index], release: packages[index].release + 1, seed: packages[index].seed + 1 };
    changed.push(index);
  }
  return changed;
}

/** Versions as syncs would have recorded them, one a day. @returns how many seconds that took the store */
async function recordDays({ databasePath }, packages, { from, count, sizeBytes }) {
  const { openStore } = await import(join(projectRoot, 'dist/src/store/open-store.js'));
  const store = await openStore({ url: `sqlite:///${databasePath}`, poolSize: 1, locksPath: join(databasePath, '../locks'), clock: { now: () => new Date() }, migrationsPending: 'refuse' });
  let seconds = 0;
  try {
    let { current: base } = await store.findRepository('bench');
    let files = await store.listFiles(base);
    const byName = new Map((await store.listArtifacts(base)).map((artifact) => [artifact.name, artifact]));
    for (let day = from; day < from + count; day += 1) {
      const changed = update(packages, day).map((index) => ({ old: byName.get(packages[index].name), item: packages[index] }));
      const addedArtifacts = changed.map(({ old, item }) => ({ ...old, ...bodyOf(makeBody(item.seed, sizeBytes(item.seed))), ...placeOf(item) }));
      const addedFiles = files.map((file) => renew(file, day));
      const startedAtMs = performance.now();
      base = await store.recordVersion({
        ...base, type: 'apt', base, rootFingerprint: sha256(`day ${day}`), createdAt: undefined,
        addedArtifacts, removedArtifactPaths: changed.map(({ old }) => old.path),
        addedFiles, removedFilePaths: files.map(({ path }) => path),
        blobs: [...addedArtifacts, ...addedFiles].map(({ digest, sizeBytes: size }) => ({ digest, sizeBytes: size, mtimeMs: 0 })),
      });
      seconds += (performance.now() - startedAtMs) / 1000;
      for (const artifact of addedArtifacts) byName.set(artifact.name, artifact);
      files = addedFiles;
    }
  } finally {
    await store.close();
  }
  return seconds;
}

function bodyOf(body) {
  const digest = sha256(body);
  return { digest, checksum: { algorithm: 'sha256', hex: digest }, sizeBytes: body.length };
}

/** Every index is another each day; one that is called by its checksum is called otherwise, too. */
function renew(file, day) {
  const digest = sha256(`${file.kind} ${file.digest} on day ${day}`);
  return { ...file, digest, path: file.hashNamed ? file.path.replace(file.digest, digest) : file.path };
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
