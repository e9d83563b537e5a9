/** Operations: what a package file says of itself, as rpm or dpkg-deb read it. */

import { formatMoment } from '../../catalog/render.js';
import type { CatalogTools } from '../../core/catalog-tools.js';
import { ChantalError } from '../../core/errors.js';

export interface ExtractedMetadata {
  readonly metadata: Readonly<Record<string, string>>;
  /** ISO; a deb does not say. */
  readonly builtAt?: string;
}

const rpmTags = ['name', 'epoch', 'version', 'release', 'arch', 'summary', 'license', 'vendor', 'group', 'buildtime'] as const;
const debFields = { Package: 'package', Version: 'version', Architecture: 'architecture', Section: 'section', Priority: 'priority', Description: 'description', Maintainer: 'maintainer' } as const;

/** @throws E_USAGE when the tool is not there, or does not take it for a package */
export async function extractMetadata(tools: CatalogTools, type: 'rpm' | 'deb', path: string): Promise<ExtractedMetadata> {
  return type === 'rpm' ? extractRpm(tools, path) : extractDeb(tools, path);
}

async function extractRpm(tools: CatalogTools, path: string): Promise<ExtractedMetadata> {
  const format = rpmTags.map((tag) => `%{${tag.toUpperCase()}}\\n`).join('');
  const values = (await run(tools, 'rpm', ['-qp', '--nosignature', '--nodigest', '--qf', format, '--', path], path)).split('\n');
  const { buildtime = '', ...told } = present(rpmTags.map((tag, index) => [tag, values[index]] as const));
  return { metadata: told, ...(/^\d+$/.test(buildtime) ? { builtAt: formatMoment(new Date(Number(buildtime) * 1000)) } : {}) };
}

async function extractDeb(tools: CatalogTools, path: string): Promise<ExtractedMetadata> {
  const control = await run(tools, 'dpkg-deb', ['-f', path, ...Object.keys(debFields)], path);
  const fields = control.split('\n').flatMap((line) => {
    const [, name = '', value = ''] = /^([A-Za-z-]+): (.*)$/.exec(line) ?? [];
    const key = debFields[name as keyof typeof debFields] as string | undefined;
    return key === undefined ? [] : [[key, value] as const];
  });
  return { metadata: present(fields) };
}

async function run(tools: CatalogTools, command: string, args: readonly string[], path: string): Promise<string> {
  const { code, stdout, stderr } = await tools.run(command, args);
  if (code === 0) return stdout;
  if (code === undefined) {
    throw new ChantalError('E_USAGE', `${command} cannot be run`, { hint: `Install ${command === 'rpm' ? 'rpm' : 'dpkg'}, or leave --extract-metadata out.`, context: { path } });
  }
  throw new ChantalError('E_USAGE', `${command} cannot read the package: ${stderr.trim().slice(0, 300)}`, { context: { path } });
}

/** rpm writes `(none)` for what is not there. */
function present(values: readonly (readonly [string, string | undefined])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(values.flatMap(([key, value]) => (value === undefined || value === '' || value === '(none)' ? [] : [[key, value] as const])));
}
