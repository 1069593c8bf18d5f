// figures.js — what the charts show, as data and layout for Plotly. Pure: it neither loads nor draws.

/** @import {Row} from './types.js' */

import { Labels, layout, lowly, marks, named, roomy, thin } from './axes.js';

/** @typedef {Record<'ink'|'ink2'|'ink3'|'line'|'line2'|'accent'|'wash'|'b'|'font', string>} Colours */
/** @typedef {{rows: Row[], events: {t: number, label: string}[], theory: any, names: string[], servers: number, shares: number[], answers: [number, number][]}} Source */
/** @typedef {{points: [number, number][], label: string}|null} Ghost */
/** @typedef {{log?: boolean, ghost?: Ghost, held?: number[]}} How held: the ends that the value axis had, kept while they fit */
/** @typedef {{data: any[], layout: any, held: number[]}} Figure */

const PERCENTILES = ['p50', 'p95', 'p99'];

/** Percentiles of the last answers, in ms; with two runs the p99 of both. @param {Source[]} runs @param {[number, number]} span @param {Colours} c
 * @param {How} [how] @returns {Figure} */
export function percentiles(runs, span, c, { log = false, ghost = null, held = [] } = {}) {
  const pair = runs.length > 1, { theory } = runs[0], labels = new Labels();
  /** @type {{y: number, text: string, color: string}[]} */ const ends = [];
  /** @type {any[]} */ const shapes = [];
  let top = 0, low = Infinity;
  /** @type {any[]} */ const data = runs.flatMap(({ rows }, n) => {
    const seen = thin(rows), x = seen.map(r => r.t / 1000), color = n ? c.b : c.accent, band = pair ? [] : seen.filter(r => r.p95 != null);
    const lines = (pair ? ['p99'] : PERCENTILES).map((name, k) => {
      const y = seen.map(r => (r[name] == null ? null : r[name] * 1000)), found = /** @type {number[]} */ (y.filter(v => v != null && v > 0));
      top = Math.max(top, ...found); low = Math.min(low, ...found);
      if (found.length) ends.push({ y: found[found.length - 1], text: pair ? `${'AB'[n]} ${name}` : name, color });
      return { x, y, mode: 'lines', line: { color, width: pair ? 2 : [1.25, 1.5, 2.25][k], dash: n ? '6px,3px' : 'solid' }, hovertemplate: `${pair ? `${'AB'[n]} ` : ''}${name} %{y:.1f} ms<extra></extra>` };
    });
    if (pair) return lines;
    const floor = { x: band.map(r => r.t / 1000), y: band.map(r => r.p50 * 1000), mode: 'lines', line: { width: 0 }, hoverinfo: 'skip' };
    return [lines[0], floor, { ...lines[1], x: floor.x, y: band.map(r => r.p95 * 1000), fill: 'tonexty', fillcolor: c.wash }, lines[2]];
  });
  if (ghost) {
    const y = ghost.points.map(p => p[1]);
    data.push({ x: ghost.points.map(p => p[0]), y, mode: 'lines', line: { color: c.accent, width: 2, dash: '2px,4px' }, hovertemplate: `${ghost.label} %{y:.0f} ms<extra></extra>` });
    top = Math.max(top, ...y);
    ends.push({ y: y[y.length - 1], text: 'yours', color: c.accent });
  }
  low = log ? lowly(Math.min(Number.isFinite(low) ? low * .9 : 1, 1e5), held[0]) : 0;
  top = Math.max(top * 1.06, low * 10, 10);
  if (!pair && theory?.p99 != null && theory.p99 * 1000 < top * 1.6) {
    const y = theory.p99 * 1000;
    top = Math.max(top, y * 1.08);
    shapes.push({ type: 'line', x0: span[0], x1: span[1], y0: y, y1: y, line: { color: c.ink3, width: 1, dash: 'dot' } });
    labels.add(span[0], y, 'theory p99', 'top right', c.ink3);
  }
  top = roomy(top, held[1]);
  /** @type {[number, number]} */ const reach = [low, top];
  named(ends, reach, log, Math.min(span[1], (runs[0].rows.at(-1)?.t ?? Infinity) / 1000), labels);
  data.push(marks(runs[0].events, span, reach, c, labels), labels.trace);
  const yaxis = log ? { type: 'log', range: [Math.log10(low), Math.log10(top)], dtick: 'D1', nticks: 0 } : { range: reach };
  return { data, layout: layout(c, { shapes, xaxis: { range: span, ticksuffix: ' s', nticks: 8 }, yaxis }), held: reach };
}

const STRIPS = 12;                       // that can be told apart on one chart

/** The servers whose queues are shown: all of them, or those that were the longest. @param {Source[]} runs @param {number} servers */
function longest(runs, servers) {
  const all = Array.from({ length: servers }, (_, i) => i).filter(i => runs[0].names[i]);
  if (all.length <= STRIPS) return all;
  /** @type {number[]} */ const most = [];
  for (const i of all) most[i] = Math.max(0, ...runs.flatMap(({ rows }) => rows.map(r => r.queues[i] ?? 0)));
  return all.sort((a, b) => most[b] - most[a] || a - b).slice(0, STRIPS).sort((a, b) => a - b);
}

/** Requests waiting, one strip for each server, all on one scale and in one trace; of many, the longest queues.
 * @param {Source[]} runs @param {[number, number]} span @param {Colours} c @param {How} [how] @returns {Figure} */
