/** Queries, doctor: how full are the file systems that are written to? */

import type { PathProbe, SpaceFacts } from '../../core/path-facts.js';
import type { Settings } from '../../core/settings.js';
import type { Finding, Severity } from './finding.js';

/** Shares of what there is, below which something is said. */
const warningShare = 0.05;
const problemShare = 0.01;

/** Each file system once, named by the first path that lies on it. */
export async function checkSpace(probe: PathProbe, { storage, publish, repositories }: Settings): Promise<readonly Finding[]> {
  const seen = new Set<number>();
  const findings: Finding[] = [];
  for (const path of [storage.poolPath, storage.basePath, storage.cachePath, publish.mergedPath, ...repositories.map(({ snapshotsPath }) => snapshotsPath)]) {
    const facts = await probe.describe(path);
    if (facts === undefined || seen.has(facts.device)) continue;
    seen.add(facts.device);
    findings.push(judgeSpace(path, await probe.measure(path)));
  }
  return findings;
}

export function judgeSpace(path: string, { freeBytes, totalBytes, freeFiles, totalFiles }: SpaceFacts): Finding {
  const bytes = totalBytes === 0 ? 1 : freeBytes / totalBytes;
  const files = totalFiles === 0 ? 1 : freeFiles / totalFiles;
  const share = Math.min(bytes, files);
  const severity: Severity = share < problemShare ? 'problem' : share < warningShare ? 'warning' : 'ok';
  const what = `${percent(bytes)} of its space is free (${Math.floor(freeBytes / 1024 ** 2)} MiB)${totalFiles === 0 ? '' : `, ${percent(files)} of its inodes`}`;
  if (severity === 'ok') return { check: 'space', severity, where: path, what };
  return { check: 'space', severity, where: path, what, advice: 'Run chantal db cleanup, delete old snapshots, or enlarge the file system.' };
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
