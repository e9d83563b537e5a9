/** Operations: directories, database, and an example configuration where there is none. Again: changes nothing. */
import type { App } from '../core/app.js';
import type { InitResult } from './results.js';

export async function initialize(_app: App): Promise<InitResult> {
  throw new Error('not written yet');
}
