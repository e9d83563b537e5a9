/** What others have written never becomes markup, and leads nowhere but to web pages. */

import { describe, expect, it } from 'vitest';
import { html, safeHref } from '../../src/portal/html.js';

describe('html', () => {
  it('escapes text and attributes, and leaves HTML that is a value as it is', () => {
    const hostile = '<img src=x onerror="alert(1)">&\'';
    expect(html`<p title="${hostile}">${hostile}${html`<b>${hostile}</b>`}</p>`.text).toBe(
      '<p title="&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;">&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;<b>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;&#39;</b></p>',
    );
  });

  it('puts lists together, and nothing for what is not there', () => {
    expect(html`${['a', ['<', 1]]}${undefined}${false}${''}${0}`.text).toBe('a&lt;10');
  });

  it('shows control characters and turned directions as what they are', () => {
    expect(html`${'a\u0000b\u202egpj.exe\u2066\u009b'}`.text).toBe('a\ufffdb\ufffdgpj.exe\ufffd\ufffd');
    expect(html`${'one\ntwo\tthree é 木'}`.text).toBe('one\ntwo\tthree é 木');
  });
});

describe('addresses of others', () => {
  it.each(['https://example.org/a?b=c#d', 'HTTP://example.org/', '../../Packages/a-1.rpm', 'a/b:c', '?q=a:b', '#x'])('lead somewhere: %s', (address) => {
    expect(safeHref(address)).toBe(address);
  });

  it.each([
    '', 'javascript:alert(1)', 'JavaScript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'java\tscript:alert(1)', '\u0001javascript:alert(1)', 'data:text/html,x', 'vbscript:x',
    '//example.org/', '\\\\example.org\\', '/\\example.org', 'file:///etc/passwd', 'https:evil', 'http:///x', 'blob:x',
  ])('lead nowhere: %j', (address) => {
    expect(safeHref(address)).toBeUndefined();
  });
});
