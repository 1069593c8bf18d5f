// figures.js — what the charts show, as data and layout for Plotly. Pure: it neither loads nor draws.

/** @import {Row} from './types.js' */

/** @typedef {Record<'ink'|'ink2'|'ink3'|'line'|'line2'|'accent'|'wash'|'b'|'font', string>} Colours */
/** @typedef {{rows: Row[], events: {t: number, label: string}[], theory: any, names: string[], servers: number, shares: number[], answers: [number, number][]}} Source */
/** @typedef {{points: [number, number][], label: string}|null} Ghost */

const POINTS = 110;                      // of a line, at most: more cannot be seen and cost main thread
const PERCENTILES = ['p50', 'p95', 'p99'];

/** @param {Row[]} rows @param {number} lines how many of them share the points @returns {Row[]} */
export function thin(rows, lines = 1) {
  const every = Math.ceil(rows.length / Math.max(24, POINTS / Math.max(1, lines / 3)));
  return every < 2 ? rows : rows.filter((_, n) => n % every === 0 || n === rows.length - 1);
}

/** @param {Colours} c @param {Record<string, any>} more */
function layout(c, more) {
  const axis = { showgrid: false, zeroline: false, linecolor: c.line2, ticks: 'outside', ticklen: 4, tickcolor: c.line2, fixedrange: true, showline: true };
  return {
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', showlegend: false, hovermode: 'x', hoverdistance: 40,
    font: { family: c.font, size: 12, color: c.ink3 }, margin: { l: 44, r: 52, t: 18, b: 28 }, template: 'none', bargap: .12, ...more,
    xaxis: { ...axis, ...more.xaxis }, yaxis: { ...axis, showline: false, ticks: '', showgrid: true, gridcolor: c.line, rangemode: 'tozero', nticks: 6, ...more.yaxis },
  };
}

