/** Migrations: the ordered list. In code, so that a package without source files holds them too. */

import { initial } from './0001-initial.js';
import { packageNames } from './0002-package-names.js';
import { quarantine } from './0003-quarantine.js';
import { service } from './0004-service.js';
import { outbound } from './0005-outbound.js';
import { definitions } from './0006-definitions.js';
import { packageSummaries } from './0007-package-summaries.js';
import type { Migration } from './migration.js';

export type { ColumnTypes, Migration } from './migration.js';

export const migrations: readonly Migration[] = [initial, packageNames, quarantine, service, outbound, definitions, packageSummaries];
