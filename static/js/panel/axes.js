// axes.js — what the charts have in common: axes that keep still while they can, words, marks of what happened.

/** @import {Row} from './types.js' */
/** @import {Colours, Source} from './figures.js' */

const POINTS = 110;                      // of a line, at most: more cannot be seen and cost main thread
export const MARGIN = { l: 44, r: 52, t: 18, b: 28 };      // px round a chart, for numbers and names
const LETTER = 5.6;                      // px, of the words on a chart
const APART = .075;                      // of a chart's height, from one name of a line to the next
export const GAP = '\u2009\u2009';                 // between the end of a line and its name
const STEPS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** @param {Row[]} rows @param {number} lines how many of them share the points @returns {Row[]} */
export function thin(rows, lines = 1) {
  const every = Math.ceil(rows.length / Math.max(24, POINTS / Math.max(1, lines / 3)));
  return every < 2 ? rows : rows.filter((_, n) => n % every === 0 || n === rows.length - 1);
}

/** An axis's end above a value: a round number, and the one it had while that still fits. One that is outgrown leaves room for more.
 * @param {number} value @param {number} [held] */
export function roomy(value, held = 0) {
  if (value <= held && value > held * .4) return held;
  const need = held && value > held ? value * 1.4 : value, unit = 10 ** Math.floor(Math.log10(need));
  return (STEPS.find(step => step * unit >= need * (1 - 1e-9)) ?? 10) * unit;
}

/** An axis's start below a value, for log axes. @param {number} value @param {number} [held] */
export function lowly(value, held = 0) { return 1 / roomy(1 / value, held && 1 / held); }

/** Values from 0 to one of those ends, in as large steps of 1, 2 or 5 times a power of ten as divide it. Of a count they are whole.
 * @param {number} top @returns {number[]} */
export function evenly(top) {
  const unit = 10 ** Math.floor(Math.log10(top)), whole = (/** @type {number} */ n) => Math.abs(n - Math.round(n)) < 1e-9;
  const parts = [5, 2, 1, .5].map(step => top / (step * unit)).find(n => n > 1.5 && whole(n)) ?? 2;
  return Array.from({ length: Math.round(parts) + 1 }, (_, n) => n * top / parts);
}

const SERIES = [1, 2, 5], LEAST = Math.log10(2);         // the labels of a log axis; the least of what lies between two, in decades
/** @param {number} n @returns {number} the values of that series by number, 0 for 1 */
const nth = n => +(SERIES[(n % 3 + 3) % 3] * 10 ** Math.floor(n / 3)).toPrecision(1);
/** @param {number} v @returns {number} the number of the last one that is not above a value */
const upTo = v => { let n = 3 * Math.floor(Math.log10(v)); while (nth(n + 1) <= v * (1 + 1e-9)) n++; return n; };

/** The ends of a log axis round two values: of that series, with at least one more between them. @param {number} low @param {number} high @returns {[number, number]} */
export function around(low, high) {
  let from = upTo(low), to = upTo(high);
  if (nth(to) < high * (1 - 1e-9)) to++;
  while (to - from < 2) if (low / nth(from) < nth(to) / high) from--; else to++;           // more room where there is less
  return [nth(from), nth(to)];
}

/** The labels of a log axis: 1, 2 and 5 of each power of ten, or the powers alone where those have no room.
 * @param {number} low @param {number} high @param {number} px how long it is @param {number} room px that a label wants @returns {number[]} */
export function logly(low, high, px, room) {
  const every = LEAST * px / Math.log10(high / low) < room ? 3 : 1, first = upTo(low), all = Array.from({ length: upTo(high) - first + 1 }, (_, n) => first + n);
  const labels = all.filter(n => n % every === 0).map(nth).filter(v => v >= low * (1 - 1e-9));
  return labels.length > 1 ? labels : [low, high];
}

/** @param {Colours} c @param {Record<string, any>} more */
export function layout(c, more) {
  const axis = { showgrid: false, zeroline: false, separatethousands: true, exponentformat: 'none', linecolor: c.line2, ticks: 'outside', ticklen: 4, tickcolor: c.line2, fixedrange: true, showline: true };
  return {
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', showlegend: false, dragmode: false, hovermode: 'x', hoverdistance: 40,
    font: { family: c.font, size: 12, color: c.ink3 }, margin: MARGIN, template: 'none', bargap: .12, ...more,
    xaxis: { ...axis, ...more.xaxis }, yaxis: { ...axis, showline: false, ticks: '', showgrid: true, gridcolor: c.line, rangemode: 'tozero', nticks: 6, ...more.yaxis },
  };
}

/** Words on a chart, all in one trace: as annotations each would cost a millisecond of every update. */
export class Labels {
  /** @type {number[]} */ x = [];
  /** @type {number[]} */ y = [];
  /** @type {string[]} */ text = [];
  /** @type {string[]} */ at = [];
  /** @type {string[]} */ color = [];

  /** @param {number} x @param {number} y @param {string} text @param {string} at @param {string} color */
  add(x, y, text, at, color) { this.x.push(x); this.y.push(y); this.text.push(text); this.at.push(at); this.color.push(color); }

  /** @returns {any} */
  get trace() { return { x: this.x, y: this.y, text: this.text, mode: 'text', textposition: this.at, textfont: { size: 11, color: this.color }, cliponaxis: false, hoverinfo: 'skip' }; }
}

/** What happened, as one trace of lines across the chart; labels that would overlap give way.
 * @param {Source['events']} events @param {[number, number]} span @param {[number, number]} reach from and to which value @param {Colours} c @param {Labels} labels
 * @param {number} px how long the time axis is */
export function marks(events, span, reach, c, labels, px) {
  let free = -Infinity;
  /** @type {(number|null)[]} */ const x = [], /** @type {(number|null)[]} */ y = [], wide = span[1] - span[0];
  for (const e of events) {
    const at = e.t / 1000;
    if (at <= span[0] || at > span[1] || at === x[x.length - 2]) continue;
    x.push(at, at, null); y.push(reach[0], reach[1], null);
    const long = wide * (e.label.length + 2) * LETTER / px, over = at + long - span[1];
    const before = over > Math.max(0, span[0] - at + long), left = before ? at - long : at;      // where more of it is on the axis
    if (left < free) continue;
    labels.add(at, reach[1], e.label, before ? 'top left' : 'top right', c.ink);
    free = left + long;
  }
  return { x, y, mode: 'lines', line: { color: c.ink, width: 1 }, hoverinfo: 'skip' };
}

/** Names at the right ends of lines, pushed apart. @param {{y: number, text: string, color: string}[]} ends @param {[number, number]} reach @param {boolean} log
 * @param {number} x @param {Labels} labels */
export function named(ends, [low, top], log, x, labels) {
  const place = (/** @type {number} */ y) => (log ? Math.log(Math.max(y, low) / low) / Math.log(top / low) : y / top);
  const value = (/** @type {number} */ part) => (log ? low * (top / low) ** part : part * top);
  const sorted = ends.toSorted((a, b) => a.y - b.y);
  let below = -.03, above = 1 + APART;   // so that the lowest stands clear of the axis, and the highest inside
  const parts = sorted.map(end => (below = Math.max(place(end.y), below + APART)));
  for (let n = parts.length - 1; n >= 0; n--) above = parts[n] = Math.min(parts[n], above - APART);
  sorted.forEach((end, n) => labels.add(x, value(parts[n]), GAP + end.text, 'middle right', end.color));
}
