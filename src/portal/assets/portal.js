/**
 * Portal: what pages do beyond being read: search, copying, addresses as this reader reaches them, and showing what happens while it
 * happens. Everything is there to be browsed without it. A plain script: modules are refused to pages that are opened as files.
 */
'use strict';

(() => {
  const root = document.documentElement.dataset.root ?? '';
  const shownResults = 200;

  // ------------------------------------------------------------ addresses and copying

  function completePage() {
    for (const place of document.querySelectorAll('var[data-href]')) {
      place.textContent = new URL(place.dataset.href, location.href).href.replace(/\/$/, '');
    }
    for (const text of document.querySelectorAll('pre[data-copy]')) addCopyButton(text);
    const box = document.querySelector('[data-search]');
    if (box !== null) startSearch(box);
  }

  function addCopyButton(text) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      button.textContent = await copy(text) ? 'Copied' : 'Selected';
      setTimeout(() => { button.textContent = 'Copy'; }, 2000);
    });
    text.after(button);
  }

  /** The clipboard is not for pages that come over plain HTTP; there the text is selected at least. */
  async function copy(element) {
    try {
      await navigator.clipboard.writeText(`${element.textContent}\n`);
      return true;
    } catch {
      getSelection()?.selectAllChildren(element);
      return document.execCommand('copy');
    }
  }

  // ------------------------------------------------------------ search

  const waiting = new Map();
  const lists = new Map();

  /** The files with names call this: scripts, for fetching is refused to pages that are opened as files. */
  globalThis.chantalNames = (key, data) => {
    waiting.get(key)?.(data);
    waiting.delete(key);
  };

  function load(address, key) {
    const known = lists.get(key);
    if (known !== undefined) return known;
    const loading = new Promise((resolve, reject) => {
      waiting.set(key, resolve);
      const script = document.createElement('script');
      script.src = address;
      script.addEventListener('error', () => reject(new Error(address)));
      script.addEventListener('load', () => script.remove());
      document.head.append(script);
    });
    lists.set(key, loading);
    loading.catch(() => lists.delete(key));
    return loading;
  }

  function startSearch(box) {
    const { search: address, pages } = box.dataset;
    const [input, found, results] = [box.querySelector('#query'), box.querySelector('#found'), box.querySelector('#results')];
    const listing = address.split('/').at(-1).replace(/\.js$/, '');
    let latest = 0;
    box.hidden = false;

    const look = async () => {
      const query = input.value.trim().toLowerCase();
      const mine = latest += 1;
      document.querySelector('#all')?.toggleAttribute('hidden', query !== '');
      if (query === '') {
        results.replaceChildren();
        found.textContent = '';
        return;
      }
      const hits = [];
      try {
        const parts = await load(address, listing);
        // Names that begin so come from one or two parts; those are asked for first.
        const near = ([, first, last]) => (first.toLowerCase().slice(0, query.length) <= query && last.toLowerCase().slice(0, query.length) >= query ? 0 : 1);
        const asked = [...parts].sort((a, b) => near(a) - near(b)).map(([slug]) => load(`${address.replace(/\.js$/, '')}/${slug}.js`, `${listing}/${slug}`));
        for (const part of asked) {
          const byPage = await part;
          if (mine !== latest) return;
          for (const [page, names] of Object.entries(byPage)) {
            for (const name of names) if (name.toLowerCase().includes(query)) hits.push({ name, page });
          }
          if (hits.length > 0) show(hits, query, false);
        }
        show(hits, query, true);
      } catch {
        if (mine === latest) found.textContent = 'The names cannot be loaded. Browse by name below.';
      }
    };

    const show = (hits, query, isDone) => {
      const rank = ({ name }) => (name.toLowerCase() === query ? 0 : name.toLowerCase().startsWith(query) ? 1 : 2);
      hits.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
      results.replaceChildren(...hits.slice(0, shownResults).map(({ name, page }) => resultOf(name, query, `${pages}${page}.html#${encodeURIComponent(`name:${name}`)}`)));
      if (!isDone) return;
      found.textContent = hits.length === 0 ? 'No name has that in it.'
        : hits.length > shownResults ? `${hits.length} names; the first ${shownResults} are shown.` : hits.length === 1 ? '1 name' : `${hits.length} names`;
    };

    input.addEventListener('input', look);
    const asked = new URLSearchParams(location.search).get('q');
    if (asked !== null && asked !== '' && input.value === '') input.value = asked;
    if (input.value !== '') look();
  }

  function resultOf(name, query, address) {
    const at = name.toLowerCase().indexOf(query);
    const part = document.createElement('mark');
    part.textContent = name.slice(at, at + query.length);
    const link = document.createElement('a');
    link.href = address;
    link.append(name.slice(0, at), part, name.slice(at + query.length));
    const item = document.createElement('li');
    item.append(link);
    return item;
  }

  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    event.preventDefault();
    (document.querySelector('#query') ?? document.querySelector('#find'))?.focus();
  });

  // ------------------------------------------------------------ live

  const happenings = ['sync.started', 'sync.finished', 'sync.failed', 'publish.finished', 'snapshot.created', 'snapshot.deleted', 'reset'];

  /** Behind `chantal serve` pages are made when they are asked for: the same page again is the new state. Elsewhere nothing tells of events. */
  async function goLive() {
    if (!location.protocol.startsWith('http')) return;
    const { events } = await (await fetch(`${root}live.json`, { cache: 'no-cache' })).json();
    if (typeof events !== 'string') return;
    const mark = document.querySelector('#live');
    const source = new EventSource(new URL(root + events, location.href));
    const tell = (isOn) => {
      mark.hidden = false;
      mark.classList.toggle('on', isOn);
      mark.textContent = isOn ? 'live' : 'not connected';
    };
    let timer;
    source.addEventListener('open', () => tell(true));
    source.addEventListener('error', () => tell(false));
    for (const name of happenings) {
      source.addEventListener(name, () => {
        clearTimeout(timer);
        timer = setTimeout(refresh, 150);
      });
    }
  }

  async function refresh() {
    const response = await fetch(location.href, { cache: 'no-cache' });
    if (!response.ok) return;
    const next = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('main');
    const main = document.querySelector('main');
    if (next === null || next.innerHTML === main.dataset.written) return;
    const query = main.querySelector('#query')?.value ?? '';
    const focused = main.contains(document.activeElement) ? placeOf(document.activeElement) : undefined;
    const opened = [...main.querySelectorAll('details')].map(({ open }) => open);
    const written = next.innerHTML;
    main.replaceChildren(...next.childNodes);
    main.dataset.written = written;
    main.querySelectorAll('details').forEach((each, index) => { each.open = opened[index] ?? false; });
    if (query !== '') main.querySelector('#query')?.setAttribute('value', query);
    lists.clear();
    completePage();
    if (focused !== undefined) main.querySelector(focused)?.focus({ preventScroll: true });
    main.classList.remove('fresh');
    requestAnimationFrame(() => main.classList.add('fresh'));
  }

  /** How an element is found again in the new page. */
  function placeOf(element) {
    if (element.id !== '') return `#${CSS.escape(element.id)}`;
    const href = element.getAttribute('href');
    return href === null ? undefined : `a[href="${CSS.escape(href)}"]`;
  }

  document.querySelector('main').dataset.written = document.querySelector('main').innerHTML;
  completePage();
  goLive().catch(() => undefined);
})();
