/** Bench: dnf's reposync, makecache and repodiff, and createrepo_c's mergerepo_c. They check digests, as Chantal does here. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** @param isDefault as many downloads at once as dnf has by itself, instead of as many as ours */
export function openDnf(directory, { isDefault = false } = {}) {
  mkdirSync(directory, { recursive: true });
  const common = ['--quiet', `--setopt=cachedir=${join(directory, 'cache')}`, '--setopt=reposdir=/nonexistent', ...(isDefault ? [] : ['--setopt=max_parallel_downloads=10']), '--nogpgcheck', '--forcearch=x86_64', '--refresh'];
  return {
    reposync: (url) => [['dnf', 'reposync', ...common, `--repofrompath=bench,${url}`, '--repoid=bench', `--download-path=${join(directory, 'tree')}`, '--download-metadata']],
    makecache: (url) => [['dnf', 'makecache', ...common, `--repofrompath=bench,${url}`, '--repo=bench', '--setopt=optional_metadata_types=filelists']],
    repodiff: (a, b) => [['dnf', 'repodiff', ...common, `--repofrompath=old,${a}`, `--repofrompath=new,${b}`, '--repo-old=old', '--repo-new=new']],
  };
}

export function mergerepo(directory, ...trees) {
  mkdirSync(directory, { recursive: true });
  return [['mergerepo_c', '--all', '--omit-baseurl', ...trees.flatMap((tree) => ['--repo', `file://${tree}`]), '--outputdir', directory]];
}
