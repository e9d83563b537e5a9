/** Formats, rpm: what a client needs to use a published tree: the keys, and a `.repo` file as dnf.conf(5) has it. */

import type { PublishedKeys } from '../../core/format.js';
import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';
import type { StoredFile } from '../../core/repository.js';

/** The name under `/etc/pki/rpm-gpg` that administrators expect. */
export function keyFiles(repository: string, keys: PublishedKeys): readonly { readonly path: RelativePath; readonly bytes: Uint8Array }[] {
  return [{ path: keyFilePath(repository), bytes: Buffer.from(keys.armored) }];
}

/** A `.repo` file with `<URL>` for the address of the tree. Clients check what was checked here, where there is a key to check it with. */
export function renderClientConfig(repository: string, files: readonly StoredFile[], signedBy: readonly string[]): string {
  const keyPath = keyFilePath(repository);
  const hasKey = files.some(({ path }) => path === keyPath);
  // Metadata of our own making may be unsigned, whoever signed upstream's.
  const isSigned = signedBy.length > 0 && files.some(({ kind }) => kind === 'repomd.asc');
  return [
    `# /etc/yum.repos.d/${repository}.repo`,
    `[${repository}]`,
    `name=${repository}`,
    'baseurl=<URL>',
    'enabled=1',
    `gpgcheck=${hasKey ? 1 : 0}`,
    `repo_gpgcheck=${hasKey && isSigned ? 1 : 0}`,
    ...(hasKey ? [`gpgkey=<URL>/${keyPath}`] : []),
    '',
  ].join('\n');
}

function keyFilePath(repository: string): RelativePath {
  return parseRelativePath(`RPM-GPG-KEY-${repository}`);
}
