/** Fuzz: damaged primary.xml: what the plain reader gives, and refuses, is what the parser alone gives and refuses. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readRecords } from '../formats/kit/plain-records.js';
import { upstreamFixture } from '../support/fixtures.js';
import { rounds } from '../torture/duration.js';
import { createRandom, seed } from '../torture/random.js';
import '../torture/task-meta.js';
import { mutate } from './mutate.js';

const repodata = join(upstreamFixture('rpm', 'day1'), 'repodata');
const real = gunzipSync(readFileSync(join(repodata, readdirSync(repodata).find((name) => name.endsWith('primary.xml.gz'))!)));
const small = Buffer.from(`<?xml version="1.0"?>\n<metadata><package a='1' b="&amp;"><name>é]</name><format><rpm:license>x</rpm:license></format>
<version epoch="0" ver="1" rel="2"/><!-- --><location xml:base="" href="a"/></package>\n<package><summary/></package></metadata>`);
const pieceBytes = [[1 << 20], [1, 7, 300], [61]];

describe('fuzz', { timeout: 600_000 }, () => {
  it('plain records are read as the parser reads them', async ({ task }) => {
    const random = createRandom(seed);
    let plain = 0;
    for (const round of rounds(600, 0.02)) {
      const bytes = mutate(random.pick([real, small]), random);
      const sizes = random.pick(pieceBytes);
      const alone = await readRecords(bytes, sizes, false);
      const both = await readRecords(bytes, sizes, true);
      const told = `seed ${seed}, round ${round}\n${JSON.stringify(bytes.toString('latin1'))}`;
      expect(both.records, told).toEqual(alone.records);
      // The line depends on the pieces: text outside the root is noticed where a piece ends.
      expect(both.error?.code, told).toEqual(alone.error?.code);
      plain += both.plain;
      task.meta.inputs = round + 1;
    }
    expect(plain).toBeGreaterThan(0);
  });
});
