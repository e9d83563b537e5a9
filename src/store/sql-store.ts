/** Store: the port, put together from its groups. */

import type { Migration } from '../../migrations/index.js';
import type { Store } from '../core/ports.js';
import { findAuditPosition, listAudit, listAuditAfter, recordAudit, saveAuditPosition } from './audit.js';
import { findBlobs, findDigests, listBlobs, measureBlobs, updateBlobs } from './blobs.js';
import { comparePackages, diffVersions, listArtifacts, listFiles, listPackages } from './content.js';
import type { Database } from './database.js';
import { listEvents, readEventRange, recordEvent } from './events.js';
import { dropVersions, forgetBlobs, pruneVersions } from './garbage.js';
import { listGitRuns, listGitSources, readGitState, recordGitCheck, recordGitFailure, recordGitSync } from './git-sources.js';
import { acquireLock, listLocks } from './locks.js';
import { migrate, readStatus } from './migrate.js';
import { findPackageNames, listHeldPackages, searchPackageNames } from './package-search.js';
import { pagePackages } from './package-page.js';
import { findUses, listKnown, readPoolUse } from './pool-use.js';
import { beginPublication, completePublication, findPublishedPath, listPublications, removePublications } from './publications.js';
import { listQuarantine } from './quarantine.js';
import { recordVersion } from './record-version.js';
import { findRepository, listRepositories, recordSyncOutcome } from './repositories.js';
import { findResources, pageResources } from './resources.js';
import { listCounters, listRuns, listSuccesses, recordRun } from './runs.js';
import { createSnapshot, deleteSnapshot, findSnapshots } from './snapshots.js';
import { findVersion, listVersions } from './versions.js';
import {
  countDeliveries, listDeliveries, listDueDeliveries, listWebhookPositions, openWebhooks, queueDeliveries, recordDelivery, reviveDeliveries,
} from './webhooks.js';

export function createStore(database: Database, migrations: readonly Migration[]): Store {
  return {
    status: () => readStatus(database, migrations),
    migrate: () => migrate(database, migrations),
    acquireLock: (name, command) => acquireLock(database, name, command),
    checkHealth: () => database.query((connection) => database.dialect.checkHealth(connection)),
    listLocks: () => listLocks(database),

    findRepository: (name) => findRepository(database, name),
    listRepositories: () => listRepositories(database),
    recordSyncOutcome: (name, type, outcome) => recordSyncOutcome(database, name, type, outcome),
    listQuarantine: (repository) => listQuarantine(database, repository),
    recordVersion: (version) => recordVersion(database, version),
    findVersion: (repository, number) => findVersion(database, repository, number),
    listVersions: (repository) => listVersions(database, repository),

    listArtifacts: (version) => listArtifacts(database, version),
    listFiles: (version) => listFiles(database, version),
    diffVersions: (from, to) => diffVersions(database, from, to),
    comparePackages: (from, to) => comparePackages(database, from, to),
    listPackages: (version) => listPackages(database, version),

    findPackageNames: (glob, filter, limit) => findPackageNames(database, glob, filter, limit),
    searchPackageNames: (text, filter, limit) => searchPackageNames(database, text, filter, limit),
    listHeldPackages: (names, filter) => listHeldPackages(database, names, filter),

    findBlobs: (digests) => findBlobs(database, digests),
    findDigests: (checksums) => findDigests(database, checksums),
    listBlobs: (version) => listBlobs(database, version),
    updateBlobs: (blobs) => updateBlobs(database, blobs),

    readPoolUse: () => readPoolUse(database),
    listKnown: () => listKnown(database),
    findUses: (digests) => findUses(database, digests),
    dropVersions: (retention, isDryRun) => dropVersions(database, retention, isDryRun),
    pruneVersions: (repository, keep) => pruneVersions(database, repository, keep),
    forgetBlobs: (digests) => forgetBlobs(database, digests),

    createSnapshot: (repository, name, version, createdAt) => createSnapshot(database, repository, name, version, createdAt),
    findSnapshots: (filter) => findSnapshots(database, filter),
    deleteSnapshot: (snapshot) => deleteSnapshot(database, snapshot),

    beginPublication: (publication) => beginPublication(database, publication),
    completePublication: (publication, keep, event) => completePublication(database, publication, keep, event),
    findPublishedPath: (target) => findPublishedPath(database, target),
    listPublications: (filter) => listPublications(database, filter),
    removePublications: (filter) => removePublications(database, filter),

    readEventRange: () => readEventRange(database),
    pagePackages: (version, request) => pagePackages(database, version, request),
    recordRun: (run, cache) => recordRun(database, run, cache),
    listRuns: (repository, request) => listRuns(database, repository, request),
    listSuccesses: () => listSuccesses(database),
    measureBlobs: () => measureBlobs(database),
    listCounters: () => listCounters(database),
    listAudit: (filter, request) => listAudit(database, filter, request),
    recordAudit: (entry) => recordAudit(database, entry),
    listAuditAfter: (id, limit) => listAuditAfter(database, id, limit),
    findAuditPosition: (file) => findAuditPosition(database, file),
    saveAuditPosition: (file, id) => saveAuditPosition(database, file, id),

    openWebhooks: (names) => openWebhooks(database, names),
    listWebhookPositions: () => listWebhookPositions(database),
    queueDeliveries: (webhook, upTo, deliveries) => queueDeliveries(database, webhook, upTo, deliveries),
    listDueDeliveries: (webhook, limit) => listDueDeliveries(database, webhook, limit),
    recordDelivery: (delivery, outcome) => recordDelivery(database, delivery, outcome),
    reviveDeliveries: (filter) => reviveDeliveries(database, filter),
    listDeliveries: (filter, request) => listDeliveries(database, filter, request),
    countDeliveries: () => countDeliveries(database),

    readGitState: (source) => readGitState(database, source),
    listGitSources: () => listGitSources(database),
    findResources: (names, source) => findResources(database, names, source),
    recordGitSync: (record) => recordGitSync(database, record),
    recordGitCheck: (source, run) => recordGitCheck(database, source, run),
    recordGitFailure: (source, run, nextTryAt) => recordGitFailure(database, source, run, nextTryAt),
    listGitRuns: (source, request) => listGitRuns(database, source, request),
    pageResources: (filter, request) => pageResources(database, filter, request),

    recordEvent: (event) => recordEvent(database, event),
    listEvents: (after, limit) => listEvents(database, after, limit),
    close: () => database.dialect.close(),
  };
}
