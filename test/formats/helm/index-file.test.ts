/** index.yaml read record by record: the same that a whole YAML parser reads, also where a record is written oddly; large ones within bounds. */

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readIndex, indexRecords } from '../../../src/formats/kit/read-chart-index.js';
import { carryRecord } from '../../../src/formats/kit/chart-record.js';
import { compareChartVersions } from '../../../src/formats/kit/chart-archive.js';

const index = (...records: readonly string[]): Buffer => Buffer.from(`apiVersion: v1\nentries:\n  anchor:\n${records.join('')}generated: "2025-01-01T00:00:00Z"\n`);
const digest = 'ab'.repeat(32);

const forms: readonly (readonly [string, string])[] = [
  ['as Helm writes it', `  - apiVersion: v2\n    description: A text that is long and goes on\n      on the next line, no key\n    digest: ${digest}\n    name: anchor\n    urls:\n    - anchor-1.0.0.tgz\n    version: 1.0.0\n`],
  ['deeper lists', `    - name: anchor\n      version: 1.0.0\n      digest: ${digest}\n      urls:\n        - anchor-1.0.0.tgz\n      keywords:\n        - a\n        - b\n`],
  ['a text in block style that looks like keys', `  - name: anchor\n    annotations:\n      notes: |\n        digest: none\n        urls:\n        - x\n    version: 1.0.0\n    digest: ${digest}\n    urls:\n    - anchor-1.0.0.tgz\n`],
  ['a quotation over several lines', `  - name: anchor\n    description: "digest: a\n      version: 9"\n    version: 1.0.0\n    digest: ${digest}\n    urls:\n    - anchor-1.0.0.tgz\n`],
  ['flow style', `  - {name: anchor, version: 1.0.0, digest: ${digest}, urls: [anchor-1.0.0.tgz], keywords: [a]}\n`],
  ['flow lists', `  - name: anchor\n    version: "1.0.0"\n    digest: '${digest}'\n    urls: [anchor-1.0.0.tgz]\n    keywords: [a, b]\n`],
  ['comments and empty lines', `  # one\n  - name: anchor # the name\n\n    version: 1.0.0\n    # two\n    digest: ${digest}\n    urls:\n\n    - anchor-1.0.0.tgz\n`],
  ['escapes', `  - name: "\\x61nchor"\n    version: 1.0.0\n    digest: ${digest}\n    urls:\n    - "anchor-1.0.0\\u002etgz"\n`],
  ['an anchor of its own', `  - name: &n anchor\n    version: 1.0.0\n    digest: ${digest}\n    urls: [anchor-1.0.0.tgz]\n    home: *n\n`],
  ['line ends of another system', `  - name: anchor\r\n    version: 1.0.0\r\n    digest: ${digest}\r\n    urls:\r\n    - anchor-1.0.0.tgz\r\n`],
];

