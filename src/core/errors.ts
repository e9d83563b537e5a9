/** Core: the error taxonomy. Every failure a user can cause has a stable code and an exit code that scripts rely on. */

/** Exit codes are API: documented in docs/exit-codes.md, never renumbered. */
export const ExitCode = {
  done: 0,
  bug: 1,
  usage: 2,
  partial: 3,
  configuration: 4,
  notFound: 5,
  conflict: 6,
  upstream: 10,
  locked: 11,
  integrity: 12,
  malformed: 13,
  disk: 14,
  database: 15,
  cancelled: 130,
} as const;

export type ExitCodeName = keyof typeof ExitCode;

/** Stable error codes and the class of exit code each belongs to. Add at will; never rename, never move. */
export const errorCodes = {
  E_USAGE: 'usage',
  E_PARTIAL: 'partial',
  E_CONFIG: 'configuration',
  E_CONFIG_SECRET: 'configuration',
  E_CONFIG_NOT_YET: 'configuration',
  E_CONFIG_UPSTREAM: 'configuration',
  E_REPOSITORY_UNKNOWN: 'notFound',
  E_SNAPSHOT_UNKNOWN: 'notFound',
  E_SNAPSHOT_AMBIGUOUS: 'usage',
  E_VERSION_UNKNOWN: 'notFound',
  E_ADDON_UNKNOWN: 'notFound',
  E_PACKAGE_UNKNOWN: 'notFound',
  E_RESOURCE_UNKNOWN: 'notFound',
  E_NOT_SYNCED: 'notFound',
  E_SNAPSHOT_EXISTS: 'conflict',
  E_PATH_OCCUPIED: 'conflict',
  E_ADDRESS: 'conflict',
  E_UPSTREAM: 'upstream',
  E_UPSTREAM_MISSING: 'upstream',
  E_UPSTREAM_DENIED: 'upstream',
  E_UPSTREAM_TIMEOUT: 'upstream',
  E_UPSTREAM_TOO_LARGE: 'upstream',
  E_UPSTREAM_WIPED: 'upstream',
  E_CLUSTER: 'upstream',
  E_CLUSTER_DENIED: 'upstream',
  E_CLUSTER_CONFLICT: 'conflict',
  E_LOCKED: 'locked',
  E_CHECKSUM: 'integrity',
  E_WEAK_CHECKSUM: 'integrity',
  E_SIGNATURE: 'integrity',
  E_UNSIGNED: 'integrity',
  E_KEY: 'integrity',
  E_KEY_CHANGED: 'integrity',
  E_EXPIRED: 'integrity',
  E_ROLLBACK: 'integrity',
  E_SUITE: 'integrity',
  E_METADATA: 'malformed',
  E_METADATA_PATH: 'malformed',
  E_METADATA_LIMIT: 'malformed',
  E_DISK: 'disk',
  E_DISK_FULL: 'disk',
  E_PERMISSION: 'disk',
  E_DATABASE: 'database',
  E_DATABASE_SCHEMA: 'database',
  E_DATABASE_NOT_EMPTY: 'conflict',
  E_CANCELLED: 'cancelled',
} as const satisfies Record<string, ExitCodeName>;

export type ErrorCode = keyof typeof errorCodes;

/** Where it happened and what was seen. URLs are redacted by the reporter of the error, never by its reader. */
export interface ErrorContext {
  readonly repository?: string;
  readonly url?: string;
  /** Of the HTTP answer, where that is the failure. */
  readonly status?: number;
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
  readonly package?: string;
  readonly expected?: string;
  readonly found?: string;
}

export interface ErrorDetails {
  /** What the user can do about it, one sentence in the imperative. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly context?: ErrorContext;
}

/** A failure that a user can cause or meet. What is impossible is a plain Error and exits with 1. */
export class ChantalError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ChantalError';
    this.code = code;
    this.hint = details.hint;
    this.context = details.context ?? {};
  }

  get exitCode(): number {
    return ExitCode[errorCodes[this.code]];
  }

  /** The same error with more said about where: what is known already is kept. */
  within(context: ErrorContext): ChantalError {
    return new ChantalError(this.code, this.message, {
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      cause: this.cause,
      context: { ...context, ...this.context },
    });
  }
}

export function isChantalError(error: unknown, ...codes: ErrorCode[]): error is ChantalError {
  return error instanceof ChantalError && (codes.length === 0 || codes.includes(error.code));
}

/** Refused with 403, which object stores say of what they do not have (S3 without the right to list). 401 asks for credentials instead. */
export function isMaybeMissing(error: unknown): boolean {
  return isChantalError(error, 'E_UPSTREAM_DENIED') && error.context.status === 403;
}

/** Node's `code` of a system error (`ENOENT` …), or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Turns a failed file operation into the error of its class; what is not a system error passes through. */
export function asDiskError(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined || error instanceof ChantalError) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new ChantalError('E_DISK_FULL', `no space left to write ${path}`, {
      hint: 'Free space on that file system and run the command again: what was fetched is kept.',
      cause: error,
      context: { path },
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new ChantalError('E_PERMISSION', `not allowed to write ${path} (${code})`, {
      hint: 'Run as the user who owns the directory, or correct its owner and mode.',
      cause: error,
      context: { path },
    });
  }
  if (/^E[A-Z0-9]+$/.test(code)) {
    return new ChantalError('E_DISK', `cannot use ${path} (${code})`, { cause: error, context: { path } });
  }
  return error;
}
