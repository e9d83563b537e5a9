/** Charts as files: Chart.yaml is found wherever it stands, and what is no chart is said to be none. */

import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { assertListed, readChart } from '../../../src/formats/kit/chart-archive.js';
import { makeArchive, makeChart } from '../../support/charts.js';

const facts = { name: 'anchor', version: '1.2.0' };

test('Chart.yaml is found, first or last, in pieces of any size; charts within a chart are not it', async () => {
  for (const files of [{}, { '<big.bin': randomBytes(300_000) }, { '<charts/sub/Chart.yaml': 'name: sub\nversion: 9.9.9\n' }]) {
    const chart = await makeChart({ ...facts, files });
    const pieces = Array.from({ length: Math.ceil(chart.length / 1000) }, (_, index) => chart.subarray(index * 1000, (index + 1) * 1000));
    expect((await readChart(pieces)).facts).toMatchObject(facts);
  }
});

test('it is what it is listed as: a `v` and a short version make no difference, all else does', async () => {
  const chart = await readChart([await makeChart({ name: 'anchor', version: 'v1.2' })]);
  expect(() => { assertListed(chart, facts); }).not.toThrow();
  for (const other of [{ name: 'anchors' }, { version: '1.2.1' }, { version: '1.2.0+b' }, { version: '1.2.0-rc.1' }]) {
    expect(() => { assertListed(chart, { ...facts, ...other }); }).toThrow(expect.objectContaining({ code: 'E_METADATA' }) as Error);
  }
});

test.each<[string, () => Promise<Buffer>, string]>([
  ['no archive', async () => Buffer.from('<html></html>'), 'no gzipped tar archive'],
  ['nothing', async () => Buffer.alloc(0), 'ends before'],
  ['cut', async () => (await makeChart({ ...facts, files: { '<big.bin': randomBytes(300_000) } })).subarray(0, 100_000), 'ends before'],
  ['compressed, but no tar', async () => gzipSync('words '.repeat(1000)), 'no gzipped tar archive'],
  ['without Chart.yaml', async () => makeArchive([['anchor/values.yaml', '']]), 'holds no Chart.yaml'],
  ['a Chart.yaml without its directory', async () => makeArchive([['Chart.yaml', 'name: anchor\nversion: 1.2.0\n']]), 'holds no Chart.yaml'],
  ['a Chart.yaml without a name', async () => makeArchive([['anchor/Chart.yaml', 'version: 1.2.0\n']]), 'without name or version'],
  ['a Chart.yaml that is no YAML', async () => makeArchive([['anchor/Chart.yaml', 'a: [']]), 'no YAML'],
  ['a Chart.yaml of 6 MB', async () => makeArchive([['anchor/Chart.yaml', Buffer.alloc(6_000_000, 'a')]]), 'more than a chart can sensibly be'],
])('what is no chart is refused: %s', async (_, make, message) => {
  await expect(readChart([await make()])).rejects.toMatchObject({ code: 'E_METADATA', message: expect.stringContaining(message) as string });
});
