/** Bench: the walls as bars, work by work, in one SVG. Own drawing: a few rectangles need no library. */

import { costsOf, isFloor, isOurs, medianOf } from './goals.mjs';

const widths = { label: 250, bars: 520, figure: 90 };
const heights = { bar: 14, gap: 3, title: 26, row: 16 };
const colours = { own: '#1f6f8b', peer: '#b8b8b8', floor: '#e3d9b4', text: '#222222', quiet: '#666666' };

/** Each work has its own scale: its slowest tool is as wide as there is room. */
export function renderPlot(suites, title) {
  const marks = [];
  let y = heights.title;
  const text = (x, at, content, { size = 11, colour = colours.text, weight = 'normal', anchor = 'start' } = {}) =>
    marks.push(`<text x="${x}" y="${at}" font-size="${size}" fill="${colour}" font-weight="${weight}" text-anchor="${anchor}">${escape(content)}</text>`);
  text(10, 18, title, { size: 13, weight: 'bold' });
  for (const suite of suites) {
    for (const { work, tools } of suite.rows.filter(({ isLoad }) => isLoad !== true)) {
      const bars = Object.entries(tools).filter(([, result]) => costsOf(result).length > 0).map(([tool, result]) => ({ tool, seconds: medianOf(result, 'seconds') }));
      const longest = Math.max(...bars.map(({ seconds }) => seconds));
      y += heights.row + 10;
      text(10, y, `${suite.title}: ${work}`, { size: 12, weight: 'bold' });
      y += 5;
      bars.forEach(({ tool, seconds }) => {
        const width = Math.max(1, (seconds / longest) * widths.bars);
        const colour = isOurs(tool) ? colours.own : isFloor(tool) ? colours.floor : colours.peer;
        text(widths.label - 8, y + heights.bar - 3, tool, { anchor: 'end', colour: isOurs(tool) ? colours.text : colours.quiet });
        marks.push(`<rect x="${widths.label}" y="${y}" width="${width.toFixed(1)}" height="${heights.bar}" fill="${colour}"/>`);
        text(widths.label + width + 5, y + heights.bar - 3, `${seconds.toFixed(2)} s`, { colour: colours.quiet });
        y += heights.bar + heights.gap;
      });
    }
  }
  const width = widths.label + widths.bars + widths.figure;
  const height = y + 14;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" role="img" aria-label="${escape(title)}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`, ...marks, '</svg>', '',
  ].join('\n');
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
