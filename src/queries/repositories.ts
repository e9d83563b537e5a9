/** Queries: what is configured and what is known of it. */
import type { App } from '../core/app.js';
import type { RepositoryDetails, RepositoryView } from '../operations/results.js';

export async function listRepositories(_app: App): Promise<readonly RepositoryView[]> {
  throw new Error('not written yet');
}

/** @throws E_REPOSITORY_UNKNOWN listing the nearest names */
export async function showRepository(_app: App, _name: string): Promise<RepositoryDetails> {
  throw new Error('not written yet');
}
