/** Formats, apt: the records of the lists beside Packages, kept with their packages: by version as far as they tell one. */

import { createFieldPicker } from '../../kit/deb822.js';
import { asStanza } from './select-packages.js';
import type { Selection } from './kept-packages.js';
import type { Selected } from './unite-records.js';

const pickTranslation = createFieldPicker(['Package', 'Description-md5']);

/** A description of i18n/Translation-*: of one name there are several where there are several versions. */
export function selectTranslation(stanza: Buffer, { names, hasDescription }: Selection): Selected | undefined {
  const [name, md5] = pickTranslation(stanza);
  if (name === undefined) return undefined;
  const isKept = md5 === undefined ? names.has(name) : hasDescription(name, md5);
  return isKept ? { key: `${name} ${md5 ?? ''}`, bytes: asStanza(stanza) } : undefined;
}

const pickCommands = createFieldPicker(['name', 'version', 'suite']);

/** A package's commands in cnf/Commands-*; the first stanza there names suite, component and architecture. */
export function selectCommands(stanza: Buffer, { names, mayHaveVersion }: Selection): Selected | undefined {
  const [name, version, suite] = pickCommands(stanza);
  if (name === undefined) return suite === undefined ? undefined : { key: '', bytes: asStanza(stanza), isHeader: true };
  const isKept = version === undefined ? names.has(name) : mayHaveVersion(name, version);
  return isKept ? { key: `${name} ${version ?? ''}`, bytes: asStanza(stanza) } : undefined;
}

/** A component of dep11/Components-*.yml (AppStream, "DEP-11 YAML"): it names its package without a version. The first document there is the list's own. */
export function selectComponent(document: Buffer, { names }: Selection): Selected | undefined {
  const text = document.toString('latin1');
  const name = scalar(text, 'Package');
  if (name === undefined) return scalar(text, 'File') === undefined ? undefined : { key: '', bytes: document, isHeader: true };
  return names.has(name) ? { key: `${name} ${scalar(text, 'ID') ?? ''}`, bytes: document } : undefined;
}

/** Of a top-level key, which stands at the beginning of a line. */
function scalar(text: string, key: 'Package' | 'ID' | 'File'): string | undefined {
  const value = patterns[key].exec(text)?.[1];
  return value === undefined ? undefined : /^(['"])(.*)\1$/.exec(value)?.[2] ?? value;
}

const patterns = { Package: /^Package:[ \t]*(\S.*?)[ \t\r]*$/m, ID: /^ID:[ \t]*(\S.*?)[ \t\r]*$/m, File: /^File:[ \t]*(\S.*?)[ \t\r]*$/m };
