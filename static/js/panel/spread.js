// spread.js — figures without a time axis, as data and layout for Plotly: how requests are spread over servers, and answers over times.

/** @import {Colours, Figure, How, Source} from './figures.js' */

import { GAP, Labels, MARGIN, around, layout, logly, roomy } from './axes.js';
import { merged } from './pair.js';

const ROWS = 12;                         // bars that each have room for their name and number
const LETTER = 6.2;                      // px, of the numbers on an axis
const TAIL = .002;                       // the part of the answers, at the left, that is not worth decades of axis

/** The servers that share what their station gets: one that is alone in it has all, and is shown when nobody shares. @param {Source} run */
function sharing({ names, stations, servers }) {
  const all = Array.from({ length: servers }, (_, i) => i).filter(i => names[i]), beside = all.filter(i => all.some(n => n !== i && stations[n] === stations[i]));
  return beside.length ? beside : all;
}

/** What each server would get if those of its station in the rotation got equally much, in %; of two runs both where they differ.
 * @param {Source[]} runs @param {number[]} there */
function evens(runs, there) {
  const [a, b] = runs.map(({ stations, chosen }) => there.map(i => 100 / Math.max(1, there.filter(n => stations[n] === stations[i] && chosen[n]).length)));
  return b && a.some((even, n) => even !== b[n]) ? [a, b] : [a];
}

/** Each server's share of the requests of the last segment. @param {Source[]} runs @param {[number, number]} _span @param {Colours} c
 * @param {How} [how] @returns {Figure} */
export function shares(runs, _span, c, { held = [] } = {}) {
  const whole = merged(runs), { names } = whole, there = sharing(whole), y = there.map((_, n) => n), every = Math.ceil(there.length / ROWS);
  const data = runs.map(({ shares: found }, n) => (
    { type: 'bar', orientation: 'h', y, x: there.map(i => (found[i] ?? 0) * 100), marker: { color: n ? c.b : c.accent }, hoverinfo: 'skip' }));
  const fair = evens(runs, there), apart = fair.length > 1;
  const most = Math.max(...data.flatMap(d => d.x)), top = Math.min(100, roomy(Math.max(Math.max(...fair.flat()) * 1.5, most) * 1.15, held[0]));
  const shapes = fair.flatMap((even, r) => y.filter(n => !n || even[n] !== even[n - 1]).map(n => {
    const last = y.findLast(m => even[m] === even[n]) ?? n;
    return { type: 'line', x0: even[n], x1: even[n], y0: n - .5, y1: last + .5, line: { color: [apart ? c.accent : c.line2, c.b][r], width: 1, dash: 'dot' } };
  }));
  const labels = new Labels(), largest = y.find(n => data.some(d => d.x[n] === most));                // of too many, the one that stands out
  for (const n of every < 2 ? y : y.filter(at => at === largest && most > 0)) {
    const said = data.map((d, r) => (runs[r].names[there[n]] ? d.x[n].toFixed(1) : '–')).join(' | ');
    labels.add(top, n, `${GAP}${every < 2 ? '' : `${names[there[n]]} `}${said} %`, 'middle right', c.ink2);
  }
  const side = (/** @type {number} */ r) => (!apart ? 'center' : fair[r][0] > fair[1 - r][0] ? 'left' : 'right');      // both words away from one another
  const annotations = fair.map((even, r) => ({ x: even[0], yref: 'paper', y: 1.02, text: apart ? `even, ${'AB'[r]}` : 'even', showarrow: false, xanchor: side(r), yanchor: 'bottom', font: { size: 11, color: c.ink3 } }));
  const named = y.filter(n => n % every === 0), label = (/** @type {number} */ n) => names[there[n]];
  const yaxis = { range: [y.length - .5, -.5], showgrid: false, tickvals: named, ticktext: named.map(label) };
  const wide = named.every(n => label(n).length < 5) ? MARGIN.l : 66;
  return { data: [...data, labels.trace], layout: layout(c, { shapes, annotations, margin: { ...MARGIN, l: wide, r: runs.length > 1 ? 96 : 66, t: 22 }, barmode: 'group', hovermode: false, xaxis: { range: [0, top], ticksuffix: ' %', nticks: 6 }, yaxis }), held: [top] };
}

/** The lower edge of a bucket in ms: four to each doubling. @param {number} b */
export const edge = b => (1 + (b & 3) / 4) * 2 ** (b >> 2) / 1000;

/** The buckets of a run without the few answers that came long before the others. @param {[number, number][]} answers @param {number} total */
function kept(answers, total) {
  const sorted = answers.toSorted((a, b) => a[0] - b[0]);
  let left = total * TAIL;
  while (sorted.length > 1 && sorted[0][1] < left) left -= /** @type {[number, number]} */ (sorted.shift())[1];
  return sorted;
}

/** How many answers took how long since the last change, on a log axis. @param {Source[]} runs @param {[number, number]} _span @param {Colours} c
 * @param {How} [how] @returns {Figure} */
export function histogram(runs, _span, c, { held = [], width = 400 } = {}) {
  const data = runs.map(({ answers }, n) => {
    const total = answers.reduce((sum, [, count]) => sum + count, 0), sorted = total ? kept(answers, total) : [];
    const low = sorted[0]?.[0] ?? 0, high = sorted[sorted.length - 1]?.[0] ?? -1, by = new Map(sorted);
    const buckets = Array.from({ length: high - low + 1 }, (_, i) => low + i), y = buckets.map(b => (by.get(b) ?? 0) / total * 100);
    return { x: buckets.flatMap(b => [edge(b), edge(b + 1)]), y: y.flatMap(v => [v, v]), mode: 'lines', fill: 'tozeroy', fillcolor: n ? 'rgba(0,0,0,0)' : c.wash, line: { color: n ? c.b : c.accent, width: 1.5, dash: n ? '6px,3px' : 'solid' }, hovertemplate: '%{x:.2f} ms: %{y:.1f} %<extra></extra>' };
  });
  const all = data.flatMap(d => d.x).filter(v => v > 0), [low, high] = all.length ? around(Math.min(...all), Math.max(...all)) : [1, 100], top = roomy(Math.max(1, ...data.flatMap(d => d.y)) * 1.06, held[0]);
  const words = (/** @type {number} */ v) => `${v.toLocaleString('en', { maximumFractionDigits: 6 })} ms`, room = Math.max(...[low, high].map(v => words(v).length)) * LETTER + 8;
  const tickvals = logly(low, high, width - MARGIN.l - MARGIN.r, room), ticktext = tickvals.map(words);
  const annotations = all.length ? [] : [{ xref: 'paper', yref: 'paper', x: .5, y: .5, text: 'no answer yet since the last change', showarrow: false, font: { size: 12, color: c.ink3 } }];
  return { data, layout: layout(c, { annotations, xaxis: { type: 'log', range: [Math.log10(low), Math.log10(high)], tickvals, ticktext, minor: { ticks: 'outside', ticklen: 2, tickcolor: c.line2, dtick: 'D1' } }, yaxis: { ticksuffix: ' %', range: [0, top] }, hovermode: 'closest' }), held: [top] };
}
