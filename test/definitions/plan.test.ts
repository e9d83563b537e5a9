import { describe, expect, test } from 'vitest';
import type { KnownResource, ResourceVersion } from '../../src/core/resources.js';
import { checkStep, findPredecessor } from '../../src/definitions/compare.js';
import { createParser, isValid } from '../../src/definitions/parse.js';
import { planSync, type Plan, type PlannedCommit, type PlanRequest } from '../../src/definitions/plan.js';
import { chooseLatest, parseRange, sortNewestFirst, statusOf } from '../../src/definitions/versions.js';
import { mysql, series, write, type Written } from './series.js';

const parse = createParser({ isStrict: true, enforcesPolicies: true, checksSchema: true, policies: [] });

/** A repository of files as they change; each commit is what changed: text, or null for a file that goes. */
function history(...commits: readonly Readonly<Record<string, string | null>>[]): readonly PlannedCommit[] {
  return commits.map((files, index) => ({
    id: String(index + 1).repeat(40), at: `2026-01-${String(index + 1).padStart(2, '0')}T00:00:00.000Z`, author: `dev${index + 1}@company.com`,
    changes: Object.entries(files).map(([path, text]) => ({ path, documents: text === null ? undefined : parse(Buffer.from(text)) })),
  }));
}

interface Recorded {
  readonly plan: Plan;
  readonly known: ReadonlyMap<string, KnownResource>;
}

/** As a store would do it: one plan after the other. */
function record(commits: readonly PlannedCommit[], before?: Recorded, more: Partial<PlanRequest> = {}): Recorded {
  const known = new Map(before?.known);
  const plan = planSync({
    source: 'platform', commits, isWhole: false, holdings: before?.plan.holdings ?? [], rejections: before?.plan.rejections ?? [], known,
    isOwnerGone: () => false, enforcesPolicies: true, ...more,
  });
  for (const { latest: _, ...resource } of plan.resources) known.set(resource.name, resource);
  return { plan, known };
}

const told = ({ plan }: Recorded): readonly unknown[] => plan.changes.map(({ type, version, changes }) => [type, version.definition.metadata.version, ...changes]);
const refused = ({ plan }: Recorded): readonly unknown[] => plan.newRejections.map(({ path, version, code, findings }) => [path, version, code, ...findings.map(({ rule }) => rule).filter((rule) => rule !== undefined)]);
const versionsOf = ({ known }: Recorded, name = 'aws-rds-mysql'): readonly string[] => sortNewestFirst(known.get(name)?.versions ?? []).map(({ definition }) => definition.metadata.version).reverse();
const one = (version: string, edit?: (definition: Written) => void) => ({ 'mysql.yaml': write(mysql(version, edit)) });
const asSeries = history(...series.map((version) => one(version)));

