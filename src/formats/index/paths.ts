/** Formats, index: where things lie in a published tree, beside the index itself. */

import { parseRelativePath, type RelativePath } from '../../core/relative-path.js';

/** Of the artifacts: an add-on and a chart may have one name. */
export const addonArch = 'addon';
export const chartArch = 'chart';

export const mirrorIndexPath = parseRelativePath('index.mirror.json');
export const chartIndexPath = parseRelativePath('charts/index.yaml');

export function addonPath(name: string): RelativePath {
  return parseRelativePath(`addons/${name}.json`);
}

export function chartPath(chart: string, version: string): RelativePath {
  return parseRelativePath(`charts/${chart}-${version}.tgz`);
}

/** @param name the template's own */
export function templatePath(name: string): RelativePath {
  return parseRelativePath(`templates/${name}.yaml`);
}
