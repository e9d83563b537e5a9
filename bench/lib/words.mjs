/** Bench: made-up packages that look like a distribution's: names, versions, dependencies, files. The same for the same numbers. */

import { createHash } from 'node:crypto';

const stems = ['lib', 'python3-', 'perl-', 'golang-github-', 'node-', 'ruby-', 'gnome-', 'kde-', 'texlive-', 'rust-', 'fonts-', 'php-', ''];
const words = ['alder', 'birch', 'cedar', 'dogwood', 'elm', 'fir', 'gorse', 'hazel', 'ivy', 'juniper', 'larch', 'maple', 'nettle', 'oak', 'pine', 'rowan', 'sorrel', 'thyme', 'willow', 'yew'];
const tails = ['', '-dev', '-common', '-doc', '-utils', '1', '2t64', '-bin', '-data', '-perl'];
const sections = ['libs', 'python', 'perl', 'golang', 'javascript', 'ruby', 'gnome', 'kde', 'tex', 'rust', 'fonts', 'php', 'utils'];

/**
 * Day 1 has all of them; on day 2 of 1000 packages 10 have a new version, 2 are gone and 5 are new.
 * @returns {readonly {name: string, version: string, release: number, section: string, summary: string, depends: readonly string[], seed: number}[]}
 */
export function makePackages(count, day) {
  const packages = [];
  const added = day === 1 ? 0 : Math.round(count * 0.005);
  for (let index = 0; index < count + added; index += 1) {
    if (day === 2 && index < count && index % 500 === 7) continue;
    const isUpdated = day === 2 && index % 100 === 3;
    packages.push(makePackage(index, isUpdated ? 2 : 1));
  }
  return packages;
}

function makePackage(index, release) {
  const name = nameOf(index);
  const dependencies = Array.from({ length: index % 7 }, (_, step) => nameOf((index * 31 + step * 977) % Math.max(index, 1)));
  return {
    name,
    version: `${1 + (index % 9)}.${index % 23}.${index % 11}`,
    release,
    section: sections[index % sections.length],
    summary: `${words[index % words.length]} and ${words[(index * 7) % words.length]} for the bench, number ${index}`,
    depends: [...new Set(dependencies)].filter((dependency) => dependency !== name),
    seed: index * 16 + release,
  };
}

function nameOf(index) {
  const stem = stems[index % stems.length];
  const word = words[Math.floor(index / stems.length) % words.length];
  const tail = tails[Math.floor(index / (stems.length * words.length)) % tails.length];
  return `${stem}${word}${Math.floor(index / (stems.length * words.length * tails.length))}x${tail}`;
}

/** Bytes that no compression shrinks, the same for the same seed; beyond a megabyte they are repeated. */
export function makeBody(seed, sizeBytes) {
  const chunks = [];
  let block = createHash('sha512').update(String(seed)).digest();
  for (let length = 0; length < Math.min(sizeBytes, 2 ** 20); length += block.length) {
    chunks.push(block);
    block = createHash('sha512').update(block).digest();
  }
  const piece = Buffer.concat(chunks);
  return piece.length >= sizeBytes ? piece.subarray(0, sizeBytes) : Buffer.alloc(sizeBytes, piece);
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
