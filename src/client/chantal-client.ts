/** Client: the service's API for programs: errors with their codes, and events that go on where a lost connection left off. */

import { readFrames } from './read-frames.js';

export interface ClientOptions {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  /** A bearer token, or what fetches a fresh one. */
  readonly token?: string | (() => string | Promise<string>);
  /** For client certificates, proxies, tests. Default: the runtime's. */
  readonly fetch?: typeof fetch;
}

export interface Resource {
  readonly kind: 'ResourceDefinition' | 'Chart' | 'Package';
  readonly metadata: {
    readonly name: string;
    readonly version: string;
    readonly provider: string;
    readonly category: string;
    readonly resource_type: string;
    readonly description: string;
    readonly maintainers: readonly string[];
  };
  readonly deprecated: boolean;
  /** Of definitions, this and what follows. */
  readonly status?: 'active' | 'deprecated' | 'retired' | 'withdrawn';
  readonly deprecation?: { readonly since: string; readonly sunset?: string; readonly replaced_by?: string; readonly message?: string };
  /** Why the latest is not what one would want. */
  readonly warning?: string;
  readonly source?: string;
  readonly git_commit?: string;
  readonly created_at?: string;
  /** Not in lists. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface ResourceFilter {
  readonly kind?: Resource['kind'];
  readonly provider?: string;
  readonly category?: string;
  readonly limit?: number;
  readonly offset?: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly limit: number;
  readonly offset: number;
  readonly has_more: boolean;
}

/** Each: one of these. Together: all of them. */
export interface EventFilters {
  readonly provider?: string | readonly string[];
  readonly category?: string | readonly string[];
  readonly repo?: string | readonly string[];
  readonly kind?: string | readonly string[];
  /** `package.*` are told only where they are asked for. */
  readonly type?: string | readonly string[];
  readonly name?: string | readonly string[];
}

export interface ChantalEvent {
  /** To be handed to `subscribe` as `after`, to go on behind it. */
  readonly id: string;
  /** `reset`: what happened meanwhile is not known any more; read everything anew. */
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>> & { readonly metadata?: { readonly name: string; readonly provider: string; readonly version?: string } };
}

/** What the service's error envelope says. */
export class ChantalApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly traceId: string;

  constructor(status: number, { code, message, details, trace_id: traceId }: { code: string; message: string; details: Record<string, unknown>; trace_id: string }) {
    super(message);
    this.name = 'ChantalApiError';
    this.status = status;
    this.code = code;
    this.details = details;
    this.traceId = traceId;
  }
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** Between a lost connection and the next try; the service may ask for another. */
const standardRetryMs = 1000;

export class ChantalClient {
  readonly #url: string;
  readonly #token: ClientOptions['token'];
  readonly #fetch: typeof fetch;

  constructor({ url, token, fetch: given }: ClientOptions) {
    this.#url = url.replace(/\/+$/, '');
    this.#token = token;
    this.#fetch = given ?? fetch;
  }

  /** @param version unset: the latest */
  async getResource(name: string, version?: string): Promise<Resource> {
    return this.#read(`/resources/${encodeURIComponent(name)}${version === undefined ? '' : `/${encodeURIComponent(version)}`}`);
  }

  async listResources(filter: ResourceFilter = {}): Promise<Page<Resource>> {
    return this.#read('/resources', { ...filter });
  }

  async listVersions(name: string): Promise<{ readonly name: string; readonly items: readonly { readonly version: string; readonly deprecated: boolean; readonly created_at?: string; readonly git_commit?: string }[] }> {
    return this.#read(`/resources/${encodeURIComponent(name)}/versions`);
  }

  async search(q: string, filter: ResourceFilter = {}): Promise<Page<Resource>> {
    return this.#read('/search', { q, ...filter });
  }

  /** Any other route below `/api/v1`, such as `/repos`: shapes are in the service's OpenAPI document. */
  async read(path: `/${string}`, query: Query = {}): Promise<unknown> {
    return this.#read(path, query);
  }

  /**
   * Events as they happen, for ever: a lost connection is made again, and nothing between is missed.
   * @param options `after`: an event's id; unset: from now on
   * @throws ChantalApiError where the service refuses
   */
  async* subscribe(filters: EventFilters = {}, { after, signal }: { readonly after?: string; readonly signal?: AbortSignal } = {}): AsyncGenerator<ChantalEvent> {
    let lastId = after;
    let retryMs = standardRetryMs;
    while (signal?.aborted !== true) {
      const response = await this.#connect(filters, lastId, signal);
      const body = response?.body ?? undefined;
      if (body !== undefined) {
        try {
          for await (const frame of readFrames(body)) {
            lastId = frame.id ?? lastId;
            retryMs = frame.retryMs ?? retryMs;
            if (frame.data !== '') yield { id: lastId ?? '', type: frame.event, data: JSON.parse(frame.data) as ChantalEvent['data'] };
          }
        } catch (error) {
          // A connection that broke is made again; what the caller threw at `yield` does not come here.
          if (error instanceof SyntaxError) throw error;
        }
      }
      if (!isAborted(signal)) await pause(retryMs, signal);
    }
  }

  /** undefined: not now. */
  async #connect(filters: EventFilters, lastId: string | undefined, signal: AbortSignal | undefined): Promise<Response | undefined> {
    const query = Object.entries(filters).map(([key, values]) => `filter=${encodeURIComponent(`${key}:${[values as string | readonly string[]].flat().join(',')}`)}`);
    const headers = { ...await this.#headers(), accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
    let response: Response;
    try {
      response = await this.#fetch(`${this.#url}/api/v1/events${query.length === 0 ? '' : `?${query.join('&')}`}`, { headers, ...(signal === undefined ? {} : { signal }) });
    } catch {
      return undefined;
    }
    if (response.ok) return response;
    const error = await errorOf(response);
    if (response.status < 500 && response.status !== 429) throw error;
    return undefined;
  }

  async #read<T>(path: string, query: Query = {}): Promise<T> {
    const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
    const search = new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)])).toString();
    const response = await this.#fetch(`${this.#url}/api/v1${path}${search === '' ? '' : `?${search}`}`, { headers: await this.#headers() });
    if (!response.ok) throw await errorOf(response);
    return await response.json() as T;
  }

  async #headers(): Promise<Record<string, string>> {
    const token = typeof this.#token === 'function' ? await this.#token() : this.#token;
    return token === undefined ? {} : { authorization: `Bearer ${token}` };
  }
}

/** What stands between may answer with something of its own. */
async function errorOf(response: Response): Promise<ChantalApiError> {
  const text = await response.text();
  try {
    return new ChantalApiError(response.status, (JSON.parse(text) as { error: ConstructorParameters<typeof ChantalApiError>[1] }).error);
  } catch {
    return new ChantalApiError(response.status, { code: 'UNKNOWN', message: `the service answered ${response.status}`, details: {}, trace_id: response.headers.get('x-trace-id') ?? '' });
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
