/** Portal: what every page has round its content. No script and no style is written into a page: the policy that each one states forbids it. */

import { Html, html, type Content } from './html.js';

/** What all pages of a site have in common. */
export interface SiteFacts {
  /** There are repositories, or could be; otherwise it is the site of a catalog alone. */
  readonly hasMirror: boolean;
  readonly hasArtifacts: boolean;
  /** Another one when style or script change: what browsers have kept of the former is not used with new pages. */
  readonly assetsDigest: string;
  /** Served by the service itself: every state can be compared, and nothing is left out for being expensive. */
  readonly isLive: boolean;
}

export type SectionName = 'overview' | 'packages' | 'snapshots' | 'advisories' | 'artifacts' | 'history' | 'pool';

export interface PageHead {
  /** Within the site: `repositories/rhel9.html`. */
  readonly path: string;
  readonly title: string;
  readonly section: SectionName;
  /** A line below the title. */
  readonly lead?: Content;
  /** Pages above this one. */
  readonly trail?: readonly { readonly title: string; readonly path: string }[];
}

/** Who made a page: how a site is known again. */
export const generatorMark = '<meta name="generator" content="Chantal">';

const policy = 'default-src \'none\'; script-src \'self\'; style-src \'self\'; img-src \'self\'; connect-src \'self\'; form-action \'self\'; base-uri \'none\'';

/** From a page to the top of the site: `../../`, or nothing. */
export function rootOf(path: string): string {
  return '../'.repeat(path.split('/').length - 1);
}

/** From one page to another; each part of the path is escaped. */
export function linkTo(from: string, to: string): string {
  return `${rootOf(from)}${to.split('/').map(encodeURIComponent).join('/')}`;
}

export function renderPage(facts: SiteFacts, head: PageHead, content: Content): string {
  const root = rootOf(head.path);
  const asset = (name: string): string => `${root}assets/${name}?v=${facts.assetsDigest.slice(0, 12)}`;
  return html`<!doctype html>
<html lang="en" data-root="${root}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
${mark}
<title>${head.title} – Chantal</title>
<link rel="icon" href="${asset('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${asset('portal.css')}">
<script src="${asset('portal.js')}" defer></script>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header class="top">
<div class="bar">
<a class="brand" href="${root}index.html"><svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="M3 7l9-4 9 4-9 4zM3 12l9 4 9-4M3 17l9 4 9-4"/></svg>Chantal</a>
<p class="live" id="live" role="status" hidden></p>
${searchForm(facts, root)}
</div>
<nav aria-label="Sections"><ul>${sectionsOf(facts).map(({ name, title, path }) => html`<li><a href="${root}${path}"${name === head.section && ariaCurrent(path === head.path)}>${title}</a></li>`)}</ul></nav>
</header>
<main id="main" tabindex="-1">
${head.trail !== undefined && html`<nav class="trail" aria-label="Above"><ol>${head.trail.map(({ title, path }) => html`<li><a href="${linkTo(head.path, path)}">${title}</a></li>`)}</ol></nav>`}
<h1>${head.title}</h1>
${head.lead !== undefined && html`<p class="lead">${head.lead}</p>`}
${content}
</main>
<footer><p>Times are UTC.${facts.hasMirror && ' What is shown here is held by this mirror, in latest or in a snapshot.'}</p></footer>
</body>
</html>
`.text;
}

/** It was written by us. */
const mark: Html = new Html(generatorMark);

function ariaCurrent(isThis: boolean): Html {
  return isThis ? html` aria-current="page"` : html` aria-current="true"`;
}

function searchForm({ hasMirror }: SiteFacts, root: string): Html {
  const path = hasMirror ? 'packages/index.html' : 'index.html';
  return html`<form class="find" role="search" action="${root}${path}" method="get"><label class="unseen" for="find">Search ${hasMirror ? 'packages' : 'artifacts'}</label><input id="find" name="q" type="search" placeholder="Search ${hasMirror ? 'packages' : 'artifacts'}" autocomplete="off" spellcheck="false" maxlength="200"></form>`;
}

function sectionsOf({ hasMirror, hasArtifacts }: SiteFacts): readonly { readonly name: SectionName; readonly title: string; readonly path: string }[] {
  return [
    ...(hasMirror ? [
      { name: 'overview', title: 'Overview', path: 'index.html' },
      { name: 'packages', title: 'Packages', path: 'packages/index.html' },
      { name: 'snapshots', title: 'Snapshots', path: 'snapshots/index.html' },
      { name: 'advisories', title: 'Advisories', path: 'advisories/index.html' },
    ] as const : []),
    ...(hasArtifacts ? [{ name: 'artifacts', title: 'Artifacts', path: hasMirror ? 'artifacts/index.html' : 'index.html' }] as const : []),
    ...(hasMirror ? [
      { name: 'history', title: 'History', path: 'history.html' },
      { name: 'pool', title: 'Pool', path: 'pool.html' },
    ] as const : []),
  ];
}
