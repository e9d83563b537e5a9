/** Bench: what it needs and what it compares with, from Debian. Without the former it cannot run; one of the latter that is missing says so in its row. */

import { ensurePrograms, tryPrograms } from '../../scripts/lib/debian-packages.mjs';

const needed = { '/usr/bin/time': 'time', nginx: 'nginx-light', curl: 'curl', gpg: 'gnupg' };

const peers = {
  aptly: 'aptly', debmirror: 'debmirror', gpgv: 'gpgv', 'apt-mirror': 'apt-mirror', wget: 'wget', reprepro: 'reprepro', dnf: 'dnf', 'dnf reposync': 'dnf-plugins-core',
  wrk: 'wrk', createrepo_c: 'createrepo-c', mergerepo_c: 'createrepo-c', '/usr/lib/nginx/modules/ngx_http_echo_module.so': 'libnginx-mod-http-echo',
};

export function installPrograms() {
  ensurePrograms(needed, 'The bench');
  tryPrograms(peers);
}
