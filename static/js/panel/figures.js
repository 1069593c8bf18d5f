// figures.js — what the charts show, as data and layout for Plotly. Pure: it neither loads nor draws.

/** @import {Row} from './types.js' */

import { Labels, MARGIN, evenly, layout, logly, lowly, marks, named, roomy, thin } from './axes.js';
import { happened, merged } from './pair.js';
import { measured, silent } from './row.js';

/** @typedef {Record<'ink'|'ink2'|'ink3'|'line'|'line2'|'accent'|'wash'|'b'|'font', string>} Colours */
/** @typedef {{rows: Row[], events: {t: number, label: string}[], theory: any, names: string[], stations: number[], waits: boolean[], chosen: boolean[], servers: number, shares: number[], answers: [number, number][]}} Source */
/** @typedef {{points: [number, number][], label: string}|null} Ghost */
/** @typedef {{log?: boolean, ghost?: Ghost, held?: number[], width?: number}} How held: the ends that the value axis had, kept while they fit; width in px */
/** @typedef {{data: any[], layout: any, held: number[], note?: string}} Figure note: what stands at the right of the title */

const many = (/** @type {number} */ n) => n.toLocaleString('en');
const HIGH = 150, LINE = 16;             // px: a chart on a phone, and a line of words
const PERCENTILES = ['p50', 'p95', 'p99'];

/** Percentiles of the last answers, in ms; with two runs the p99 of both. @param {Source[]} runs @param {[number, number]} span @param {Colours} c
 * @param {How} [how] @returns {Figure} */
export function percentiles(runs, span, c, { log = false, ghost = null, held = [], width = 400 } = {}) {
  const pair = runs.length > 1, { theory } = runs[0], labels = new Labels();
  /** @type {{y: number, text: string, color: string}[]} */ const ends = [];
  /** @type {any[]} */ const shapes = [];
  let top = 0, low = Infinity;
  /** @type {any[]} */ const data = runs.flatMap(({ rows }, n) => {
    const seen = thin(rows), x = seen.map(r => r.t / 1000), color = n ? c.b : c.accent, band = pair ? [] : seen.filter(r => r.p95 != null);
    const lines = (pair ? ['p99'] : PERCENTILES).map((name, k) => {
      const y = seen.map(r => { const v = measured(r, name); return v == null ? null : v * 1000; }), found = /** @type {number[]} */ (y.filter(v => v != null && v > 0));
      top = Math.max(top, ...found); low = Math.min(low, ...found);
      if (found.length > 1) ends.push({ y: found[found.length - 1], text: pair ? `${'AB'[n]} ${name}` : name, color });
      return { x, y, mode: 'lines', line: { color, width: pair ? 2 : [1.25, 1.5, 2.25][k], dash: n ? '6px,3px' : 'solid' }, hovertemplate: `${pair ? `${'AB'[n]} ` : ''}${name} %{y:.1f} ms<extra></extra>` };
    });
    if (pair) return lines;
    const floor = { x: band.map(r => r.t / 1000), y: band.map(r => r.p50 * 1000), mode: 'lines', line: { width: 0 }, hoverinfo: 'skip' };
    const wash = { ...floor, y: band.map(r => (silent(r) ? r.p50 : r.p95) * 1000), fill: 'tonexty', fillcolor: c.wash };      // a gap has no height
    return [lines[0], floor, wash, ...lines.slice(1)];
  });
  if (ghost) {
    const y = ghost.points.map(p => p[1]);
    data.push({ x: ghost.points.map(p => p[0]), y, mode: 'lines', line: { color: c.accent, width: 2, dash: '2px,4px' }, hovertemplate: `${ghost.label} %{y:.0f} ms<extra></extra>` });
    top = Math.max(top, ...y);
    ends.push({ y: y[y.length - 1], text: 'yours', color: c.accent });
  }
  low = log ? lowly(Math.min(Number.isFinite(low) ? low * .9 : 1, 1e5), held[0]) : 0;
  top = Math.max(top * 1.06, low * 10, 10);
  if (!pair && theory?.p99 != null && theory.p99 * 1000 < top * 2.5) {
    const y = theory.p99 * 1000;
    top = Math.max(top, y * 1.08);
    shapes.push({ type: 'line', x0: span[0], x1: span[1], y0: y, y1: y, line: { color: c.ink3, width: 1, dash: 'dot' } });
    labels.add(span[1], y, 'theory p99', 'top left', c.ink3);
  }
  top = roomy(top, held[1]);
  /** @type {[number, number]} */ const reach = [low, top];
  const last = Math.max(...runs.map(({ rows }) => rows.findLast(r => !silent(r))?.t ?? 0));
  named(ends, reach, log, Math.min(span[1], last / 1000 || Infinity), labels);
  data.push(marks(happened(runs), span, reach, c, labels, width - MARGIN.l - MARGIN.r), labels.trace);
  const tickvals = log ? logly(low, top, HIGH, LINE) : [];
  const yaxis = log ? { type: 'log', range: [Math.log10(low), Math.log10(top)], tickvals, ticktext: tickvals.map(many) } : { range: reach };
  const note = ends.length ? undefined : 'ms, once there are enough answers';
  return { note, data, layout: layout(c, { shapes, xaxis: { range: span, ticksuffix: ' s', nticks: 8 }, yaxis }), held: reach };
}

