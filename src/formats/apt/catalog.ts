/** Formats, apt: a package as the catalog describes it. Pure. */

import type { CatalogLanguage } from '../../core/catalog.js';
import type { AptOptions } from './options.js';

/** Releases that people know by number. What is not among them keeps its own word (`sid`, `stable`, a vendor's suite). */
const releases: Readonly<Record<string, string>> = {
  trusty: 'ubuntu-14.04', xenial: 'ubuntu-16.04', bionic: 'ubuntu-18.04', focal: 'ubuntu-20.04', jammy: 'ubuntu-22.04', noble: 'ubuntu-24.04',
  stretch: 'debian-9', buster: 'debian-10', bullseye: 'debian-11', bookworm: 'debian-12', trixie: 'debian-13', forky: 'debian-14',
};

export const catalog: CatalogLanguage<AptOptions> = {
  artifactType: 'deb',
  facts({ name, version, arch, path, attributes }, options) {
    if (arch === 'source' || path.endsWith('.udeb')) return undefined;
    const { section, priority, summary, maintainer, distribution } = attributes;
    const distributions = distribution?.split(' ') ?? (options?.distributions.length === 1 ? options.distributions : []);
    return {
      version: upstreamVersion(version),
      dists: [...new Set(distributions.flatMap(distOf))],
      metadata: {
        package: name,
        version,
        architecture: arch,
        ...(section === undefined ? {} : { section }),
        ...(priority === undefined ? {} : { priority }),
        ...(summary === undefined ? {} : { description: summary }),
        ...(maintainer === undefined ? {} : { maintainer }),
      },
    };
  },
  versionOf: ({ version }) => (typeof version === 'string' ? version : ''),
};

/** Without epoch and Debian revision (deb-version(7)). */
function upstreamVersion(version: string): string {
  return version.replace(/^\d+:/, '').replace(/-[^-]*$/, '');
}

/** `jammy-updates` and `bookworm/updates` belong to the release; a flat repository (`./`) to none. */
function distOf(distribution: string): readonly string[] {
  if (distribution.endsWith('/')) return [];
  const [codename = ''] = distribution.split('/');
  const base = codename.replace(/-(updates|security|backports|proposed|proposed-updates|backports-sloppy|lts)$/, '');
  return [releases[base] ?? base];
}