describe('history', () => {
  test('the requirement\'s series: every version is there, each with its commit', () => {
    const whole = record(asSeries);
    expect(told(whole)).toEqual([
      ['resource.created', '1.0.0'], ['resource.updated', '1.1.0', 'spec.optional_inputs'], ['resource.updated', '1.2.0', 'spec.optional_inputs'], ['resource.updated', '2.0.0', 'spec.required_inputs'],
    ]);
    expect(whole.plan.resources[0]).toMatchObject({ name: 'aws-rds-mysql', source: 'platform', latest: '2.0.0' });
    expect(whole.known.get('aws-rds-mysql')?.versions.map(({ commit, author, createdAt }) => [commit[0], author, createdAt.slice(0, 10)])).toEqual([
      ['1', 'dev1@company.com', '2026-01-01'], ['2', 'dev2@company.com', '2026-01-02'], ['3', 'dev3@company.com', '2026-01-03'], ['4', 'dev4@company.com', '2026-01-04'],
    ]);
  });

  test('read at once, one by one, or all over again, it comes to the same', () => {
    const files = [...asSeries.slice(0, 2), ...history(
      {}, {}, { 'mysql.yaml': write(mysql('1.1.0', ({ metadata }) => { metadata['deprecation'] = { message: 'old' }; })) }, one('1.2.0'), { 'mysql.yaml': null }, one('2.0.0'), { 'other.yaml': 'a: b: c' },
    ).slice(2)];
    const atOnce = record(files);
    const stepwise = files.reduce<Recorded | undefined>((before, commit) => record([commit], before), undefined)!;
    expect(stepwise.known).toEqual(atOnce.known);
    expect(stepwise.plan.holdings).toEqual(atOnce.plan.holdings);
    expect(stepwise.plan.rejections).toEqual(atOnce.plan.rejections);
    const again = record(files, atOnce, { isWhole: true });
    expect([again.plan.changes, again.plan.resources, again.plan.newRejections]).toEqual([[], [], []]);
    expect([again.plan.holdings, again.plan.rejections]).toEqual([atOnce.plan.holdings, atOnce.plan.rejections]);
  });

  test('a published version never changes, and is served on', () => {
    const first = record(history(one('1.0.0')));
    const second = record(history(one('1.0.0', ({ spec }) => { spec.outputs.pop(); })), first);
    expect(refused(second)).toEqual([['mysql.yaml', '1.0.0', 'VERSION_IMMUTABLE']]);
    expect(second.known).toEqual(first.known);
    // Comments and blanks are no change; the description of the whole may be bettered.
    const third = record(history({ 'mysql.yaml': `# said\n\n${write(mysql('1.0.0', ({ metadata }) => { metadata['description'] = 'Better'; }))}` }), second);
    expect([told(third), third.plan.rejections]).toEqual([[['resource.updated', '1.0.0', 'metadata.description']], []]);
  });

  test('deprecation comes and goes beside the version; what is deprecated is not the latest', () => {
    const deprecated = (metadata: Record<string, unknown>): void => { metadata['deprecation'] = { sunset: '2026-06-01', replaced_by: 'aws-rds-mysql 1.2.0', message: 'go on' }; };
    const files = history({ 'a.yaml': write(mysql('1.1.0')), 'b.yaml': write(mysql('1.2.0')) }, { 'b.yaml': write(mysql('1.2.0', ({ metadata }) => deprecated(metadata))) });
    const before = record(files.slice(0, 1));
    const after = record(files.slice(1), before);
    expect(told(after)).toEqual([['resource.deprecated', '1.2.0', 'metadata.deprecation']]);
    expect(after.plan.resources[0]?.latest).toBe('1.1.0');
    const version = after.known.get('aws-rds-mysql')!.versions.find(({ deprecation }) => deprecation !== undefined)!;
    expect(version.deprecation).toEqual({ sunset: '2026-06-01', replacedBy: 'aws-rds-mysql 1.2.0', message: 'go on', at: '2026-01-02T00:00:00.000Z' });
    expect(['2026-05-31T00:00:00Z', '2026-06-01T00:00:00Z'].map((now) => statusOf({}, version, now))).toEqual(['deprecated', 'retired']);
    const back = record(history({ 'b.yaml': write(mysql('1.2.0')) }), after);
    expect([told(back), back.plan.resources[0]?.latest]).toEqual([[['resource.deprecated', '1.2.0', 'metadata.deprecation']], '1.2.0']);
  });

  test('what leaves Git is withdrawn and stays; what is renamed is not', () => {
    const before = record(history(one('1.0.0'), one('1.1.0')));
    const renamed = record(history({ 'mysql.yaml': null, 'databases/mysql.yaml': write(mysql('1.2.0')) }), before);
    expect(told(renamed)).toEqual([['resource.updated', '1.2.0', 'spec.optional_inputs']]);
    const gone = record(history({ 'databases/mysql.yaml': null }), renamed);
    expect(told(gone)).toEqual([['resource.removed', '1.2.0', 'name']]);
    expect([versionsOf(gone), gone.known.get('aws-rds-mysql')?.withdrawnAt]).toEqual([['1.0.0', '1.1.0', '1.2.0'], '2026-01-01T00:00:00.000Z']);
    const back = record(history({ 'x.yaml': write(mysql('1.2.0')) }), gone);
    expect([told(back), back.known.get('aws-rds-mysql')?.withdrawnAt]).toEqual([[['resource.updated', '1.2.0', 'name']], undefined]);
  });

  test('with a file for each version, a file that goes takes its version back', () => {
    const before = record(history({ '1.0.0.yaml': write(mysql('1.0.0')), '1.1.0.yaml': write(mysql('1.1.0')) }));
    const after = record(history({ '1.1.0.yaml': null }), before);
    expect([told(after), after.plan.resources[0]?.latest]).toEqual([[['resource.removed', '1.1.0', 'version']], '1.0.0']);
  });

  test('a broken file rejects itself only, and its resource stays', () => {
    const before = record(history({ ...one('1.0.0'), 'other.yaml': write(mysql('1.0.0', ({ metadata }) => { metadata['name'] = 'other'; })) }));
    const broken = record(history({ 'mysql.yaml': 'a: b: c', 'other.yaml': write(mysql('1.1.0', ({ metadata }) => { metadata['name'] = 'other'; })) }), before);
    expect([told(broken), refused(broken)]).toEqual([[['resource.updated', '1.1.0', 'spec.optional_inputs']], [['mysql.yaml', undefined, 'VALIDATION_FAILED']]]);
    expect(broken.known.get('aws-rds-mysql')?.withdrawnAt).toBeUndefined();
    const camel = record(history(one('1.1.0', ({ spec }) => { spec.optional_inputs[0]!['name'] = 'backupRetention'; })), broken);
    expect(refused(camel)).toEqual([['mysql.yaml', '1.1.0', 'VALIDATION_FAILED', 'snake_case']]);
    expect(record(history(one('1.1.0')), camel).plan.rejections).toEqual([]);
  });

  test('the first owner of a name keeps it, until it lets go', () => {
    const ours = record(history(one('1.0.0')));
    const theirs = (before: Recorded, more: Partial<PlanRequest> = {}): Recorded => record(history(one('1.1.0')), { plan: { ...before.plan, holdings: [], rejections: [] }, known: before.known }, { source: 'other', ...more });
    expect(refused(theirs(ours))).toEqual([['mysql.yaml', '1.1.0', 'RESOURCE_OWNED']]);
    expect(theirs(ours).known).toEqual(ours.known);
    for (const taken of [theirs(record(history({ 'mysql.yaml': null }), ours)), theirs(ours, { isOwnerGone: (source) => source === 'platform' })]) {
      expect([told(taken)[0], taken.known.get('aws-rds-mysql')?.source, versionsOf(taken)]).toEqual([['resource.updated', '1.1.0', 'spec.optional_inputs'], 'other', ['1.0.0', '1.1.0']]);
    }
  });

  test('of a history that was rewritten, what it no longer has is withdrawn', () => {
    const before = record(asSeries);
    const rewritten = record(history(one('1.0.0'), one('1.1.0')), before, { isWhole: true });
    expect(told(rewritten)).toEqual([['resource.removed', '1.2.0', 'version'], ['resource.removed', '2.0.0', 'version']]);
    expect([versionsOf(rewritten), rewritten.plan.resources[0]?.latest]).toEqual([[...series], '1.1.0']);
    const emptied = record(history({ 'readme.yaml': 'a: 1' }), before, { isWhole: true });
    expect([told(emptied), versionsOf(emptied)]).toEqual([[['resource.removed', '2.0.0', 'name']], [...series]]);
  });
});

