/** Test support: Helm repositories as `helm repo index` makes them, and a reading of what is published by another YAML parser (Debian's PyYAML). */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { chartFacts, makeChart, sha256, type ChartFacts } from './charts.js';
import { mustRun } from './run.js';

export interface ListedChart extends ChartFacts {
  /** Below the repository; where the file is written. Unset: `<name>-<version>.tgz`. */
  readonly path?: string;
  /** What the index says instead of that path. */
  readonly url?: string;
  /** `undefined`: left out. Unset: the right one. */
  readonly digest?: string | undefined;
  /** Instead of a good one. */
  readonly body?: Buffer;
  readonly provenance?: string;
}

export interface WrittenChart {
  readonly body: Buffer;
  readonly sha256: string;
}

/** @returns the charts in the order given */
export async function writeChartRepository(root: string, charts: readonly ListedChart[], generated = '2025-02-03T04:05:06Z'): Promise<readonly WrittenChart[]> {
  const entries: Record<string, unknown[]> = {};
  const written: WrittenChart[] = [];
  for (const chart of charts) {
    const { name, version, path = `${name}-${version}.tgz`, url = path } = chart;
    const body = chart.body ?? await makeChart(chart);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), body);
    if (chart.provenance !== undefined) writeFileSync(join(root, `${path}.prov`), chart.provenance);
    const digest = 'digest' in chart ? chart.digest : sha256(body);
    const record = { ...chartFacts(chart), created: '2025-01-02T03:04:05Z', ...(digest === undefined ? {} : { digest }), urls: [url] };
    (entries[name] ??= []).push(record);
    written.push({ body, sha256: sha256(body) });
  }
  writeFileSync(join(root, 'index.yaml'), stringify({ apiVersion: 'v1', entries, generated }, { lineWidth: 0 }));
  return written;
}

/** `name version → path, sha256` of each chart, as a client would go about it: the index, its relative addresses, the files. */
export async function readPublished(tree: string): Promise<Record<string, { readonly path: string; readonly sha256: string; readonly appVersion?: string }>> {
  const script = [
    'import sys, json, yaml, hashlib, os, urllib.parse',
    'tree = sys.argv[1]',
    'index = yaml.safe_load(open(os.path.join(tree, "index.yaml")))',
    'assert index["apiVersion"] == "v1"',
    'found = {}',
    'for key, records in index["entries"].items():',
    '  for record in records:',
    '    assert record["name"] == key and len(record["urls"]) == 1',
    '    url = record["urls"][0]',
    '    assert ":" not in url and not url.startswith("/")',
    '    path = os.path.normpath(urllib.parse.unquote(url))',
    '    digest = hashlib.sha256(open(os.path.join(tree, path), "rb").read()).hexdigest()',
    '    assert record["digest"] == digest, record',
    '    found[key + " " + record["version"]] = {"path": path, "sha256": digest, "appVersion": record.get("appVersion")}',
    'print(json.dumps(found))',
  ].join('\n');
  return JSON.parse(await mustRun('/usr/bin/python3', ['-c', script, tree])) as Record<string, { path: string; sha256: string }>;
}

export function readIndexText(tree: string): string {
  return readFileSync(join(tree, 'index.yaml'), 'utf8');
}
