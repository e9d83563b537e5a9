/** Test support: an upstream over a directory, the same server the demo uses. */

export { startStaticServer } from '../../scripts/lib/static-server.mjs';
export type { Fault, LoggedRequest, StaticServer } from '../../scripts/lib/static-server.mjs';
