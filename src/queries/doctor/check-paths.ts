/** Queries, doctor: are the directories there, may we write in them, and can the pool be linked from where we publish? */

import { dirname, join } from 'node:path';
import type { PathFacts, PathProbe } from '../../core/path-facts.js';
import type { Settings } from '../../core/settings.js';
import type { Finding } from './finding.js';

export async function checkPaths(probe: PathProbe, { storage, publish, repositories }: Settings): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const path of [storage.basePath, storage.poolPath, storage.cachePath]) {
    const facts = await probe.describe(path);
    findings.push(facts === undefined ? missing(path) : judge(path, facts));
  }
  const pool = await probe.describe(storage.poolPath);
  const places = [...repositories.flatMap(({ latestPath, snapshotsPath }) => [dirname(latestPath), snapshotsPath]), publish.mergedPath];
  for (const path of new Set(places)) {
    const [nearest, facts] = await findNearest(probe, path);
    const finding = judge(path, facts, nearest);
    findings.push(finding.severity === 'ok' && pool !== undefined && facts?.device !== pool.device ? apart(path, storage.poolPath) : finding);
  }
  for (const { latestPath } of repositories) findings.push(...await checkLatest(probe, latestPath));
  return findings;
}

/** The directory, or the one in which it would be made. */
async function findNearest(probe: PathProbe, path: string): Promise<readonly [string, PathFacts | undefined]> {
  for (let nearest = path; ; nearest = dirname(nearest)) {
    const facts = await probe.describe(nearest);
    if (facts !== undefined || nearest === '/') return [nearest, facts];
  }
}

function judge(path: string, facts: PathFacts | undefined, nearest = path): Finding {
  const found: Pick<Finding, 'check' | 'where'> = { check: 'paths', where: path };
  if (facts?.kind !== 'directory') return { ...found, severity: 'problem', what: `${nearest} is not a directory`, advice: 'Move away what is there, or change the path in the configuration.' };
  if (facts.isWritable) return { ...found, severity: 'ok', what: nearest === path ? 'is there and writable' : 'will be made when it is needed' };
  return { ...found, severity: 'problem', what: `the user who runs this may not write in ${nearest}`, advice: 'Run as the user who owns it, or correct owner and mode.' };
}

/** A tree that `latest` leads to is made before the link, and goes after it: a link that leads nowhere was broken by somebody. */
async function checkLatest(probe: PathProbe, latestPath: string): Promise<readonly Finding[]> {
  const facts = await probe.describe(latestPath);
  const isLink = await probe.isLink(latestPath);
  const found: Pick<Finding, 'check' | 'where'> = { check: 'latest', where: latestPath };
  if (!isLink && facts !== undefined) return [{ ...found, severity: 'problem', what: 'is not a link of ours', advice: `Move it away (mv ${latestPath} ${latestPath}.old) and sync again.` }];
  if (isLink && facts === undefined) return [{ ...found, severity: 'problem', what: 'leads to nothing: clients are answered 404', advice: 'Sync the repository again, or run chantal publish.' }];
  return isLink ? [{ ...found, severity: 'ok', what: 'leads to a tree' }] : [];
}

function missing(path: string): Finding {
  return { check: 'paths', severity: 'problem', where: path, what: 'is not there', advice: 'Run chantal init; if it should be there, look whether a file system is not mounted.' };
}

function apart(path: string, poolPath: string): Finding {
  return {
    check: 'paths', severity: 'warning', where: path,
    what: `lies on another file system than the pool (${poolPath}): files are copied there, not linked`,
    advice: 'Put both on one file system to save the space.',
  };
}

/** What killed commands left behind: harmless, and removed by the next one that works there. */
export async function checkLeftovers(probe: PathProbe, { storage, repositories, publish }: Settings): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const damaged = await probe.listNames(join(storage.poolPath, 'damaged'));
  if (damaged.length > 0) {
    findings.push({
      check: 'leftovers', severity: 'warning', where: join(storage.poolPath, 'damaged'),
      what: `${damaged.length} files of the pool were found damaged and set aside`,
      advice: 'Look for the cause (disk, memory, somebody writing into published files), run chantal pool verify, then delete them.',
    });
  }
  const places = [join(storage.poolPath, 'tmp'), publish.mergedPath, ...repositories.flatMap(({ latestPath, snapshotsPath }) => [join(dirname(latestPath), `.${latestPath.slice(dirname(latestPath).length + 1)}`), snapshotsPath])];
  for (const place of new Set(places)) {
    const left = (await probe.listNames(place)).filter((name) => (place.startsWith(storage.poolPath) ? name !== 'partial' : name.startsWith('.tmp-')));
    if (left.length > 0) findings.push({ check: 'leftovers', severity: 'note', where: place, what: `${left.length} unfinished: of commands that work now, or were killed`, advice: 'Nothing: the next command that works there removes what is abandoned.' });
  }
  return findings.length > 0 ? findings : [{ check: 'leftovers', severity: 'ok', where: storage.poolPath, what: 'nothing unfinished or damaged lies about' }];
}
