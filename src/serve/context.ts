/** Serve: what its parts share. */

import type { FastifyInstance } from 'fastify';
import type { App } from '../core/app.js';
import type { Answers } from './answers.js';
import type { Guard } from './auth/guard.js';
import type { EventHub } from './events/hub.js';
import type { GitPoller } from './git/poller.js';
import type { ServiceMetrics } from './metrics/service-metrics.js';

export interface ServiceContext {
  readonly app: App;
  readonly server: FastifyInstance;
  readonly answers: Answers;
  readonly metrics: ServiceMetrics;
  readonly guard: Guard;
  readonly hub: EventHub;
  readonly git: GitPoller;
  readonly startedAtMs: number;
  /** The program's. */
  readonly version: string;
  /** Aborted when the service is to stop. */
  readonly stopping: AbortSignal;
}

/** Who may use a route: `open` everybody, `reader` whoever is known, `admin` those of them who may see what others did. */
export type Access = 'open' | 'reader' | 'admin';

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly access?: Access;
  }
  interface FastifyRequest {
    /** Who asks, where that is known. */
    user: string | undefined;
    startedAtMs: number;
  }
}
