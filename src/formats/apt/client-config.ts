/** Formats, apt: what a client needs to use a published tree, in the form of sources.list(5), DEB822-STYLE FORMAT. */

import type { StoredFile } from '../../core/repository.js';
import { keyFileName } from './key-file.js';

/** What of one distribution a published tree holds. */
interface PublishedSuite {
  readonly suite: string;
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  readonly hasSources: boolean;
}

/**
 * A `.sources` file, with `<URL>` for the address of the tree: a stanza for each distribution. Architectures are named, for apt would
 * ask for every one of the machine's that Release lists, mirrored or not.
 */
export function renderClientConfig(repository: string, files: readonly StoredFile[], signedBy: readonly string[]): string {
  const keyName = keyFileName(repository);
  const keyring = `/etc/apt/keyrings/${keyName}`;
  // Metadata of our own making may be unsigned, whoever signed upstream's.
  const isSigned = signedBy.length > 0 && files.some(({ kind }) => kind === 'inrelease' || kind === 'release.gpg');
  const isVerifiable = isSigned && files.some(({ path }) => path === keyName);
  const trust = isVerifiable ? `Signed-By: ${keyring}` : 'Trusted: yes';
  const comment = isVerifiable
    ? `# curl -fsSLo ${keyring} <URL>/${keyName}\n# /etc/apt/sources.list.d/${repository}.sources\n`
    : `# Not verified: no signature of this repository was checked.\n# /etc/apt/sources.list.d/${repository}.sources\n`;
  return comment + findSuites(files).map((suite) => renderStanza(suite, trust)).join('\n');
}

function renderStanza({ suite, components, architectures, hasSources }: PublishedSuite, trust: string): string {
  const lines = [`Types: deb${hasSources ? ' deb-src' : ''}`, 'URIs: <URL>', `Suites: ${suite}`];
  if (components.length > 0) lines.push(`Components: ${components.join(' ')}`);
  if (architectures.length > 0) lines.push(`Architectures: ${architectures.join(' ')}`);
  return `${[...lines, trust].join('\n')}\n`;
}

function findSuites(files: readonly StoredFile[]): readonly PublishedSuite[] {
  const directories = new Set(files.filter(({ kind }) => rootKinds.has(kind)).map(({ path }) => directoryOf(path)));
  // A flat repository without Release has nothing but its index.
  if (directories.size === 0) for (const file of files) if (file.kind === 'packages') directories.add(directoryOf(file.path));
  return [...directories].sort().map((directory) => describeSuite(directory, files));
}

const rootKinds: ReadonlySet<string> = new Set(['inrelease', 'release']);

function describeSuite(directory: string, files: readonly StoredFile[]): PublishedSuite {
  const below = files.filter(({ path }) => path.startsWith(directory)).map(({ path }) => path.slice(directory.length));
  const hasSources = below.some((path) => /(?:^|\/)Sources(?:\.[a-z0-9]+)?$/.test(path));
  if (!directory.startsWith('dists/')) return { suite: directory || './', components: [], architectures: [], hasSources };
  const indexes = below.flatMap((path) => {
    const match = /^(.+?)\/(?:binary-([^/]+)|source)\/(?:Packages|Sources)(?:\.[a-z0-9]+)?$/.exec(path);
    return match === null || match[1]!.endsWith('debian-installer') ? [] : [{ component: match[1]!, architecture: match[2] }];
  });
  return {
    suite: directory.slice('dists/'.length, -1),
    components: [...new Set(indexes.map(({ component }) => component))].sort(),
    architectures: [...new Set(indexes.flatMap(({ architecture }) => architecture ?? []))].filter((name) => name !== 'all').sort(),
    hasSources,
  };
}

/** With its slash; empty for the repository's root. */
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
