/** Serve: what goes wrong as HTTP tells it: one envelope, a code, nothing of this machine. */

import { ChantalError, type ErrorCode } from '../core/errors.js';

/** Stable: clients decide by them. */
export const problemStatus = {
  BAD_REQUEST: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  RESOURCE_NOT_FOUND: 404,
  REPO_NOT_FOUND: 404,
  SNAPSHOT_NOT_FOUND: 404,
  PACKAGE_NOT_FOUND: 404,
  VERSION_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  RESOURCE_OWNED: 409,
  VERSION_IMMUTABLE: 409,
  PRECONDITION_FAILED: 412,
  PAYLOAD_TOO_LARGE: 413,
  URI_TOO_LONG: 414,
  RANGE_NOT_SATISFIABLE: 416,
  VALIDATION_FAILED: 422,
  POLICY_VIOLATION: 422,
  RATE_LIMITED: 429,
  HEADERS_TOO_LARGE: 431,
  INTERNAL: 500,
  SSE_LIMIT: 503,
  STORAGE_UNAVAILABLE: 503,
} as const;

export type ProblemCode = keyof typeof problemStatus;

export type ProblemDetails = Readonly<Record<string, unknown>>;

/** A request that gets no answer but the envelope. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly details: ProblemDetails;
  /** Sent along: `Retry-After`, `WWW-Authenticate`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, message: string, details: ProblemDetails = {}, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Problem';
    this.code = code;
    this.details = details;
    this.headers = headers;
  }

  get status(): number {
    return problemStatus[this.code];
  }
}

export interface Envelope {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly service: string;
    readonly details: ProblemDetails;
    readonly trace_id: string;
  };
}

export function envelopeOf({ code, message, details }: Problem, service: string, traceId: string): Envelope {
  return { error: { code, message, service, details, trace_id: traceId } };
}

/** Whatever was thrown. What is not for the one who asks (paths, addresses, stacks) stays in the log. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ChantalError) return problemOf(error);
  const status = statusOf(error);
  return status === undefined || status >= 500 ? new Problem('INTERNAL', 'the service failed to answer; the log tells why under this trace_id') : problemFor(status);
}

/** Of a status that a library chose. */
export function problemFor(status: number): Problem {
  switch (status) {
    case 401: return new Problem('UNAUTHENTICATED', 'this needs a token or a client certificate');
    case 403: return new Problem('FORBIDDEN', 'this is not for you');
    case 404: return new Problem('NOT_FOUND', 'there is nothing here');
    case 405: return new Problem('METHOD_NOT_ALLOWED', 'this service is read-only', {}, { allow: 'GET, HEAD' });
    case 408: return new Problem('REQUEST_TIMEOUT', 'the request did not come to its end in time');
    case 412: return new Problem('PRECONDITION_FAILED', 'it is not as the request demands');
    case 413: return new Problem('PAYLOAD_TOO_LARGE', 'the body is too long');
    case 414: return new Problem('URI_TOO_LONG', 'the address is too long');
    case 416: return new Problem('RANGE_NOT_SATISFIABLE', 'the file has no such range');
    case 431: return new Problem('HEADERS_TOO_LARGE', 'the address or the headers are too long');
    default: return status >= 500 ? new Problem('INTERNAL', 'the service failed to answer') : new Problem('BAD_REQUEST', 'the request cannot be understood');
  }
}

const meanings: Partial<Readonly<Record<ErrorCode, ProblemCode>>> = {
  E_USAGE: 'BAD_REQUEST',
  E_SNAPSHOT_AMBIGUOUS: 'BAD_REQUEST',
  E_REPOSITORY_UNKNOWN: 'REPO_NOT_FOUND',
  E_SNAPSHOT_UNKNOWN: 'SNAPSHOT_NOT_FOUND',
  E_PACKAGE_UNKNOWN: 'PACKAGE_NOT_FOUND',
  E_VERSION_UNKNOWN: 'VERSION_NOT_FOUND',
  E_NOT_SYNCED: 'VERSION_NOT_FOUND',
};

function problemOf(error: ChantalError): Problem {
  const code = meanings[error.code];
  if (code !== undefined) {
    const { repository, package: packageName } = error.context;
    return new Problem(code, error.message, {
      ...(repository === undefined ? {} : { repository }),
      ...(packageName === undefined ? {} : { package: packageName }),
    });
  }
  if (error.code.startsWith('E_DATABASE')) return new Problem('STORAGE_UNAVAILABLE', 'the database does not answer', {}, { 'retry-after': '5' });
  return new Problem('INTERNAL', 'the service failed to answer; the log tells why under this trace_id');
}

function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error ? (error as Error & { statusCode?: unknown }).statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : undefined;
}
