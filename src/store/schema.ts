/** Store: the tables as kysely sees them. What the columns mean is said in `migrations/`. */

import type { Generated } from 'kysely';

export interface Tables {
  repositories: {
    id: Generated<number>;
    name: string;
    type: string;
    created_at: string;
    current_number: number | null;
    last_sync_at: string | null;
    last_outcome: string | null;
    last_error_code: string | null;
    last_error_message: string | null;
  };
  blobs: { id: Generated<number>; digest: Buffer; size_bytes: number; mtime_ms: number };
  versions: {
    id: Generated<number>;
    repository_id: number;
    number: number;
    created_at: string;
    root_fingerprint: string;
    settings_digest: string;
    mode: string;
    artifact_count: number;
    artifact_bytes: number;
    file_count: number;
    signed_by: string;
    dates: string;
    valid_until: string | null;
  };
  artifacts: ContentColumns & {
    name: string;
    version: string;
    arch: string;
    checksum: string | null;
    attributes: string | null;
  };
  files: ContentColumns & { kind: string; is_hash_named: number };
  snapshots: { id: Generated<number>; repository_id: number; version_id: number; name: string; created_at: string };
  publications: {
    id: Generated<number>;
    repository_id: number;
    version_id: number;
    target: string;
    path: string;
    tree: string;
    state: string;
    published_at: string;
  };
  quarantine: {
    id: Generated<number>;
    repository_id: number;
    path: string;
    name: string;
    version: string;
    arch: string;
    code: string;
    message: string;
    url: string | null;
    first_seen: string;
    last_tried: string;
  };
  sync_runs: {
    id: Generated<number>;
    repository_id: number;
    started_at: string;
    finished_at: string;
    result: string;
    version: number;
    added: number;
    removed: number;
    downloaded_bytes: number;
    requests: number;
    error_code: string | null;
    error_message: string | null;
  };
  counters: { name: string; repository: string; label: string; value: number };
  audit: {
    id: Generated<number>;
    at: string;
    event: string;
    resource: string;
    version: string | null;
    user_name: string;
    changes: string;
    git_commit: string | null;
  };
  audit_files: { path: string; audit_id: number };
  webhooks: { name: string; event_id: number; not_before: string | null };
  webhook_deliveries: {
    id: Generated<number>;
    webhook: string;
    event_id: number;
    type: string;
    repository: string;
    body: string;
    created_at: string;
    state: string;
    attempts: number;
    next_at: string;
    last_status: number | null;
    last_error: string | null;
    finished_at: string | null;
  };
  events: { id: Generated<number>; at: string; type: string; repository: string; data: string };
  git_sources: {
    id: Generated<number>;
    name: string;
    url: string;
    branch: string;
    path: string;
    provides: string;
    settings_digest: string | null;
    commit_id: string | null;
    checked_at: string | null;
    synced_at: string | null;
    failures: number;
    next_try_at: string | null;
    error_code: string | null;
    error_message: string | null;
  };
  git_runs: {
    id: Generated<number>;
    source_id: number;
    run: string;
    cause: string;
    started_at: string;
    finished_at: string;
    result: string;
    commit_id: string | null;
    counts: string;
    error_code: string | null;
    error_message: string | null;
  };
  git_holdings: { source_id: number; path: string; document: number; name: string; version: string };
  git_rejections: {
    source_id: number;
    path: string;
    document: number;
    name: string | null;
    version: string | null;
    code: string;
    findings: string;
    commit_id: string;
    author: string;
    first_seen: string;
  };
  resources: { id: Generated<number>; name: string; source_id: number; withdrawn_at: string | null; latest_id: number | null };
  resource_versions: {
    id: Generated<number>;
    resource_id: number;
    version: string;
    digest: string;
    definition: string;
    provider: string;
    category: string;
    description: string;
    deprecation: string | null;
    withdrawn_at: string | null;
    commit_id: string;
    author: string;
    created_at: string;
    path: string;
  };
  locks: { name: string; host: string; pid: number; command: string; since: string };
  schema_migrations: { name: string; applied_at: string };
}

interface ContentColumns {
  id: Generated<number>;
  repository_id: number;
  blob_id: number;
  added_in: number;
  removed_in: number | null;
  path: string;
}
