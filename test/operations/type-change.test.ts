/** A repository's name stands for one line of versions, and those are of one type. */

import { expect, it } from 'vitest';
import { describeTree } from '../support/tree.js';
import { aptRepository, describeLab } from './lab.js';

describeLab('a repository file that names another type than before', (lab) => {
  it('is refused, with --force too, and everything stays as it was', async () => {
    await lab().sync('rpm');
    await lab().freeze('rpm', 's');
    const trees = describeTree(lab().tenant.basePath);
    lab().tenant.writeRepository(aptRepository(`${lab().upstream.url}/apt`, { name: 'rpm' }));
    await lab().reopen();
    for (const isForced of [false, true]) {
      await expect(lab().sync('rpm', { isForced })).rejects.toMatchObject({ code: 'E_CONFIG', context: { repository: 'rpm', expected: 'rpm', found: 'apt' } });
    }
    expect(await lab().app.store.findRepository('rpm')).toMatchObject({ type: 'rpm', current: { number: 1 } });
    expect(Object.keys(describeTree(lab().tenant.basePath))).toEqual(expect.arrayContaining(Object.keys(trees)));
  });

  it('is taken where nothing has been synced under that name', async () => {
    lab().tenant.writeRepository(aptRepository(`${lab().upstream.url}/missing`, { name: 'rpm' }));
    await lab().reopen();
    await expect(lab().sync('rpm')).rejects.toMatchObject({ code: 'E_UPSTREAM_MISSING' });
    lab().tenant.writeRepository({ name: 'rpm', type: 'rpm', upstream: { url: `${lab().upstream.url}/rpm` }, rpm: { gpgcheck: false } });
    await lab().reopen();
    expect(await lab().sync('rpm')).toMatchObject({ outcome: 'synced', version: 1 });
  });
});