describe('the step of the version', () => {
  const broken = (from: string, to: string, edit: (definition: Written) => void): readonly (string | undefined)[] => {
    const definitions = [mysql(from), mysql(from, (definition) => { definition.metadata['version'] = to; edit(definition); })].map((each) => parse(Buffer.from(write(each)))[0]!);
    return checkStep(...(definitions.map((each) => (isValid(each) ? each.definition : undefined!)) as [ResourceVersion['definition'], ResourceVersion['definition']])).map(({ rule }) => rule);
  };
  const major: readonly (readonly [string, (definition: Written) => void])[] = [
    ['semver.removed_input', ({ spec }) => { spec.required_inputs.pop(); }],
    ['semver.removed_input', ({ spec }) => { spec.optional_inputs.pop(); }],
    ['semver.retyped_input', ({ spec }) => { spec.required_inputs[1]!['type'] = 'number'; }],
    ['semver.new_required_input', ({ spec }) => { spec.required_inputs.push({ name: 'zone', type: 'string', description: 'd' }); }],
    ['semver.new_required_input', ({ spec }) => { const { default: _, ...input } = spec.optional_inputs.pop()!; spec.required_inputs.push(input); }],
    ['semver.tightened_validation', ({ spec }) => { spec.required_inputs[0]!['validation'] = { pattern: '^db\\.t3' }; }],
    ['semver.tightened_validation', ({ spec }) => { spec.required_inputs[1]!['validation'] = { min: 21, max: 1000 }; }],
    ['semver.tightened_validation', ({ spec }) => { spec.required_inputs[1]!['validation'] = { min: 20, max: 999 }; }],
    ['semver.tightened_validation', ({ spec }) => { spec.optional_inputs[0]!['validation'] = { max: 35 }; }],
    ['semver.removed_output', ({ spec }) => { spec.outputs.pop(); }],
    ['semver.retyped_output', ({ spec }) => { spec.outputs[1]!['type'] = 'string'; }],
    ['semver.removed_engine', ({ spec }) => { spec['supported_engines'] = ['crossplane', 'terraform']; spec['engine_configs'] = {}; }],
  ];
  test.each(major)('%s asks for a major version', (rule, edit) => {
    expect([broken('1.2.0', '1.3.0', edit), broken('1.2.0', '1.2.1', edit), broken('1.2.0', '2.0.0', edit)]).toEqual([[rule], [rule], []]);
  });
  const minor: readonly (readonly [string, (definition: Written) => void])[] = [
    ['semver.new_optional_input', ({ spec }) => { spec.optional_inputs.push({ name: 'zone', type: 'string', description: 'd' }); }],
    ['semver.new_output', ({ spec }) => { spec.outputs.push({ name: 'zone', type: 'string', description: 'd' }); }],
  ];
  test.each(minor)('%s asks for a minor version', (rule, edit) => {
    expect([broken('1.2.0', '1.2.1', edit), broken('1.2.0', '1.3.0', edit)]).toEqual([[rule], []]);
  });
  const patches: readonly (readonly [string, (definition: Written) => void])[] = [
    ['other words', ({ spec }) => { spec.outputs[0]!['description'] = 'Where it is'; }],
    ['another default', ({ spec }) => { spec.optional_inputs[0]!['default'] = 14; }],
    ['a wider range', ({ spec }) => { spec.required_inputs[1]!['validation'] = { min: 10 }; }],
    ['an input that need not be given any more', ({ spec }) => { spec.optional_inputs.push(spec.required_inputs.pop()!); }],
    ['another module', ({ spec }) => { (spec['engine_configs'] as Record<string, unknown>)['terraform'] = { module_version: '~> 6.0' }; }],
  ];
  test.each(patches)('%s is a patch', (_, edit) => {
    expect(broken('1.2.0', '1.2.1', edit)).toEqual([]);
  });

  test('below 1.0.0 the minor number breaks', () => {
    const zero = (from: string, to: string): readonly (string | undefined)[] => {
      const before = record(history(one(from, ({ metadata }) => { metadata['version'] = from; })));
      return record(history(one(from, ({ metadata, spec }) => { metadata['version'] = to; spec.outputs.pop(); })), before).plan.newRejections.flatMap(({ findings }) => findings.map(({ message }) => message));
    };
    expect([zero('0.1.0', '0.2.0'), zero('0.1.0', '0.1.1')]).toEqual([[], ['the output port is gone: from 0.1.0 on that needs the next minor version (0.2.0), not 0.1.1']]);
  });

  test('each version is held against the greatest release before it', () => {
    expect(['1.1.1', '3.0.0', '2.0.0', '0.9.0', '2.1.0-rc.1'].map((version) => findPredecessor(version, ['1.0.0', '1.1.0', '2.0.0', '2.0.1-rc.1']))).toEqual(['1.1.0', '2.0.0', '1.1.0', undefined, '2.0.0']);
  });

  test('where policies are not enforced, a wrong step is a warning', () => {
    const before = record(history(one('1.2.0')), undefined, { enforcesPolicies: false });
    const after = record(history(one('1.2.0', ({ metadata, spec }) => { metadata['version'] = '1.2.1'; spec.outputs.pop(); })), before, { enforcesPolicies: false });
    expect([told(after), after.plan.warnings.map(({ path, rule }) => [path, rule])]).toEqual([[['resource.updated', '1.2.1', 'spec.outputs']], [['mysql.yaml', 'semver.removed_output']]]);
    expect(refused(record(history(one('1.2.0', ({ metadata, spec }) => { metadata['version'] = '1.2.1'; spec.outputs.pop(); })), record(history(one('1.2.0')))))).toEqual([['mysql.yaml', '1.2.1', 'POLICY_VIOLATION', 'semver.removed_output']]);
  });
});

