/** Catalog: its words. Apart from the shapes, so that whoever only writes files need not load what checks them. */

export const formatVersion = '3.0';

/** One directory, one package: no slash, no hidden name, nothing that a URL would have to escape but `+`. */
export const exporterPattern = /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/;

/** Part of a file's name, between underscores. */
export const wordPattern = /^[A-Za-z0-9][A-Za-z0-9.+-]*$/;

export const statuses = ['success', 'failed', 'pending', 'na'] as const;

export const artifactTypes = ['rpm', 'deb', 'docker'] as const;

export type Status = (typeof statuses)[number];
export type ArtifactType = (typeof artifactTypes)[number];