/** Words on a chart, all in one trace: as annotations each would cost a millisecond of every update. */
class Labels {
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
 * @param {Source['events']} events @param {[number, number]} span @param {[number, number]} reach from and to which value @param {Colours} c @param {Labels} labels */
function marks(events, span, reach, c, labels) {
  let last = -Infinity;
  /** @type {(number|null)[]} */ const x = [], /** @type {(number|null)[]} */ y = [], wide = span[1] - span[0];
  for (const e of events) {
    const at = e.t / 1000;
    if (at <= span[0] || at > span[1]) continue;
    x.push(at, at, null); y.push(reach[0], reach[1], null);
    if (at - last > wide * .16) { labels.add(at, reach[1], e.label, at > span[0] + wide * .78 ? 'top left' : 'top right', c.ink); last = at; }
  }
  return { x, y, mode: 'lines', line: { color: c.ink, width: 1 }, hoverinfo: 'skip' };
}

/** Names at the right ends of lines, pushed apart. @param {{y: number, text: string, color: string}[]} ends @param {[number, number]} reach @param {boolean} log
 * @param {number} x @param {Labels} labels */
function named(ends, [low, top], log, x, labels) {
  const place = (/** @type {number} */ y) => (log ? Math.log(Math.max(y, low) / low) / Math.log(top / low) : y / top);
  const value = (/** @type {number} */ part) => (log ? low * (top / low) ** part : part * top);
  let before = -1;
  for (const end of ends.toSorted((a, b) => a.y - b.y)) {
    before = Math.min(1, Math.max(place(end.y), before + .075));
    labels.add(x, value(before), end.text, 'middle right', end.color);
  }
}

/** Percentiles of the last answers, in ms; with two runs the p99 of both. @param {Source[]} runs @param {[number, number]} span @param {Colours} c
 * @param {{log?: boolean, ghost?: Ghost}} [how] */
export function percentiles(runs, span, c, { log = false, ghost = null } = {}) {
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
  low = log ? Math.min(Number.isFinite(low) ? low * .8 : 1, 1e5) : 0;
  top = Math.max(top * 1.12, low * 10, 10);
  if (!pair && theory?.p99 != null && theory.p99 * 1000 < top * 1.6) {
    const y = theory.p99 * 1000;
    top = Math.max(top, y * 1.08);
    shapes.push({ type: 'line', x0: span[0], x1: span[1], y0: y, y1: y, line: { color: c.ink3, width: 1, dash: 'dot' } });
    labels.add(span[0], y, 'theory p99', 'top right', c.ink3);
  }
  /** @type {[number, number]} */ const reach = [low, top];
  named(ends, reach, log, span[1], labels);
  data.push(marks(runs[0].events, span, reach, c, labels), labels.trace);
  const yaxis = log ? { type: 'log', range: [Math.log10(low), Math.log10(top)], dtick: 'D1', nticks: 0 } : { range: reach };
  return { data, layout: layout(c, { shapes, xaxis: { range: span, ticksuffix: ' s', nticks: 8 }, yaxis }) };
}

const STRIPS = 12;                       // that can be told apart on one chart

/** The servers whose queues are shown: all of them, or those that were the longest. @param {Source[]} runs @param {number} servers */
function longest(runs, servers) {
  const all = Array.from({ length: servers }, (_, i) => i);
  if (servers <= STRIPS) return all;
  const most = all.map(i => Math.max(0, ...runs.flatMap(({ rows }) => rows.map(r => r.queues[i] ?? 0))));
  return all.filter(i => runs[0].names[i]).sort((a, b) => most[b] - most[a] || a - b).slice(0, STRIPS).sort((a, b) => a - b);
}

/** Requests waiting, one strip for each server, all on one scale and in one trace; of many, the longest queues.
 * @param {Source[]} runs @param {[number, number]} span @param {Colours} c */
export function queues(runs, span, c) {
  const first = runs[0], shared = first.rows.some(r => r.shared > 0), shown = shared ? [0] : longest(runs, first.servers), strips = shown.length, labels = new Labels();
  const of = (/** @type {Row|undefined} */ r, /** @type {number} */ i) => (shared ? r?.shared : r?.queues[i]) ?? 0;
  let peak = 8;
  for (const { rows } of runs) for (const r of rows) for (const i of shown) peak = Math.max(peak, of(r, i));
  const pitch = peak * 1.2, base = (/** @type {number} */ at) => (strips - 1 - at) * pitch, name = (/** @type {number} */ i) => (shared ? 'Queue' : first.names[i]);
  /** @type {any[]} */ const data = runs.map(({ rows }, n) => {
    const seen = thin(rows, strips);
    return {
      x: shown.flatMap(() => [...seen.map(r => r.t / 1000), null]), y: shown.flatMap((i, at) => [...seen.map(r => base(at) + of(r, i)), null]),
      customdata: shown.flatMap(i => [...seen.map(r => `${name(i)}: ${of(r, i)}`), '']), hovertemplate: '%{customdata} waiting<extra></extra>',
      mode: 'lines', line: { color: n ? c.b : c.accent, width: 1.25, dash: n ? '6px,3px' : 'solid' },
    };
  });
  shown.forEach((i, at) => labels.add(span[1], base(at), runs.map(r => of(r.rows[r.rows.length - 1], i)).join(' | '), 'top right', c.ink3));
  data.push(marks(first.events, span, [0, strips * pitch], c, labels), labels.trace);
  const yaxis = { tickvals: shown.map((_, at) => base(at)), ticktext: shown.map(name), range: [-pitch * .04, strips * pitch] };
  const wide = shared || shown.every(i => name(i).length < 5) ? 44 : 66;
  return { data, layout: layout(c, { hovermode: 'closest', margin: { l: wide, r: runs.length > 1 ? 84 : 52, t: 18, b: 28 }, xaxis: { range: span, ticksuffix: ' s', nticks: 8 }, yaxis }) };
}

/** Each server's share of the requests of the last segment. @param {Source[]} runs @param {[number, number]} _span @param {Colours} c */
export function shares(runs, _span, c) {
  const there = Array.from({ length: runs[0].servers }, (_, i) => i).filter(i => runs[0].names[i]), y = there.map(i => runs[0].names[i]);
  const data = runs.map(({ shares: found }, n) => {
    const x = there.map(i => (found[i] ?? 0) * 100);
    return { type: 'bar', orientation: 'h', y, x, marker: { color: n ? c.b : c.accent }, text: x.map(v => `${v.toFixed(1)} %`), textposition: 'outside', cliponaxis: false, textfont: { size: 11, color: c.ink2 }, hoverinfo: 'skip' };
  });
  const even = 100 / Math.max(1, y.length), top = Math.max(even * 1.5, ...data.flatMap(d => d.x)) * 1.15;
  const shapes = [{ type: 'line', x0: even, x1: even, yref: 'paper', y0: 0, y1: 1, line: { color: c.ink3, width: 1, dash: 'dot' } }];
  const annotations = [{ x: even, yref: 'paper', y: 1.05, text: 'even', showarrow: false, yanchor: 'bottom', font: { size: 11, color: c.ink3 } }];
  return { data, layout: layout(c, { shapes, annotations, margin: { l: 44, r: 52, t: 22, b: 28 }, barmode: 'group', hovermode: false, xaxis: { range: [0, top], ticksuffix: ' %', nticks: 6 }, yaxis: { autorange: 'reversed', showgrid: false, nticks: 24, type: 'category' } }) };
}

/** The lower edge of a bucket in ms: four to each doubling. @param {number} b */
export const edge = b => (1 + (b & 3) / 4) * 2 ** (b >> 2) / 1000;

/** How many answers took how long since the last change, on a log axis. @param {Source[]} runs @param {[number, number]} _span @param {Colours} c */
export function histogram(runs, _span, c) {
  const data = runs.map(({ answers }, n) => {
    const total = answers.reduce((sum, [, count]) => sum + count, 0) || 1, sorted = answers.toSorted((a, b) => a[0] - b[0]);
    const low = sorted[0]?.[0] ?? 0, high = sorted[sorted.length - 1]?.[0] ?? 0, by = new Map(sorted);
    const buckets = Array.from({ length: high - low + 1 }, (_, i) => low + i), y = buckets.map(b => (by.get(b) ?? 0) / total * 100);
    return { x: buckets.flatMap(b => [edge(b), edge(b + 1)]), y: y.flatMap(v => [v, v]), mode: 'lines', fill: 'tozeroy', fillcolor: n ? 'rgba(0,0,0,0)' : c.wash, line: { color: n ? c.b : c.accent, width: 1.5, dash: n ? '6px,3px' : 'solid' }, hovertemplate: '%{x:.2f} ms: %{y:.1f} %<extra></extra>' };
  });
  const all = data.flatMap(d => d.x).filter(v => v > 0), low = all.length ? Math.min(...all) : 1, high = all.length ? Math.max(...all) : 100;
  return { data, layout: layout(c, { xaxis: { type: 'log', range: [Math.log10(low), Math.log10(high)], ticksuffix: ' ms', dtick: 1, minor: { ticks: 'outside', ticklen: 2, tickcolor: c.line2 } }, yaxis: { ticksuffix: ' %' }, hovermode: 'closest' }) };
}