const STRIPS = 12;                       // that can be told apart on one chart

/** The servers where requests wait. @param {Source} run */
const waiting = ({ names, waits, servers }) => Array.from({ length: servers }, (_, i) => i).filter(i => names[i] && waits[i]);

/** The servers whose queues are shown: all of them, or those that were the longest. @param {Source[]} runs @param {number[]} all */
function longest(runs, all) {
  if (all.length <= STRIPS) return all;
  /** @type {number[]} */ const most = [];
  for (const i of all) most[i] = Math.max(0, ...runs.flatMap(({ rows }) => rows.map(r => r.queues[i] ?? 0)));
  return all.toSorted((a, b) => most[b] - most[a] || a - b).slice(0, STRIPS).sort((a, b) => a - b);
}

const SHARED = -1;                       // stands for the queue before all servers of a station

/** Which queues are shown: the one that all servers shared, if there was one, and each server's, unless only that one was used.
 * @param {Source[]} runs @param {number[]} all */
function queued(runs, all) {
  const rows = runs.flatMap(run => run.rows), shared = rows.some(r => r.shared > 0), own = rows.some(r => all.some(i => r.queues[i] > 0));
  return [...(shared ? [SHARED] : []), ...(own || !shared ? longest(runs, all) : [])];
}

/** Requests waiting, one strip for each server, all on one scale and in one trace; of many, the longest queues. A single queue has an axis.
 * @param {Source[]} runs @param {[number, number]} span @param {Colours} c @param {How} [how] @returns {Figure} */
export function queues(runs, span, c, { held = [], width = 400 } = {}) {
  const whole = merged(runs), { names } = whole, all = waiting(whole), shown = queued(runs, all), strips = Math.max(1, shown.length), labels = new Labels();
  const of = (/** @type {Row|undefined} */ r, /** @type {number} */ i) => (i === SHARED ? r?.shared : r?.queues[i]) ?? 0;
  let peak = 8;
  for (const { rows } of runs) for (const r of rows) for (const i of shown) peak = Math.max(peak, of(r, i));
  peak = roomy(peak, held[0]);
  const base = (/** @type {number} */ at) => strips - 1 - at, high = (/** @type {number} */ v) => v / peak / 1.2, name = (/** @type {number} */ i) => (i === SHARED ? 'Queue' : names[i]);
  /** @type {any[]} */ const data = runs.map(({ rows }, n) => {
    const seen = thin(rows, strips);
    return {
      x: shown.flatMap(() => [...seen.map(r => r.t / 1000), null]), y: shown.flatMap((i, at) => [...seen.map(r => base(at) + high(of(r, i))), null]),
      customdata: shown.flatMap(i => [...seen.map(r => `${name(i)}: ${many(of(r, i))}`), '']), hovertemplate: '%{customdata} waiting<extra></extra>',
      mode: 'lines', line: { color: n ? c.b : c.accent, width: 1.25, dash: n ? '6px,3px' : 'solid' },
    };
  });
  const alone = shown.length === 1, now = (/** @type {number} */ i) => runs.map(r => of(r.rows[r.rows.length - 1], i));
  const said = (/** @type {number} */ i) => now(i).map((v, n) => (i === SHARED || runs[n].names[i] ? many(v) : '–')).join(' | ');
  shown.forEach((i, at) => labels.add(span[1], alone ? high(Math.max(...now(i))) : base(at), said(i), alone ? 'middle right' : 'top right', c.ink3));
  const steps = evenly(peak);
  const yaxis = alone ? { tickvals: steps.map(high), ticktext: steps.map(many), range: [0, 1] }
    : { tickvals: shown.map((_, at) => base(at)), ticktext: shown.map(name), range: [-.04, strips] };
  const left = alone ? 52 : shown.every(i => name(i).length < 5) ? MARGIN.l : 66;
  const right = runs.length > 1 ? 84 : MARGIN.r;
  data.push(marks(happened(runs), span, [0, strips], c, labels, width - left - right), labels.trace);
  const own = shown.filter(i => i !== SHARED).length;
  const note = alone && own ? `requests waiting at ${name(shown[0])}` : own && own < all.length ? `requests waiting, the longest ${own} of ${all.length}` : undefined;
  return { note, data, layout: layout(c, { hovermode: 'closest', margin: { ...MARGIN, l: left, r: right }, xaxis: { range: span, ticksuffix: ' s', nticks: 8 }, yaxis }), held: [peak] };
}