export function queues(runs, span, c, { held = [] } = {}) {
  const first = runs[0], shared = first.rows.some(r => r.shared > 0), shown = shared ? [0] : longest(runs, first.servers), strips = Math.max(1, shown.length), labels = new Labels();
  const of = (/** @type {Row|undefined} */ r, /** @type {number} */ i) => (shared ? r?.shared : r?.queues[i]) ?? 0;
  let peak = 8;
  for (const { rows } of runs) for (const r of rows) for (const i of shown) peak = Math.max(peak, of(r, i));
  peak = roomy(peak, held[0]);
  const base = (/** @type {number} */ at) => strips - 1 - at, high = (/** @type {number} */ v) => v / peak / 1.2, name = (/** @type {number} */ i) => (shared ? 'Queue' : first.names[i]);
  /** @type {any[]} */ const data = runs.map(({ rows }, n) => {
    const seen = thin(rows, strips);
    return {
      x: shown.flatMap(() => [...seen.map(r => r.t / 1000), null]), y: shown.flatMap((i, at) => [...seen.map(r => base(at) + high(of(r, i))), null]),
      customdata: shown.flatMap(i => [...seen.map(r => `${name(i)}: ${of(r, i)}`), '']), hovertemplate: '%{customdata} waiting<extra></extra>',
      mode: 'lines', line: { color: n ? c.b : c.accent, width: 1.25, dash: n ? '6px,3px' : 'solid' },
    };
  });
  shown.forEach((i, at) => labels.add(span[1], base(at), runs.map(r => of(r.rows[r.rows.length - 1], i)).join(' | '), 'top right', c.ink3));
  data.push(marks(first.events, span, [0, strips], c, labels), labels.trace);
  const yaxis = { tickvals: shown.map((_, at) => base(at)), ticktext: shown.map(name), range: [-.04, strips] };
  const wide = shared || shown.every(i => name(i).length < 5) ? 44 : 66;
  return { data, layout: layout(c, { hovermode: 'closest', margin: { l: wide, r: runs.length > 1 ? 84 : 52, t: 18, b: 28 }, xaxis: { range: span, ticksuffix: ' s', nticks: 8 }, yaxis }), held: [peak] };
}

/** Each server's share of the requests of the last segment. @param {Source[]} runs @param {[number, number]} _span @param {Colours} c
 * @param {How} [how] @returns {Figure} */
export function shares(runs, _span, c, { held = [] } = {}) {
  const there = Array.from({ length: runs[0].servers }, (_, i) => i).filter(i => runs[0].names[i]), y = there.map((_, n) => n);
  const data = runs.map(({ shares: found }, n) => {
    const x = there.map(i => (found[i] ?? 0) * 100);
    return { type: 'bar', orientation: 'h', y, x, marker: { color: n ? c.b : c.accent }, text: x.map(v => `${v.toFixed(1)} %`), textposition: 'outside', cliponaxis: false, textfont: { size: 11, color: c.ink2 }, hoverinfo: 'skip' };
  });
  const even = 100 / Math.max(1, y.length), top = roomy(Math.max(even * 1.5, ...data.flatMap(d => d.x)) * 1.15, held[0]);
  const shapes = [{ type: 'line', x0: even, x1: even, yref: 'paper', y0: 0, y1: 1, line: { color: c.ink3, width: 1, dash: 'dot' } }];
  const annotations = [{ x: even, yref: 'paper', y: 1.05, text: 'even', showarrow: false, yanchor: 'bottom', font: { size: 11, color: c.ink3 } }];
  return { data, layout: layout(c, { shapes, annotations, margin: { l: 44, r: 52, t: 22, b: 28 }, barmode: 'group', hovermode: false, xaxis: { range: [0, top], ticksuffix: ' %', nticks: 6 }, yaxis: { range: [y.length - .5, -.5], showgrid: false, tickvals: y, ticktext: there.map(i => runs[0].names[i]) } }), held: [top] };
}

/** The lower edge of a bucket in ms: four to each doubling. @param {number} b */
export const edge = b => (1 + (b & 3) / 4) * 2 ** (b >> 2) / 1000;

/** How many answers took how long since the last change, on a log axis. @param {Source[]} runs @param {[number, number]} _span @param {Colours} c
 * @param {How} [how] @returns {Figure} */
export function histogram(runs, _span, c, { held = [] } = {}) {
  const data = runs.map(({ answers }, n) => {
    const total = answers.reduce((sum, [, count]) => sum + count, 0) || 1, sorted = answers.toSorted((a, b) => a[0] - b[0]);
    const low = sorted[0]?.[0] ?? 0, high = sorted[sorted.length - 1]?.[0] ?? 0, by = new Map(sorted);
    const buckets = Array.from({ length: high - low + 1 }, (_, i) => low + i), y = buckets.map(b => (by.get(b) ?? 0) / total * 100);
    return { x: buckets.flatMap(b => [edge(b), edge(b + 1)]), y: y.flatMap(v => [v, v]), mode: 'lines', fill: 'tozeroy', fillcolor: n ? 'rgba(0,0,0,0)' : c.wash, line: { color: n ? c.b : c.accent, width: 1.5, dash: n ? '6px,3px' : 'solid' }, hovertemplate: '%{x:.2f} ms: %{y:.1f} %<extra></extra>' };
  });
  const all = data.flatMap(d => d.x).filter(v => v > 0), low = 2 ** Math.floor(Math.log2(all.length ? Math.min(...all) : 1));
  const high = 2 ** Math.ceil(Math.log2(all.length ? Math.max(...all) : 100)), top = roomy(Math.max(1, ...data.flatMap(d => d.y)) * 1.06, held[0]);
  return { data, layout: layout(c, { xaxis: { type: 'log', range: [Math.log10(low), Math.log10(Math.max(high, 2 * low))], ticksuffix: ' ms', dtick: 1, minor: { ticks: 'outside', ticklen: 2, tickcolor: c.line2 } }, yaxis: { ticksuffix: ' %', range: [0, top] }, hovermode: 'closest' }), held: [top] };
}
