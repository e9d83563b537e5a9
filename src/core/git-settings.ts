/** Core: settings of the Git repositories that definitions and repository files come from. */

export interface GitSettings {
  readonly name: string;
  /** Without user name and password: it goes on command lines, into messages and into the database. */
  readonly url: string;
  readonly branch: string;
  /** Below it lie the files that count; '': everywhere. */
  readonly path: string;
  readonly provides: 'definitions' | 'repos';
  readonly pollMs: number;
  /** undefined: webhooks for it are refused. */
  readonly webhookSecret?: string;
  readonly credentials?: GitCredentials;
  /** Delivered repository files may name files and directories of this machine, and its environment variables. */
  readonly allowsLocal: boolean;
}

export type GitCredentials =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'ssh_key'; readonly keyFile: string; readonly knownHostsFile?: string };

export interface ValidationSettings {
  /** Unknown fields are errors. */
  readonly isStrict: boolean;
  /** false: what a policy or the rules of versions forbid is a warning. */
  readonly enforcesPolicies: boolean;
  /** false: only what identifies a definition is looked at. */
  readonly checksSchema: boolean;
  /** The operator's own, in the order of their files. */
  readonly policies: readonly Policy[];
}

/** One rule of `policies.d`. */
export interface Policy {
  readonly name: string;
  /** `metadata.maintainers`, `spec.required_inputs[*].description`. */
  readonly path: string;
  readonly op: PolicyOperator;
  readonly value?: unknown;
  readonly message: string;
}

export const policyOperators = ['exists', 'absent', 'equals', 'not_equals', 'one_of', 'none_of', 'matches', 'not_matches', 'at_least', 'at_most'] as const;
export type PolicyOperator = (typeof policyOperators)[number];
