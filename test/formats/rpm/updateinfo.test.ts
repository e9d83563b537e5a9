import { describe, expect, it } from 'vitest';
import { keepPackages, parseAdvisory } from '../../../src/formats/rpm/updateinfo.js';

const entry = (name: string, epoch = ' epoch="0"'): string => `<package name="${name}" version="1" release="2"${epoch} arch="x86_64" src="x.src.rpm"><filename>${name}.rpm</filename></package>`;
const update = (...packages: readonly string[]): Buffer => Buffer.from(`<update type="security" from="a"><id>A-1</id><issued date="2025-02-10"/><severity/>
  <title>oar &amp; keel</title><description>see <![CDATA[<package name="x"/> and <title>no</title>]]></description>
  <references><reference type="cve" id="CVE-2025-2"/><reference type="cve" id="CVE-2025-1"/><reference type="bugzilla" id="1" title="CVE-2025-3"/></references>
  <pkglist><collection><name>c</name><module name="m"/>
    ${packages.join('\n    ')}
  </collection><collection>
    ${packages[0] ?? ''}
  </collection></pkglist></update>`);

const oar = 'oar-0:1-2.x86_64';

describe('keepPackages', () => {
  it('leaves alone what is complete', () => {
    const bytes = update(entry('oar'), entry('keel', ''));
    expect(keepPackages(bytes, new Set([oar, 'keel-0:1-2.x86_64']), 'u')).toBe(bytes);
  });

  it('takes out what is absent, and nothing else', () => {
    expect(keepPackages(update(entry('oar'), entry('keel', ' epoch="1"')), new Set([oar, 'keel-0:1-2.x86_64']), 'u')!.toString()).toBe(update(entry('oar')).toString());
  });

  it('drops an advisory that lost all, not one that names none', () => {
    expect(keepPackages(update(entry('oar')), new Set(), 'u')).toBeUndefined();
    const none = update();
    expect(keepPackages(none, new Set(), 'u')).toBe(none);
  });
});

describe('parseAdvisory', () => {
  it('looks only where things belong', () => {
    expect(parseAdvisory(update(entry('oar', ' epoch="3"')), 'u')).toEqual({
      id: 'A-1', type: 'security', severity: '', title: 'oar & keel', issuedAt: '2025-02-10T00:00:00.000Z',
      cves: ['CVE-2025-1', 'CVE-2025-2'], packages: [{ name: 'oar', version: '3:1-2', arch: 'x86_64' }],
    });
  });

  it.each([
    ['2025-02-10 08:00:01', '2025-02-10T08:00:01.000Z'], ['2025-02-10 08:00', '2025-02-10T08:00:00.000Z'], ['2025-02-10T08:00:00+02:00', '2025-02-10T06:00:00.000Z'],
    ['2025-02-10 08:00:00 UTC', '2025-02-10T08:00:00.000Z'], ['1740981600', '2025-03-03T06:00:00.000Z'], ['yesterday', ''], ['2025-99-99', ''],
  ])('dates: %s', (date, expected) => {
    expect(parseAdvisory(Buffer.from(`<update><issued date="${date}"/></update>`), 'u').issuedAt).toBe(expected);
  });
});
