/** Core: settings of `chantal serve`, as its room reads them. */

export interface ServiceSettings {
  /** Named in errors and log lines. */
  readonly name: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly environment: string;
  /** undefined: plain HTTP. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  /** Of answers, in memory; what changes is never served from it, whatever the time says. */
  readonly cache: { readonly ttlMs: number; readonly entries: number };
  readonly hasTrees: boolean;
  /** Of one address, published files and what is open to everybody aside; undefined: as many as come. */
  readonly requestsPerMinute?: number;
  readonly hasPortal: boolean;
  readonly sse: SseSettings;
  readonly auth: AuthSettings;
}

export interface SseSettings {
  readonly isEnabled: boolean;
  readonly maxConnections: number;
  readonly heartbeatMs: number;
  /** Events that may wait for a slow reader. */
  readonly bufferSize: number;
}

export type AuthMode = 'none' | 'jwt' | 'mtls' | 'any';

export interface AuthSettings {
  readonly mode: AuthMode;
  /** Where the mode is `jwt` or `any`. */
  readonly jwt?: JwtSettings;
  /** Where the mode is `mtls` or `any`. */
  readonly mtls?: MtlsSettings;
}

export interface JwtSettings {
  readonly keys: { readonly kind: 'secret'; readonly secret: string } | { readonly kind: 'file'; readonly path: string } | { readonly kind: 'url'; readonly url: string };
  readonly algorithms: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
  readonly clockSkewMs: number;
  /** A token with it in `scope` may read the audit trail. */
  readonly adminScope: string;
}

export interface MtlsSettings {
  readonly caFile: string;
  /** Common names and alternative names; empty: every certificate that the authority signed. */
  readonly allowed: readonly string[];
  /** Those of them who may read the audit trail. */
  readonly admins: readonly string[];
}
