import { Ajv } from 'ajv';
import { parse as parseYaml } from 'yaml';
import { describe, expect, test } from 'vitest';
import type { Policy, ValidationSettings } from '../../src/core/git-settings.js';
import { definitionJsonSchemas } from '../../src/definitions/json-schemas.js';
import { createParser, fileLimitBytes, isValid, type ParsedDocument } from '../../src/definitions/parse.js';
import { mysql, series, write, type Written } from './series.js';

const rules: ValidationSettings = { isStrict: true, enforcesPolicies: true, checksSchema: true, policies: [] };
const parse = (text: string, more: Partial<ValidationSettings> = {}): readonly ParsedDocument[] => createParser({ ...rules, ...more })(Buffer.from(text));

/** What is wrong with it, as `field: message`. */
function faults(edit: (definition: Written) => void, more: Partial<ValidationSettings> = {}): readonly string[] {
  const [parsed] = parse(write(mysql('1.2.0', edit)), more);
  const findings = isValid(parsed!) ? [...parsed.faults, ...parsed.violations] : parsed!.findings;
  return findings.map(({ field, message }) => `${field}: ${message}`);
}

describe('a definition', () => {
  test.each(series)('%s of the requirement\'s series is valid, and the shipped schema thinks so too', (version) => {
    const [parsed] = parse(write(mysql(version)));
    expect(parsed).toMatchObject({ document: 0, faults: [], violations: [], definition: { metadata: { name: 'aws-rds-mysql', version } } });
    const check = new Ajv({ strict: false }).compile(JSON.parse(JSON.stringify(definitionJsonSchemas()['resource-definition'])) as object);
    expect([check(parseYaml(write(mysql(version)))), check.errors]).toEqual([true, null]);
    expect(check({ ...mysql(version), spec: {} })).toBe(false);
  });

  test('a name that is not snake_case is told in the requirement\'s words', () => {
    expect(faults(({ spec }) => { spec.required_inputs[0]!['name'] = 'instanceClass'; })).toEqual(['spec.required_inputs[0].name: field name must be snake_case']);
  });

  const wrong: readonly (readonly [string, (definition: Written) => void, readonly string[]])[] = [
    ['another apiVersion', (d) => Object.assign(d, { apiVersion: 'catalog.nestor.io/v2' }), ['apiVersion: must be catalog.nestor.io/v1']],
    ['no name', ({ metadata }) => { delete metadata['name']; }, ['metadata.name: is missing']],
    ['a name with capitals', ({ metadata }) => { metadata['name'] = 'AWS'; }, ['metadata.name: must be lower-case letters, digits and -, at most 63, beginning and ending with a letter or digit']],
    ['a name too long', ({ metadata }) => { metadata['name'] = 'a'.repeat(64); }, [expect.stringMatching(/^metadata\.name: must be/) as string]],
    ['a version with a v', ({ metadata }) => { metadata['version'] = 'v1.2.0'; }, ['metadata.version: must be a semantic version such as 1.2.0, without a v']],
    ['a version that is a number', ({ metadata }) => { metadata['version'] = 1.2; }, ['metadata.version: must be a text: put it in quotes']],
    ['an unknown field', ({ spec }) => { spec['otputs'] = []; }, ['spec.otputs: unknown field']],
    ['an unknown type', ({ spec }) => { spec.outputs[1]!['type'] = 'int'; }, ['spec.outputs[1].type: must be one of string, integer, number, boolean, array, list, object, map']],
    ['an input without a description', ({ spec }) => { delete spec.optional_inputs[0]!['description']; }, ['spec.optional_inputs[0].description: is missing']],
    ['an expression that is none', ({ spec }) => { spec.required_inputs[0]!['validation'] = { pattern: '(' }; }, ['spec.required_inputs[0].validation.pattern: must be a valid regular expression']],
    ['min above max', ({ spec }) => { spec.required_inputs[1]!['validation'] = { min: 5, max: 4 }; }, ['spec.required_inputs[1].validation.min: must not be greater than max']],
    ['a default of another type', ({ spec }) => { spec.optional_inputs[0]!['default'] = '7'; }, ['spec.optional_inputs[0].default: must be of type integer']],
    ['a default out of range', ({ spec }) => Object.assign(spec.optional_inputs[0]!, { validation: { max: 6 } }), ['spec.optional_inputs[0].default: must not be above validation.max (6)']],
    ['a default that does not match', ({ spec }) => { spec.optional_inputs.push({ name: 'zone', type: 'string', description: 'd', default: 'X', validation: { pattern: '^[a-z]$' } }); }, ['spec.optional_inputs[2].default: must match validation.pattern']],
    ['an expression that never ends', ({ spec }) => { spec.optional_inputs.push({ name: 'zone', type: 'string', description: 'd', default: `${'a'.repeat(60)}b`, validation: { pattern: '^(a+)+$' } }); }, ['spec.optional_inputs[2].default: cannot be held against validation.pattern: the expression takes too long']],
    ['a maintainer without an address', ({ metadata }) => { metadata['maintainers'] = ['platform team']; }, ['metadata.maintainers[0]: must be an e-mail address']],
    ['one name twice', ({ spec }) => { spec.optional_inputs[0]!['name'] = 'allocated_storage'; }, ['spec.optional_inputs[0].name: is the name of an input before it too']],
    ['a sunset that is no date', ({ metadata }) => { metadata['deprecation'] = { sunset: 'soon' }; }, ['metadata.deprecation.sunset: must be a date such as 2026-12-31, or a time such as 2026-12-31T00:00:00Z']],
  ];
  test.each(wrong)('%s is told with its field', (_, edit, expected) => {
    expect(faults(edit)).toEqual(expected);
  });

  test('strict_mode: false keeps unknown fields, schema_validation: false asks for the identity only', () => {
    const extra = ({ spec }: Written): void => { spec['owner'] = 'me'; };
    expect(faults(extra, { isStrict: false })).toEqual([]);
    const [loose] = parse(write(mysql('1.2.0', extra)), { isStrict: false });
    expect(isValid(loose!) && loose.definition.spec['owner']).toBe('me');
    const bare = write({ apiVersion: 'catalog.nestor.io/v1', kind: 'ResourceDefinition', metadata: { name: 'x', version: '1.0.0' } });
    expect(parse(bare)).toMatchObject([{ name: 'x', version: '1.0.0', findings: expect.arrayContaining([{ field: 'spec', message: 'is missing' }]) as unknown }]);
    expect(parse(bare, { checksSchema: false })).toMatchObject([{ definition: { metadata: { name: 'x', provider: '', maintainers: [] }, spec: {} } }]);
  });

  test('its digest is of what it is, not of how it is written', () => {
    const digest = (text: string): string => (parse(text) as readonly { digest: string }[])[0]!.digest;
    const plain = digest(write(mysql('1.0.0')));
    expect(digest(`# why\n${JSON.stringify(mysql('1.0.0'), null, 7)}`)).toBe(plain);
    expect(digest(write(mysql('1.0.0', ({ metadata }) => { metadata['deprecation'] = { message: 'old' }; metadata['description'] = 'Better words'; })))).toBe(plain);
    expect(digest(write(mysql('1.0.0', ({ spec }) => { spec.outputs.pop(); })))).not.toBe(plain);
    expect(digest(write(mysql('1.0.0', ({ metadata }) => { metadata['provider'] = 'gcp'; })))).not.toBe(plain);
  });
});

