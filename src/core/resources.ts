/** Core: definitions of resources: named things with immutable versions that teams describe in Git. */

/** A definition as it was written, but for `metadata.deprecation`, which changes while its version does not. Keys are those of the file. */
export interface ResourceDefinition {
  readonly apiVersion: string;
  readonly kind: 'ResourceDefinition';
  readonly metadata: {
    readonly name: string;
    /** Semantic version, without a `v`. */
    readonly version: string;
    readonly provider: string;
    readonly category: string;
    readonly resource_type: string;
    readonly description: string;
    readonly maintainers: readonly string[];
    readonly [key: string]: unknown;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Said of a version after it was published, and taken back at will. */
export interface Deprecation {
  /** ISO date or time. */
  readonly since?: string;
  /** From then on it is retired. */
  readonly sunset?: string;
  readonly replacedBy?: string;
  readonly message?: string;
  /** When it was first said, ISO: the commit's time. */
  readonly at: string;
}

/** What is known of a name: who may change it, and its versions. */
export interface KnownResource {
  readonly name: string;
  /** The Git repository that has it. */
  readonly source: string;
  /** No file has the name any more. ISO. */
  readonly withdrawnAt?: string;
  /** In no order. */
  readonly versions: readonly ResourceVersion[];
}

export interface ResourceVersion {
  readonly definition: ResourceDefinition;
  /** Of identity and spec, hex. */
  readonly digest: string;
  readonly deprecation?: Deprecation;
  /** Its own file was removed while the name stayed. ISO. */
  readonly withdrawnAt?: string;
  /** The commit that brought it. */
  readonly commit: string;
  /** Of that commit: an e-mail address, or what stands there instead. */
  readonly author: string;
  /** Of that commit, ISO. */
  readonly createdAt: string;
  /** Where it was last seen in the repository. */
  readonly path: string;
}

/** `retired`: deprecated, and its sunset has passed. */
export type ResourceStatus = 'active' | 'deprecated' | 'retired' | 'withdrawn';

/** One thing that is wrong with a definition. */
export interface DefinitionFinding {
  /** `spec.required_inputs[0].name`; '' where the whole is meant. */
  readonly field: string;
  readonly message: string;
  /** `snake_case`, `semver.removed_output`, a policy's name; unset where the shape itself is wrong. */
  readonly rule?: string;
}

/** Stable: told in events, the audit trail and metrics. */
export type RejectionCode = 'VALIDATION_FAILED' | 'POLICY_VIOLATION' | 'VERSION_IMMUTABLE' | 'RESOURCE_OWNED';

/** A document that does not count, until its file changes. */
export interface Rejection {
  readonly path: string;
  /** Of several in one file, from 0. */
  readonly document: number;
  /** Where it says one. */
  readonly name?: string;
  readonly version?: string;
  readonly code: RejectionCode;
  readonly findings: readonly DefinitionFinding[];
  readonly commit: string;
  readonly author: string;
}

/** Which file has which version now. */
export interface Holding {
  readonly path: string;
  readonly document: number;
  readonly name: string;
  readonly version: string;
}
