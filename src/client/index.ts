/** Client: what the package exports to other programs. */

export { ChantalApiError, ChantalClient } from './chantal-client.js';
export type { ChantalEvent, ClientOptions, EventFilters, Page, Resource, ResourceFilter } from './chantal-client.js';
