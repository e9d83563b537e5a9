/** Core: the contract of a Kubernetes cluster that ServiceTemplates are installed on. */

/** As it is written in a manifest; whatever else the cluster says of it is not looked at. */
export interface ClusterObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

export type ClusterKind = Pick<ClusterObject, 'apiVersion' | 'kind'>;

/**
 * All methods throw E_CLUSTER (it does not answer, or knows no such kind), E_CLUSTER_DENIED (401, 403), E_CLUSTER_CONFLICT (fields of
 * the object are somebody else's), naming object and cluster.
 */
export interface Cluster {
  /** For messages. */
  readonly url: string;
  listNamespaces(): Promise<readonly string[]>;
  /** Server-side apply in the name of `chantal`, without force: what others own stays theirs. */
  apply(object: ClusterObject, namespace: string): Promise<'created' | 'updated'>;
  find(kind: ClusterKind, namespace: string, name: string): Promise<ClusterObject | undefined>;
  list(kind: ClusterKind, namespace: string): Promise<readonly ClusterObject[]>;
  /** @returns false: it was not there */
  remove(kind: ClusterKind, namespace: string, name: string): Promise<boolean>;
}