describe('versions', () => {
  const at = (version: string, more: Partial<ResourceVersion> = {}): ResourceVersion => ({
    definition: { ...mysql('1.0.0'), kind: 'ResourceDefinition', metadata: { ...mysql('1.0.0').metadata, version } } as unknown as ResourceVersion['definition'],
    digest: '', commit: '', author: '', createdAt: '', path: '', ...more,
  });
  const deprecation = { at: '2026-01-01T00:00:00Z' };
  test('the latest is the newest release that is neither deprecated nor withdrawn; else the best of what there is', () => {
    const latest = (...versions: readonly ResourceVersion[]): string | undefined => chooseLatest(versions)?.definition.metadata.version;
    expect(latest(at('1.2.0'), at('1.10.0'), at('1.9.0'))).toBe('1.10.0');
    expect(latest(at('1.0.0'), at('2.0.0-rc.1'))).toBe('1.0.0');
    expect(latest(at('2.0.0-rc.1'), at('2.0.0-rc.2'))).toBe('2.0.0-rc.2');
    expect(latest(at('1.0.0'), at('2.0.0', { deprecation }))).toBe('1.0.0');
    expect(latest(at('1.0.0', { deprecation }), at('2.0.0', { deprecation }), at('3.0.0', { withdrawnAt: 'x' }))).toBe('2.0.0');
    expect(latest(at('1.0.0', { withdrawnAt: 'x' }))).toBe('1.0.0');
    expect(latest()).toBeUndefined();
  });
  test('ranges', () => {
    expect(['^1.2', '1.x', '>=1 <3', '2.0.0'].map((range) => series.filter(parseRange(range)!))).toEqual([['1.2.0'], ['1.0.0', '1.1.0', '1.2.0'], [...series], ['2.0.0']]);
    expect(['latest', '^^1', '1 OR 2', 'x'.repeat(300)].map(parseRange)).toEqual([undefined, undefined, undefined, undefined]);
  });
});
