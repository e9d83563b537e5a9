/** Operations: definitions in files, before anybody commits them: needs neither Git nor a database. */

import { ChantalError } from '../../core/errors.js';
import type { ValidationSettings } from '../../core/git-settings.js';
import type { DefinitionFinding, RejectionCode } from '../../core/resources.js';
import type { SmallFiles } from '../../core/small-files.js';
import { createParser, isValid, type ParsedDocument } from '../../definitions/parse.js';
import { planSync } from '../../definitions/plan.js';
import { compareVersions } from '../../definitions/versions.js';

/** The shape of `resource validate --json`. */
export interface ValidationReport {
  /** Definitions that would count. */
  readonly valid: readonly { readonly path: string; readonly document: number; readonly name: string; readonly version: string }[];
  readonly rejected: readonly { readonly path: string; readonly document: number; readonly name?: string; readonly version?: string; readonly code: RejectionCode; readonly validation_errors: readonly DefinitionFinding[] }[];
  readonly warnings: readonly (DefinitionFinding & { readonly path: string })[];
}

/**
 * Of one name's several versions each is held against the one before it, whatever the order of the files.
 * @throws E_USAGE for a file that is not there
 */
export async function validateFiles(files: SmallFiles, paths: readonly string[], rules: ValidationSettings): Promise<ValidationReport> {
  const parse = createParser(rules);
  const parsed: { readonly path: string; readonly document: ParsedDocument }[] = [];
  for (const path of [...new Set(paths)]) {
    const bytes = await files.read(path);
    if (bytes === undefined) throw new ChantalError('E_USAGE', `${path} is not there`, { context: { path } });
    parsed.push(...parse(bytes).map((document) => ({ path, document })));
  }
  const versionOf = (document: ParsedDocument): string => (isValid(document) ? document.definition.metadata.version : '0.0.0');
  parsed.sort((a, b) => compareVersions(versionOf(a.document), versionOf(b.document)));
  // Each is a commit of its own, on a path of its own: none takes another's place.
  const plan = planSync({
    source: 'files', isWhole: false, holdings: [], rejections: [], known: new Map(), isOwnerGone: () => false, enforcesPolicies: rules.enforcesPolicies,
    commits: parsed.map(({ path, document }) => ({ id: '0'.repeat(40), at: new Date(0).toISOString(), author: '', changes: [{ path: `${path}\0${document.document}`, documents: [document] }] })),
  });
  const plain = (path: string): string => path.split('\0', 1)[0] ?? path;
  const refused = new Set(plan.rejections.map(({ path }) => path));
  return {
    valid: plan.holdings.filter(({ path }) => !refused.has(path)).map(({ path, ...holding }) => ({ path: plain(path), ...holding })),
    rejected: plan.rejections.map(({ path, document, name, version, code, findings }) => ({
      path: plain(path), document, ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }), code, validation_errors: findings,
    })),
    warnings: plan.warnings.map((warning) => ({ ...warning, path: plain(warning.path) })),
  };
}
