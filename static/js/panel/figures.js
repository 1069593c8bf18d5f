// figures.js — what the charts show, as data and layout for Plotly. Pure: it neither loads nor draws.

/** @import {Row} from './types.js' */

/** @typedef {Record<'ink'|'ink2'|'ink3'|'line'|'line2'|'accent'|'wash'|'b'|'font', string>} Colours */
/** @typedef {{rows: Row[], events: {t: number, label: string}[], theory: any, names: string[], servers: number, shares: number[], answers: [number, number][]}} Source */
/** @typedef {{points: [number, number][], label: string}|null} Ghost */

const POINTS = 140;                      // of a line, at most: more cannot be seen and cost main thread
const PERCENTILES = ['p50', 'p95', 'p99'];

/** @param {Row[]} rows @returns {Row[]} */
export function thin(rows) {
  const every = Math.ceil(rows.length / POINTS);
  return every < 2 ? rows : rows.filter((_, n) => n % every === 0 || n === rows.length - 1);
}

/** @param {Colours} c @param {Record<string, any>} more */
function layout(c, more) {
  const axis = { showgrid: false, zeroline: false, linecolor: c.line2, ticks: 'outside', ticklen: 4, tickcolor: c.line2, fixedrange: true, showline: true };
  return {
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', showlegend: false, hovermode: 'x', hoverdistance: 40,
    font: { family: c.font, size: 12, color: c.ink3 }, margin: { l: 44, r: 52, t: 10, b: 28 }, template: 'none', bargap: .12, ...more,
    xaxis: { ...axis, ...more.xaxis }, yaxis: { ...axis, showline: false, ticks: '', showgrid: true, gridcolor: c.line, rangemode: 'tozero', nticks: 6, ...more.yaxis },
  };
}

/** What happened, as lines on the time axis; labels that would overlap give way. @param {Source['events']} events @param {[number, number]} span @param {Colours} c */
function marks(events, span, c) {
  let last = -Infinity;
  const found = /** @type {{shapes: any[], annotations: any[]}} */ ({ shapes: [], annotations: [] });
  for (const e of events) {
    const x = e.t / 1000;
    if (x <= span[0] || x > span[1]) continue;
    found.shapes.push({ type: 'line', x0: x, x1: x, yref: 'paper', y0: 0, y1: 1, line: { color: c.ink, width: 1 } });
    if (x - last > (span[1] - span[0]) * .16) {
      const late = x > span[0] + (span[1] - span[0]) * .78;
      found.annotations.push({ x, yref: 'paper', y: 1.02, text: e.label, showarrow: false, xanchor: late ? 'right' : 'left', yanchor: 'top', font: { size: 11, color: c.ink } });
      last = x;
    }
  }
  return found;
}

/** Names at the right ends of lines, pushed apart. @param {{y: number, text: string, color: string}[]} ends @param {number} top @param {boolean} log @param {number} low */
function named(ends, top, log, low) {
  const place = (/** @type {number} */ y) => (log ? Math.log10(Math.max(y, low) / low) / Math.log10(top / low) : y / top), step = .075;
  let before = -1;
  return ends.toSorted((a, b) => a.y - b.y).map(end => {
    before = Math.min(1, Math.max(place(end.y), before + step));
    return { xref: 'paper', x: 1, yref: 'paper', y: before, text: end.text, showarrow: false, xanchor: 'left', xshift: 5, yanchor: 'middle', font: { size: 11, color: end.color } };
  });
}

/** Percentiles of the last answers, in ms; with two runs the p99 of both. @param {Source[]} runs @param {[number, number]} span @param {Colours} c
 * @param {{log?: boolean, ghost?: Ghost}} [how] */
