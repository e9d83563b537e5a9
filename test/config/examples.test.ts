import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { catalogJsonSchemas } from '../../src/catalog/json-schemas.js';
import { configJsonSchema } from '../../src/config/json-schema.js';
import { checkConfig } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import { renderReference } from '../../src/config/reference.js';
import { globalSchema } from '../../src/config/schema.js';
import { definitionJsonSchemas } from '../../src/definitions/json-schemas.js';
import { formats } from '../../src/formats/all.js';
import { indexJsonSchemas } from '../../src/formats/index/json-schemas.js';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('the examples', () => {
  const configDir = mkdtempSync(join(tmpdir(), 'chantal-examples-'));
  afterEach(() => rmSync(configDir, { recursive: true, force: true }));

  it('are valid together', () => {
    cpSync(join(root, 'conf.d.example'), join(configDir, 'conf.d'), { recursive: true });
    cpSync(join(root, 'repos.d.example'), join(configDir, 'repos.d'), { recursive: true });
    const { problems, settings } = checkConfig({ configDir, formats, env: { VENDOR_TOOLS_PASSWORD: 'x' }, checkFiles: false });
    expect(problems.map(formatProblem)).toEqual([]);
    const files = readdirSync(join(root, 'repos.d.example')).map((name) => name.replace(/\.yaml$/, '')).sort();
    expect(settings?.repositories.map(({ name }) => name)).toEqual(files);
  });

  it('write down the defaults', () => {
    const { database, ...others } = parse(read('conf.d.example/global.yaml')) as Record<string, Record<string, unknown>>;
    const { database: defaults, ...otherDefaults } = globalSchema.parse({});
    expect(others).toEqual(otherDefaults);
    expect({ ...defaults, ...database }).toEqual(defaults);
  });

  it('leave the last word to the file that they name for site settings, and the database where the storage is', () => {
    cpSync(join(root, 'conf.d.example'), join(configDir, 'conf.d'), { recursive: true });
    const [, name = ''] = /site settings may go to (\S+\.yaml)/.exec(read('conf.d.example/global.yaml')) ?? [];
    writeFileSync(join(configDir, 'conf.d', name), 'storage: {base_path: /srv/site}\n');
    const { problems, settings } = checkConfig({ configDir, formats, env: {}, checkFiles: false });
    expect(problems.map(formatProblem)).toEqual([]);
    expect(settings).toMatchObject({ storage: { basePath: '/srv/site', poolPath: '/srv/site/pool' }, database: { url: 'sqlite:////srv/site/chantal.db' } });
  });
});

describe('generated files', () => {
  const schemas = configJsonSchema(formats);

  it('are current: scripts/write-schemas.mjs writes them', () => {
    expect(JSON.parse(read('schemas/conf.d.schema.json'))).toEqual(JSON.parse(JSON.stringify(schemas['conf.d'])));
    expect(JSON.parse(read('schemas/repos.d.schema.json'))).toEqual(JSON.parse(JSON.stringify(schemas['repos.d'])));
    for (const [name, schema] of Object.entries({ 'policies.d': schemas['policies.d'], ...catalogJsonSchemas(), ...definitionJsonSchemas(), ...indexJsonSchemas() })) {
      expect(JSON.parse(read(`schemas/${name}.schema.json`)), name).toEqual(JSON.parse(JSON.stringify(schema)));
    }
    expect(read('docs/configuration.md')).toBe(renderReference(schemas));
  });

  it('describe every key', () => {
    const rows = renderReference(schemas).split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  });
});