describe('a record', () => {
  test.each(forms)('%s', (_, text) => {
    const bytes = index(text);
    const { charts, isPublishable } = readIndex(bytes, 'https://host/charts');
    expect(charts).toEqual([{ path: 'anchor-1.0.0.tgz', name: 'anchor', version: '1.0.0', arch: 'noarch', checksum: { algorithm: 'sha256', hex: digest }, attributes: {} }]);
    expect(isPublishable).toBe(true);
    // What is carried over is what another parser reads, less what is ours to say.
    const { records, generated } = indexRecords(bytes, () => true);
    const { urls: _urls, digest: _digest, ...others } = (parse(bytes.toString()) as { entries: { anchor: Record<string, unknown>[] } }).entries.anchor[0]!;
    expect(parse(carryRecord(records.get('anchor 1.0.0')!))).toEqual(others);
    expect(generated).toBe('2025-01-01T00:00:00Z');
  });

  test('as JSON', () => {
    const record = { name: 'anchor', version: '1.0.0', digest, urls: ['anchor-1.0.0.tgz'], dependencies: [{ name: 'x' }] };
    const bytes = Buffer.from(JSON.stringify({ apiVersion: 'v1', entries: { anchor: [record] }, generated: 'then' }));
    expect(readIndex(bytes, undefined).charts).toMatchObject([{ path: 'anchor-1.0.0.tgz' }]);
    const { records } = indexRecords(bytes, () => true);
    expect(parse(carryRecord(records.get('anchor 1.0.0')!))).toEqual({ name: 'anchor', version: '1.0.0', dependencies: [{ name: 'x' }] });
  });

  test('a version that a careless parser takes for a number stays what it is', () => {
    expect(readIndex(index(`  - name: anchor\n    version: 1.10\n    digest: ${digest}\n    urls: [a.tgz]\n`), undefined).charts).toMatchObject([{ version: '1.10' }]);
  });

  test('without name, version or address is left out; one that comes twice counts once', () => {
    const good = forms[0]![1];
    const { charts, isPublishable, warnings } = readIndex(index(good, good, '  - name: anchor\n    version: 2.0.0\n', '  - version: 3.0.0\n    urls: [a.tgz]\n'), undefined);
    expect(charts).toHaveLength(1);
    expect(isPublishable).toBe(false);
    expect(warnings).toEqual([expect.stringContaining('2 records without name, version or address'), expect.stringContaining('1 versions more than once')]);
  });

  test.each([
    ['https://host/charts/sub/a%20b.tgz', 'sub/a b.tgz', undefined], ['https://other/a.tgz', 'charts/anchor-1.0.0.tgz', 'https://other/a.tgz'],
    ['/elsewhere/a.tgz', 'charts/anchor-1.0.0.tgz', 'https://host/elsewhere/a.tgz'], ['a.tgz?token=x', 'charts/anchor-1.0.0.tgz', 'https://host/charts/a.tgz?token=x'],
    ['https://host/charts-of-others/a.tgz', 'charts/anchor-1.0.0.tgz', 'https://host/charts-of-others/a.tgz'],
    ['oci://ghcr.io/a/anchor:1.0.0', 'charts/anchor-1.0.0.tgz', 'oci://ghcr.io/a/anchor:1.0.0#application/vnd.cncf.helm.chart.content.v1.tar+gzip'],
  ])('whose address is %s', (url, path, locator) => {
    const { charts, isPublishable } = readIndex(index(`  - name: anchor\n    version: 1.0.0\n    digest: ${digest}\n    urls: ["${url}"]\n`), 'https://host/charts');
    expect(charts).toMatchObject([{ path, attributes: locator === undefined ? {} : { locator } }]);
    expect(isPublishable).toBe(false);
  });
});

test('versions are in the order of Helm; what is none comes first', () => {
  const ordered = ['none', 'zero', '0.9.0', 'v1.0', '1.2.0-rc.1', '1.2.0', '1.2.0+a', '1.2.0+b', 'v1.10', '2', '10.0.0'];
  expect([...ordered].reverse().sort(compareChartVersions)).toEqual(ordered);
});

test('50 MB are read record by record, in memory that does not grow with what is not kept', () => {
  const parts = ['apiVersion: v1\nentries:\n'];
  let bytes = 0;
  for (let chart = 0; bytes < 50_000_000; chart += 1) {
    parts.push(`  chart${chart}:\n`);
    for (let patch = 0; patch < 200; patch += 1) {
      const record = `  - annotations:\n      images: |\n${'        - image: registry.example.org/team/name:1.2.3\n'.repeat(12)}    description: ${'words and more words '.repeat(12)}end\n    digest: ${digest}\n    name: chart${chart}\n    urls:\n    - chart${chart}-1.0.${patch}.tgz\n    version: 1.0.${patch}\n`;
      bytes += record.length;
      parts.push(record);
    }
  }
  const document = Buffer.from(parts.join(''));
  parts.length = 0;
  const before = process.memoryUsage().rss;
  const { charts } = readIndex(document, undefined);
  expect(charts.length).toBeGreaterThan(40_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
}, 60_000);
