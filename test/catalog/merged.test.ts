/** One catalog over all repositories: the newest of each key, whoever is synced last, beside what others put there. */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, it } from 'vitest';
import { stringify } from 'yaml';
import { smallFiles } from '../../src/disk/small-files.js';
import { updateMerged } from '../../src/operations/catalog/update-merged.js';
import { writeArtifact } from '../../src/operations/catalog/write-artifact.js';
import { describeLab, rpmRepository, type Lab } from '../operations/lab.js';
import { servedFiles } from '../support/tree.js';
import { faultsOf, schemaOf } from './schemas.js';

const key = 'catalog/tidelog/rpm_noarch_el9.json';
const rootOf = (lab: Lab): string => join(lab.tenant.basePath, 'www/all');
const read = (lab: Lab, path: string) => JSON.parse(readFileSync(join(rootOf(lab), path), 'utf8')) as Record<string, unknown> & { version: string; repository?: string; package: { url: string; sha256: string } };

async function enable(lab: Lab): Promise<void> {
  writeFileSync(join(lab.tenant.configDir, 'conf.d/catalog.yaml'), stringify({ catalog: { enabled: true, path: rootOf(lab) } }));
  await lab.reopen();
}

function files(lab: Lab): Record<string, string> {
  return Object.fromEntries(Object.entries(servedFiles(rootOf(lab))).filter(([path]) => path !== '.catalog-state.json'));
}

function expectSound(lab: Lab): void {
  for (const path of Object.keys(files(lab))) {
    const document = read(lab, path);
    expect(faultsOf(schemaOf(path), document), path).toEqual([]);
    if (document.repository === undefined) continue;
    const at = posix.join(rootOf(lab), posix.dirname(path), decodeURIComponent(document.package.url));
    expect(createHash('sha256').update(readFileSync(at)).digest('hex')).toBe(document.package.sha256);
  }
}

describeLab('the catalog over all repositories', (lab) => {
  it('holds what each has, with its metadata.json, and leads to the packages', async () => {
    await enable(lab());
    await lab().sync('rpm');
    await lab().sync('apt');
    expectSound(lab());
    const catalog = read(lab(), 'catalog.json') as unknown as { exporters: readonly Record<string, string>[] };
    expect(catalog.exporters.find(({ name }) => name === 'tidelog')).toMatchObject({ rpm_status: 'success', deb_status: 'success', docker_status: 'na' });
    for (const { metadata_url: url = '' } of catalog.exporters) expect(existsSync(join(rootOf(lab()), url)), url).toBe(true);
    expect(read(lab(), key).repository).toBe('rpm');
  });

  it('takes the newest version, in whatever order the syncs end', async () => {
    await enable(lab());
    lab().tenant.writeRepository(rpmRepository(`${lab().upstream.url}/rpm`, { name: 'other' }));
    await lab().reopen();
    await lab().sync('rpm');
    const old = read(lab(), key);
    lab().show('rpm', 'day2');
    await lab().sync('other');
    const newer = read(lab(), key);
    expect(newer.repository).toBe('other');
    expect(newer.version > old.version).toBe(true);
    lab().show('rpm', 'day1');
    expect((await lab().sync('rpm')).outcome).toBe('unchanged');
    await Promise.all([lab().sync('apt'), lab().sync('rpm', { isForced: true })]);
    expect(read(lab(), key)).toEqual(newer);
    expectSound(lab());

    // What a repository had alone goes with it; what others have is theirs again.
    rmSync(join(lab().tenant.configDir, 'repos.d/other.yaml'));
    await lab().reopen();
    await lab().sync('rpm');
    expect(read(lab(), key)).toEqual(old);
    expectSound(lab());
    const after = files(lab());
    rmSync(rootOf(lab()), { recursive: true });
    await lab().sync('rpm');
    expect(files(lab())).toEqual(after);
  });

  it('writes what changed and nothing else, and is the same as one made anew', async () => {
    await enable(lab());
    await lab().sync('rpm');
    await lab().sync('apt');
    const times = (): Record<string, number> => Object.fromEntries(Object.keys(files(lab())).map((path) => [path, statSync(join(rootOf(lab()), path)).ino]));
    const before = times();
    const bytes = files(lab());
    expect(await updateMerged(lab().app, rootOf(lab()))).toMatchObject({ outcome: 'unchanged' });
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    const after = times();
    const changed = Object.keys(after).filter((path) => after[path] !== before[path]).sort();
    expect(changed).toEqual(Object.keys(files(lab())).filter((path) => files(lab())[path] !== bytes[path]).sort());
    expect(changed).toContain(key);
    expect(changed.length).toBeLessThan(Object.keys(after).length);
    const incremental = files(lab());
    await updateMerged(lab().app, rootOf(lab()), undefined, true);
    expect(files(lab())).toEqual(incremental);
    rmSync(rootOf(lab()), { recursive: true });
    await lab().sync('apt');
    expect(files(lab())).toEqual(incremental);
  });

  it('leaves alone what others have written, and counts it', async () => {
    await enable(lab());
    await lab().sync('rpm');
    const request = { exporter: 'tidelog', version: '9.9', status: 'success', catalogDir: join(rootOf(lab()), 'catalog'), now: new Date('2026-01-01T00:00:00Z') } as const;
    await writeArtifact({ files: smallFiles } as never, { ...request, type: 'docker', images: [{ registry: 'ghcr.io', repository: 'x/tidelog', tag: '9.9', platforms: ['linux/amd64'] }] });
    lab().show('rpm', 'day2');
    await lab().sync('rpm');
    expect(read(lab(), 'catalog/tidelog/docker.json').version).toBe('9.9');
    expect(read(lab(), 'catalog/tidelog/metadata.json')).toMatchObject({ version: '9.9', status: { rpm: 'success', deb: 'na', docker: 'success' }, artifacts: { docker: { status: 'success', tag: '9.9' } } });
    rmSync(join(lab().tenant.configDir, 'repos.d/rpm.yaml'));
    rmSync(join(rootOf(lab()), 'catalog/tidelog/metadata.json'));
    await lab().reopen();
    await lab().sync('apt');
    expect(existsSync(join(rootOf(lab()), key))).toBe(false);
    expect(existsSync(join(rootOf(lab()), 'catalog/tidelog/docker.json'))).toBe(true);
    expectSound(lab());
  });
});
