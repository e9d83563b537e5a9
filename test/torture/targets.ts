/** Torture: the three kinds of files that a sync asks for, and where the day's new ones lie. */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Arena } from './arena.js';
import { sha256 } from './apt-upstream.js';

export const targets = ['root', 'metadata', 'package'] as const;

export type Target = (typeof targets)[number];

/** All of its names. */
export function pathsOf({ kind, day, served }: Arena, target: Target): readonly string[] {
  if (target === 'root') return [kind === 'apt' ? '/dists/heron/InRelease' : '/repodata/repomd.xml'];
  if (target === 'package') return [kind === 'apt' ? `/pool/main/d/day${day}_${day}_all.deb` : `/Packages/day${day}-1.0-1.x86_64.rpm`];
  if (kind === 'rpm') return readdirSync(join(served, 'repodata')).filter((name) => name.endsWith('-primary.xml.gz')).map((name) => `/repodata/${name}`);
  const directory = 'dists/heron/main/binary-amd64';
  return ['Packages', 'Packages.gz'].flatMap((name) => [`/${directory}/${name}`, `/${directory}/by-hash/SHA256/${sha256(readFileSync(join(served, directory, name)))}`]);
}
