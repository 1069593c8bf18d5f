// verdict.js — what the server found out about A and B: a sentence, and each measure's difference with its interval. The table says
// its roles, because a phone sets each row in two lines.

import { make, shown, svg } from './make.js';

const W = 220, H = 18;

/** @typedef {{label: string, unit: string, scale: number, digits: number, a: number, b: number, difference: number, low: number, high: number, real: boolean}} Measure */

/** @param {{sentence: string, pairs: number, seconds: number, counted_from: number, measures: Record<string, Measure>}} found */
export function verdict(found) {
  const rows = Object.values(found.measures).filter(m => m.a !== m.b || m.real);
  const head = make('tr', { role: 'row' }, ...['', 'A', 'B', 'B − A', '95 % interval', ''].map(text => make('th', { scope: 'col', role: 'columnheader' }, text)));
  const body = rows.map(m => {
    const more = { ...m, digits: Math.min(3, m.digits + 1) };
    const sign = (/** @type {number} */ v) => { const text = shown(Math.abs(v), more); return /[1-9]/.test(text) ? `${v > 0 ? '+' : '−'}${text}` : text; };
    const low = sign(m.low), high = sign(m.high), none = !/[1-9]/.test(low + high);                    // less than can be shown
    return make('tr', { role: 'row' }, make('th', { scope: 'row', role: 'rowheader' }, `${m.label}, ${m.unit}`), ...[shown(m.a, more), shown(m.b, more), sign(m.difference)].map(text => make('td', { role: 'cell' }, text)),
      make('td', { role: 'cell' }, bar(m), low === high ? low : `${low} to ${high}`), make('td', { role: 'cell' }, none ? 'none to see' : m.real ? 'real' : 'may be chance'));
  });
  const note = `${found.pairs} pairs of runs with the same requests, ${found.seconds} simulated seconds each, settings and faults as they are now from the beginning on; counted from ${found.counted_from} s.`;
  return make('div', { role: 'status' }, make('p', { className: 'verdict-says' }, found.sentence), ...(rows.length ? [make('div', { className: 'table-scroll' }, make('table', { role: 'table' }, make('thead', { role: 'rowgroup' }, head), make('tbody', { role: 'rowgroup' }, ...body)))] : []), make('p', { className: 'verdict-note' }, note));
}

/** The interval on a scale around zero. @param {Measure} m */
function bar(m) {
  const most = Math.max(Math.abs(m.low), Math.abs(m.high), 1e-12) * 1.15, x = (/** @type {number} */ v) => W / 2 + v / most * W / 2;
  return svg('svg', { class: 'interval', viewBox: `0 0 ${W} ${H}`, 'aria-hidden': 'true' },
    svg('path', { class: 'zero', d: `M${W / 2} 0V${H}` }), svg('path', { class: 'span', d: `M${x(m.low)} ${H / 2}H${x(m.high)}M${x(m.low)} 4V${H - 4}M${x(m.high)} 4V${H - 4}` }), svg('circle', { cx: x(m.difference), cy: H / 2, r: 3.5 }));
}
