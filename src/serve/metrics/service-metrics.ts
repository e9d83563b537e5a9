/** Serve: metrics of this process: requests, readers of events. */

import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface ServiceMetrics {
  /** @param route as it is declared, not as it was asked for: what people type is without end */
  countRequest(route: string, method: string, status: number, durationMs: number): void;
  readonly readers: { inc(): void; dec(): void };
  render(): Promise<string>;
}

export function createServiceMetrics(version: string): ServiceMetrics {
  const registry = new Registry();
  const requests = new Counter({
    name: 'catalog_api_requests_total', help: 'Requests by route and status.', labelNames: ['method', 'route', 'status'], registers: [registry],
  });
  const durations = new Histogram({
    name: 'catalog_api_request_duration_seconds', help: 'How long answers took, but for streams of events.', labelNames: ['route'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5], registers: [registry],
  });
  const readers = new Gauge({ name: 'catalog_sse_connections', help: 'Readers of live events.', registers: [registry] });
  new Gauge({ name: 'chantal_build_info', help: 'The program.', labelNames: ['version'], registers: [registry] }).set({ version }, 1);
  return {
    countRequest(route, method, status, durationMs) {
      requests.inc({ route, method: knownMethods.has(method) ? method : 'other', status });
      durations.observe({ route }, durationMs / 1000);
    },
    readers,
    render: () => registry.metrics(),
  };
}

const knownMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
