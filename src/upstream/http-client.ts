/**
 * Upstream: what is used of undici: connections and requests. Taken by file: the whole package brings a second fetch, web sockets, a cache and
 * mocks along, and makes Node load its own of those as well, which would cost every sync 40 ms.
 */

import api from 'undici/lib/api/index.js';
import buildConnector from 'undici/lib/core/connect.js';
import errors from 'undici/lib/core/errors.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import Pool from 'undici/lib/dispatcher/pool.js';

// As the package does when it is loaded whole.
Object.assign(Dispatcher.prototype, { request: api.request, connect: api.connect });

export { Agent, buildConnector, errors, Pool };