export function percentiles(runs, span, c, { log = false, ghost = null } = {}) {
  const m = marks(runs[0].events, span, c), pair = runs.length > 1, { theory } = runs[0];
  /** @type {{y: number, text: string, color: string}[]} */ const ends = [];
  let top = 0, low = Infinity;
  const data = runs.flatMap(({ rows }, n) => {
    const shown = thin(rows), x = shown.map(r => r.t / 1000), color = n ? c.b : c.accent;
    const band = pair ? [] : shown.filter(r => r.p95 != null);
    const floor = { x: band.map(r => r.t / 1000), y: band.map(r => r.p50 * 1000), mode: 'lines', line: { width: 0 }, hoverinfo: 'skip' };
    const lines = (pair ? ['p99'] : PERCENTILES).map((name, k) => {
      const y = shown.map(r => (r[name] == null ? null : r[name] * 1000)), found = /** @type {number[]} */ (y.filter(v => v != null && v > 0));
      top = Math.max(top, ...found); low = Math.min(low, ...found);
      const at = found[found.length - 1];
      if (at != null) ends.push({ y: at, text: pair ? `${'AB'[n]} ${name}` : name, color });
      return { x, y, mode: 'lines', line: { color, width: pair ? 2 : [1.25, 1.5, 2.25][k], dash: n ? '6px,3px' : 'solid' }, ...(!pair && k === 1 ? { fill: 'tonexty', fillcolor: c.wash } : {}), hovertemplate: `${pair ? `${'AB'[n]} ` : ''}${name} %{y:.1f} ms<extra></extra>` };
    });
    return pair ? lines : [lines[0], floor, { ...lines[1], x: floor.x, y: band.map(r => r.p95 * 1000) }, lines[2]];
  });
  if (ghost) {
    data.push(/** @type {any} */ ({ x: ghost.points.map(p => p[0]), y: ghost.points.map(p => p[1]), mode: 'lines', line: { color: c.accent, width: 2, dash: '2px,4px' }, hovertemplate: `${ghost.label} %{y:.0f} ms<extra></extra>` }));
    top = Math.max(top, ...ghost.points.map(p => p[1]));
    ends.push({ y: ghost.points[ghost.points.length - 1][1], text: 'yours', color: c.accent });
  }
  if (!Number.isFinite(low)) low = 1;
  low = Math.min(low * .8, 1e5);
  top = Math.max(top * 1.12, log ? low * 10 : 10);
  if (!pair && theory?.p99 != null && theory.p99 * 1000 < top * 1.6) {
    const y = theory.p99 * 1000;
    top = Math.max(top, y * 1.08);
    m.shapes.push({ type: 'line', x0: span[0], x1: span[1], y0: y, y1: y, line: { color: c.ink3, width: 1, dash: 'dot' } });
    m.annotations.push({ xref: 'paper', x: 0, y: log ? Math.log10(y) : y, text: 'theory p99', showarrow: false, xanchor: 'left', yanchor: 'bottom', xshift: 4, font: { size: 11, color: c.ink3 } });
  }
  m.annotations.push(...named(ends, top, log, low));
  const yaxis = log ? { type: 'log', range: [Math.log10(low), Math.log10(top)], dtick: 'D1', nticks: 0 } : { range: [0, top] };
  return { data: /** @type {any[]} */ (data), layout: layout(c, { ...m, xaxis: { range: span, ticksuffix: ' s', nticks: 8 }, yaxis }) };
}

/** Requests waiting, one strip for each server, all on one scale. @param {Source[]} runs @param {[number, number]} span @param {Colours} c */
export function queues(runs, span, c) {
  const first = runs[0], shared = first.rows.some(r => r.shared > 0), strips = shared ? 1 : first.servers;
  const of = (/** @type {Row|undefined} */ r, /** @type {number} */ i) => (shared ? r?.shared : r?.queues[i]) ?? 0;
  let peak = 8;
  for (const { rows } of runs) for (const r of rows) for (let i = 0; i < strips; i++) peak = Math.max(peak, of(r, i));
  const pitch = peak * 1.2, base = (/** @type {number} */ i) => (strips - 1 - i) * pitch, name = (/** @type {number} */ i) => (shared ? 'Queue' : first.names[i]);
  const m = marks(first.events, span, c), many = strips > 8;
  const data = runs.flatMap(({ rows }, n) => Array.from({ length: strips }, (_, i) => {
    const shown = thin(rows);
    return { x: shown.map(r => r.t / 1000), y: shown.map(r => base(i) + of(r, i)), mode: 'lines', line: { color: n ? c.b : c.accent, width: 1.25, dash: n ? '6px,3px' : 'solid' }, customdata: shown.map(r => of(r, i)), hovertemplate: `${name(i)}: %{customdata} waiting<extra></extra>` };
  }));
  for (let i = 0; i < strips; i++) if (!many || i % 2 === 0) m.annotations.push({ x: 1, xref: 'paper', y: base(i), text: runs.map(r => of(r.rows[r.rows.length - 1], i)).join(' | '), showarrow: false, xanchor: 'left', yanchor: 'bottom', xshift: 8, font: { size: 11, color: c.ink3 } });
  const yaxis = { tickvals: Array.from({ length: strips }, (_, i) => base(i)), ticktext: Array.from({ length: strips }, (_, i) => (many && i % 2 ? '' : name(i))), range: [-pitch * .04, strips * pitch] };
  return { data, layout: layout(c, { ...m, xaxis: { range: span, ticksuffix: ' s', nticks: 8 }, yaxis }) };
}

/** Each server's share of the requests of the last segment. @param {Source[]} runs @param {[number, number]} _span @param {Colours} c */
export function shares(runs, _span, c) {
  const y = runs[0].names.slice(0, runs[0].servers);
  const data = runs.map(({ shares: found }, n) => {
    const x = y.map((_, i) => (found[i] ?? 0) * 100);
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
