/** The catalog that monitoring-hub really publishes: 34 exporters, 300 artifact files, and what is wrong with them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFileName } from '../../src/catalog/file-names.js';
import { parseArtifact } from '../../src/catalog/parse.js';
import { smallFiles } from '../../src/disk/small-files.js';
import { compareDebianVersions } from '../../src/formats/apt/version.js';
import { openAggregator } from '../../src/operations/catalog/aggregate-directory.js';
import { lintDirectory } from '../../src/operations/catalog/lint-directory.js';
import { sharedData } from '../support/shared-data.js';
import { faultsOf, schemaOf } from './schemas.js';

const catalogDir = sharedData('monitoring-hub/catalog');
const exporters = readdirSync(catalogDir, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
const files = exporters.flatMap((exporter) => readdirSync(join(catalogDir, exporter)).map((name) => ({ exporter, name })));
const artifacts = files.flatMap(({ exporter, name }) => {
  const key = parseFileName(name);
  return key === undefined ? [] : [{ exporter, name, key }];
});

describe('real files', () => {
  it('are 300 artifacts of 34 exporters', () => {
    const counts = Object.fromEntries(['rpm', 'deb', 'docker'].map((type) => [type, artifacts.filter(({ key }) => key.type === type).length]));
    expect({ exporters: exporters.length, artifacts: artifacts.length, ...counts }).toEqual({ exporters: 34, artifacts: 300, rpm: 195, deb: 71, docker: 34 });
  });

  it('all parse', () => {
    const problems = artifacts.flatMap(({ exporter, name, key }) => {
      const parsed = parseArtifact(readFileSync(join(catalogDir, exporter, name)), `${exporter}/${name}`, key);
      return 'problem' in parsed ? [parsed.problem] : [];
    });
    expect(problems).toEqual([]);
  });

  it('validate against the shipped schemas', () => {
    const faults = files.flatMap(({ exporter, name }) => {
      const document: unknown = JSON.parse(readFileSync(join(catalogDir, exporter, name), 'utf8'));
      return faultsOf(schemaOf(`catalog/${exporter}/${name}`), document).map((fault) => `${exporter}/${name}: ${fault}`);
    });
    expect(faults).toEqual([]);
  });

  it('have 260 empty URLs, 8 exporters of mixed versions, 30 wrong docker aggregates', async () => {
    const { counts, findings, artifacts: read } = await lintDirectory(smallFiles, catalogDir, compareDebianVersions);
    expect(read).toBe(300);
    expect(counts).toMatchObject({ 'empty-url': 260, 'empty-metadata': 266, 'mixed-versions': 8, 'unreadable': 0, 'unknown-version': 0, 'legacy': 0, 'stray-file': 0 });
    const wrong = findings.filter(({ kind }) => kind === 'wrong-aggregate');
    expect(wrong.filter(({ message }) => /^says docker: na; its files say success$/.test(message))).toHaveLength(30);
    expect(wrong).toHaveLength(30);
    expect(findings.find(({ kind, path }) => kind === 'mixed-versions' && path === 'slurm_exporter')?.message).toContain('1.2.0, 1.8.1');
  });

  it('aggregate to what they say, docker too', async () => {
    const aggregator = openAggregator(smallFiles, catalogDir, compareDebianVersions);
    for (const exporter of exporters) {
      const { metadata, problems } = await aggregator.aggregate(exporter);
      expect(problems).toEqual([]);
      expect(metadata?.status.docker).toBe('success');
      expect(faultsOf('metadata', metadata)).toEqual([]);
    }
    expect((await aggregator.aggregate('slurm_exporter')).metadata?.version).toBe('1.8.1');
  });
});
