/** Formats, rpm: a package as the catalog describes it. Pure. */

import type { CatalogLanguage } from '../../core/catalog.js';
import { formatEvr, parseEvr } from './evr.js';

export const catalog: CatalogLanguage = {
  artifactType: 'rpm',
  facts({ name, version: evr, arch, attributes }) {
    if (arch === 'src' || arch === 'nosrc') return undefined;
    const { epoch, version, release } = parseEvr(evr);
    const { built, summary, license, vendor, group } = attributes;
    return {
      version,
      dists: distTags(release),
      ...(built === undefined ? {} : { builtAt: new Date(Number(built) * 1000).toISOString() }),
      metadata: {
        name,
        ...(epoch === '' ? {} : { epoch }),
        version,
        release,
        arch,
        ...(summary === undefined ? {} : { summary }),
        ...(license === undefined ? {} : { license }),
        ...(vendor === undefined ? {} : { vendor }),
        ...(group === undefined ? {} : { group }),
      },
    };
  },
  versionOf(metadata) {
    const text = (key: string): string => (typeof metadata[key] === 'string' ? metadata[key] : '');
    return formatEvr({ epoch: text('epoch'), version: text('version'), release: text('release') });
  },
};

/** `1.el9_4.2` → el9, `3.module+el8.9.0+1234` → el8, `2.fc42` → fc42, `1.amzn2023.0.1` → amzn2023; none where the release has no such tag. */
function distTags(release: string): readonly string[] {
  const tag = /(?:^|[.+])(el\d+|fc\d+|amzn\d+|azl\d+|mga\d+|sles?\d+|lp\d+)(?=$|[._+~^])/.exec(release)?.[1];
  return tag === undefined ? [] : [tag];
}