describe('policies of the operator', () => {
  const held = (policy: Omit<Policy, 'name' | 'message'>, edit: (definition: Written) => void = () => undefined): readonly string[] =>
    faults(edit, { policies: [{ name: 'p', message: 'no', ...policy }] });
  test.each<readonly [Omit<Policy, 'name' | 'message'>, readonly string[]]>([
    [{ path: 'metadata.labels.team', op: 'exists' }, ['metadata.labels.team: no']],
    [{ path: 'metadata.name', op: 'exists' }, []],
    [{ path: 'spec.engine_configs.pulumi', op: 'absent' }, ['spec.engine_configs.pulumi: no']],
    [{ path: 'metadata.provider', op: 'equals', value: 'gcp' }, ['metadata.provider: no']],
    [{ path: 'metadata.provider', op: 'not_equals', value: 'aws' }, ['metadata.provider: no']],
    [{ path: 'metadata.provider', op: 'one_of', value: ['aws', 'gcp'] }, []],
    [{ path: 'spec.supported_engines[*]', op: 'none_of', value: ['pulumi'] }, ['spec.supported_engines[1]: no']],
    [{ path: 'spec.required_inputs[*].description', op: 'matches', value: '^DB' }, ['spec.required_inputs[1].description: no']],
    [{ path: 'metadata.maintainers[*]', op: 'not_matches', value: '@gmail' }, []],
    [{ path: 'metadata.maintainers', op: 'at_least', value: 2 }, ['metadata.maintainers: no']],
    [{ path: 'spec.outputs', op: 'at_most', value: 1 }, ['spec.outputs: no']],
    [{ path: 'metadata.owner', op: 'equals', value: 'x' }, []],
  ])('%o', (policy, expected) => {
    expect(held(policy)).toEqual(expected);
  });
});

describe('a file', () => {
  test('of several documents: each stands for itself, other kinds are none of ours', () => {
    const parsed = parse(`${write(mysql('1.0.0'), mysql('1.1.0', ({ spec }) => { spec['x'] = 1; }), { apiVersion: 'v1', kind: 'ConfigMap' }, mysql('2.0.0'))}---\n# nothing\n`);
    expect(parsed.map((each) => [each.document, isValid(each)])).toEqual([[0, true], [1, false], [3, true]]);
    expect(parsed[1]).toMatchObject({ name: 'aws-rds-mysql', version: '1.1.0', findings: [{ field: 'spec.x', message: 'unknown field' }] });
  });

  test('that is hostile or broken is one finding, in bounded time', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]', ...'bcdefghijk'.split('').map((letter, index) => `${letter}: &${letter} [${Array(10).fill(`*${'abcdefghijk'[index]}`).join(', ')}]`)].join('\n');
    const cases: Readonly<Record<string, string>> = {
      [bomb]: 'aliases and nesting make it too large',
      ['['.repeat(100_000)]: expect.stringMatching(/nested too deeply|not valid YAML|too large/) as string,
      [`a: ${'{b: '.repeat(200)}1${'}'.repeat(200)}`]: 'aliases and nesting make it too large',
      'a: b: c': expect.stringMatching(/^not valid YAML, line 1, column \d+: /) as string,
      'a: 1\na: 2': expect.stringMatching(/^not valid YAML, line 2, column 1/) as string,
      ['x'.repeat(fileLimitBytes + 1)]: 'is larger than 256 KiB',
      ['a\n---\n'.repeat(101)]: 'holds more than 100 documents',
    };
    for (const [text, message] of Object.entries(cases)) expect([text.slice(0, 20), parse(text)]).toEqual([text.slice(0, 20), [{ document: 0, findings: [{ field: '', message }] }]]);
    expect(createParser(rules)(Buffer.from([0xff, 0xfe, 0x00]))).toEqual([{ document: 0, findings: [{ field: '', message: 'is not valid UTF-8' }] }]);
    expect(parse('')).toEqual([]);
    expect(parse('__proto__: {polluted: true}\nkind: ResourceDefinition')).toHaveLength(1);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
