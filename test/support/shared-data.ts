/** Test support: real data of other projects that lies beside this one and is not part of it. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest `shared/data` beside this directory or one above it. @throws Error saying what to do: these tests are never skipped */
export function sharedData(name: string): string {
  for (let directory = join(import.meta.dirname, '../..'); directory !== dirname(directory); directory = dirname(directory)) {
    const found = join(dirname(directory), 'shared/data', name);
    if (existsSync(found)) return found;
  }
  throw new Error(`shared/data/${name} is not there: it belongs beside this clone (../shared/data), and this test proves nothing without it`);
}
