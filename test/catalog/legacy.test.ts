/** The format of before 3.0: real metadata, in rpm's own words for architectures. */

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { legacyPlaceholder, nativeArch, toLegacy } from '../../src/catalog/legacy.js';
import { parseMetadata } from '../../src/catalog/parse.js';
import { sharedData } from '../support/shared-data.js';

const root = join(sharedData('monitoring-hub'), 'catalog');

describe('the format before 3.0', () => {
  it('names architectures of rpm as rpm does, and of deb as dpkg does', () => {
    const parsed = parseMetadata(readFileSync(join(root, 'node_exporter/metadata.json')), 'node_exporter/metadata.json');
    if ('problem' in parsed) throw new Error(parsed.problem.message);
    const { rpm, deb } = parsed.value.artifacts;
    const legacy = toLegacy(parsed.value);
    expect(legacy).toMatchObject({ name: 'node_exporter', version: parsed.value.version, rpm_status: 'success', deb_status: 'success', build_date: parsed.value.last_updated });
    expect(Object.keys(legacy.availability['el9']!).sort()).toEqual(['aarch64', 'x86_64']);
    expect(legacy.availability['el9']!['x86_64']).toEqual({ status: 'success', path: rpm!['el9']!['amd64']!.url });
    expect(legacy.deb_availability['debian-12']!['arm64']).toEqual({ status: 'success', path: deb!['debian-12']!['arm64']!.url });
  });

  it('takes every one of the real files', () => {
    const names = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(names).toHaveLength(34);
    for (const name of names) {
      const parsed = parseMetadata(readFileSync(join(root, name, 'metadata.json')), `${name}/metadata.json`);
      if ('problem' in parsed) throw new Error(parsed.problem.message);
      const legacy = toLegacy(parsed.value);
      const count = (leaves: object): number => Object.values(leaves).reduce<number>((sum, byArch) => sum + Object.keys(byArch as object).length, 0);
      expect(count(legacy.availability)).toBe(count(parsed.value.artifacts.rpm ?? {}));
      expect(Object.values(legacy.availability).flatMap((byArch) => Object.keys(byArch)).filter((arch) => ['amd64', 'arm64'].includes(arch))).toEqual([]);
    }
  });

  it('has a place for what is wanted only', () => {
    expect(legacyPlaceholder('new_exporter', { version: '1.0' })).toMatchObject({ name: 'new_exporter', version: '1.0', build_date: null, availability: {}, rpm_status: 'na' });
    expect([nativeArch('amd64'), nativeArch('arm64'), nativeArch('noarch'), nativeArch('amd64-v2')]).toEqual(['x86_64', 'aarch64', 'noarch', 'x86_64-v2']);
  });
});
