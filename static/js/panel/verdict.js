// verdict.js — what the server found out about A and B: a sentence, and each measure's difference with its interval. The table says
// its roles, because a phone sets each row in two lines.

import { roomy } from './axes.js';
import { make, shown, svg } from './make.js';

const W = 200, H = 24;                   // of a bar, stretched to its place

/** @typedef {{label: string, unit: string, scale: number, digits: number, a: number, b: number, difference: number, low: number, high: number, real: boolean}} Measure */

/** @param {{sentence: string, pairs: number, seconds: number, counted_from: number, measures: Record<string, Measure>}} found */
export function verdict(found) {
  const rows = Object.values(found.measures).filter(m => m.a !== m.b || m.real);
  const heads = ['Measure', 'A', 'B', 'B − A', '95 % interval', 'Real or chance'].map((text, n) => make('th', { scope: 'col', role: 'columnheader' }, make('span', { className: n % 5 ? '' : 'vh' }, text)));
  heads[4].append(scale('', '', '0'));
  const head = make('tr', { role: 'row' }, ...heads);
  const body = rows.map(m => {
    const more = { ...m, digits: Math.min(3, m.digits + 1) };
    const sign = (/** @type {number} */ v) => { const text = shown(Math.abs(v), more); return /[1-9]/.test(text) ? `${v > 0 ? '+' : '−'}${text}` : text; };
    const low = sign(m.low), high = sign(m.high), none = !/[1-9]/.test(low + high);                    // less than can be shown
    return make('tr', { role: 'row' }, make('th', { scope: 'row', role: 'rowheader' }, `${m.label}, ${m.unit}`), ...[shown(m.a, more), shown(m.b, more), sign(m.difference)].map(text => make('td', { role: 'cell' }, text)),
      make('td', { role: 'cell' }, make('span', {}, low === high ? low : `${low} to ${high}`), ...(none ? [] : [bar(m)])), make('td', { role: 'cell' }, none ? 'none to see' : m.real ? 'real' : 'may be chance'));
  });
  const note = `${found.pairs} pairs of runs with the same requests, ${found.seconds} simulated seconds each, settings and faults as they are now from the beginning on; counted from ${found.counted_from} s.`;
  return make('div', { role: 'status' }, make('p', { className: 'verdict-says' }, found.sentence), ...(rows.length ? [make('div', { className: 'table-scroll' }, make('table', { role: 'table' }, make('thead', { role: 'rowgroup' }, head), make('tbody', { role: 'rowgroup' }, ...body)))] : []), make('p', { className: 'verdict-note' }, note));
}

/** The interval on a scale of its own, as long on both sides of zero: left of it B is lower, right of it higher. @param {Measure} m */
function bar(m) {
  const most = roomy(Math.max(Math.abs(m.low), Math.abs(m.high)) * m.scale), end = most.toLocaleString('en', { maximumFractionDigits: 6 });
  const x = (/** @type {number} */ v) => +((1 + v * m.scale / most) * W / 2).toFixed(2), y = H / 2, low = x(m.low), high = x(m.high);
  return scale(`−${end}`, `+${end}`, '0', svg('path', { class: 'axis', d: `M0 ${y}H${W}M0 ${y - 4}V${y + 4}M${W} ${y - 4}V${y + 4}` }), svg('path', { class: 'zero', d: `M${W / 2} 0V${H}` }),
    svg('path', { class: 'span', d: `M${low} ${y}H${high}M${low} ${y - 6}V${y + 6}M${high} ${y - 6}V${y + 6}` }), svg('path', { class: 'dot', d: `M${x(m.difference)} ${y}h.01` }));
}

/** @param {string} from @param {string} to @param {string} zero @param {...Node} marks */
function scale(from, to, zero, ...marks) {
  return make('span', { className: 'interval', 'aria-hidden': 'true' }, make('span', {}, from),
    svg('svg', { viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: 'none' }, ...marks), make('span', {}, zero), make('span', {}, to));
}
