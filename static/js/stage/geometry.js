// geometry.js — where everything stands on a stage, from the stations and the canvas' size. Pure: it draws nothing.
//
// Across: clients, then one column for the edges, one for each pool of servers, one for what stands behind them (caches,
// stores, databases, one below the other). Narrow: see stacked.js. A server has two lines; one of many has a single line.

/** @import {Group, Layout, Station} from '../panel/types.js' */
/** @import {Block} from './parts.js' */

import { clamp, rowAt, widthOf } from './parts.js';
import { stacked, stackedHeight } from './stacked.js';
import { CLIENTS, balanced, callersOf, columnsOf, firsts, keeps, mainOf, waits } from './stations.js';

const NAME = 26;                         // room above a station for its name, where several share a column
const TOP = 52, LINE = 20;               // the headings; the height of a server that has one line

/** @param {Station[]} stations @param {number[]} counts @param {number} W */
const stacks = (stations, counts, W) => W < (columnsOf(stations).length > 1 ? 250 + 140 * columnsOf(stations).length : counts[0] > 30 ? 720 : 480);

/** Columns and height of so many servers, across. @param {number} n @param {boolean} alone whether there is no other station */
function rowsFor(n, alone) {
  if (n <= 6) return { cols: 1, dense: false, high: alone ? Math.max(224, n * 68) : n * (n > 4 ? 50 : 62) };
  if (n <= (alone ? 12 : 10)) return { cols: 1, dense: false, high: alone ? Math.max(408, n * 38) : n * 40 };
  const cols = n > 30 ? 2 : 1;
  return { cols, dense: true, high: Math.ceil(n / cols) * LINE };
}

/** How high a stage wants to be. @param {Station[]} stations @param {number[]} counts servers of each @param {number} W @param {boolean} ruler */
export function heightFor(stations, counts, W, ruler) {
  if (stacks(stations, counts, W)) return stackedHeight(stations, counts, ruler);
  const alone = stations.length === 1;
  const high = columnsOf(stations).map(c => c.reduce((sum, k) => sum + rowsFor(counts[k], alone).high + (c.length > 1 ? NAME + 10 : 0), 0));
  return TOP + (ruler ? 60 : 34) + Math.round(Math.max(224, ...high));
}

/** @param {Station[]} stations @param {number[]} counts servers of each that are there @param {{W: number, H: number, pad: number, ruler: boolean}} size
 * @returns {Layout} */
export function layout(stations, counts, size) {
  const found = stacks(stations, counts, size.W) ? stacked(stations, counts, size) : across(stations, counts, size);
  for (const g of found.groups) for (const r of g.rows) found.places.set(r.i, r);
  return found;
}

/** @param {Station} s @param {boolean} main @param {number} columns @param {boolean} dense @param {number} W @param {number} cols @returns {Block} */
function block(s, main, columns, dense, W, cols) {
  const xl = W >= 940, md = W >= 640, few = s.queue_limit <= 8;           // places: a rule of that length needs no room for more
  if (!waits(s)) return { queue: 0, workers: xl ? 56 : 44, gap: 14, util: keeps(s) ? 52 : 0, rug: 0, name: dense ? 50 : 0 };
  if (columns === 1 && dense) return { queue: few ? 56 : cols > 1 ? (xl ? 96 : 56) : xl ? 224 : 150, workers: xl && cols < 2 ? 64 : 44, gap: 14, util: 76, rug: cols > 1 || !xl ? 0 : 128, name: 52 };
  if (columns === 1) {
    return { queue: few ? 96 : xl ? 192 : md ? 162 : clamp(W * .235, 96, 150), workers: xl ? 116 : md ? 108 : 84, gap: xl ? 28 : md ? 22 : 14, util: xl ? 84 : md ? 92 : 52, rug: xl ? 128 : 0, name: 0 };
  }
  if (dense) return { queue: xl ? 80 : 44, workers: 24, gap: 10, util: xl && s.kind === 'database' ? 84 : 40, rug: 0, name: 52 };
  if (main) return { queue: xl ? 128 : 84, workers: xl ? 84 : 60, gap: 14, util: xl ? 60 : 44, rug: 0, name: 0 };
  return { queue: xl ? 92 : 72, workers: xl ? 60 : 40, gap: 14, util: 44, rug: 0, name: 0 };
}

/** @param {Station[]} stations @param {number[]} counts @param {{W: number, H: number, pad: number, ruler: boolean}} size @returns {Layout} */
function across(stations, counts, { W, H, pad, ruler }) {
  const wide = W >= 940, medium = W >= 640, foot = ruler ? 60 : 34, mid = TOP + (H - TOP - foot) / 2, alone = stations.length === 1;
  const columns = columnsOf(stations), main = mainOf(stations), start = firsts(stations);
  const shapes = stations.map((s, k) => {
    const { cols, dense, high } = rowsFor(counts[k], alone), b = block(s, k === main, columns.length, dense, W, cols);
    return { cols, high, b, colW: widthOf(b) + 28, per: Math.ceil(counts[k] / cols) };
  });
  const widths = columns.map(c => Math.max(...c.map(k => shapes[k].cols * shapes[k].colW - 28)));
  const boxW = columns.length > 1 ? (wide ? 70 : 50) : wide ? 96 : medium ? 78 : 54;
  /** @type {number[]} */ const boxes = columns.map(c => (c.some(k => balanced(stations, k)) ? boxW : 0));
  const free = W - 2 * pad - 16 - widths.reduce((a, b) => a + b, 0) - boxes.reduce((a, b) => a + b, 0);
  const gap = free / columns.reduce((n, _, c) => n + (boxes[c] ? 2 : 1), 0);
  /** @type {Group[]} */ const groups = [];
  let x = pad + 16;
  columns.forEach((column, c) => {
    const boxX = x + gap * (columns.length === 1 ? .9 : 1), names = column.length > 1 ? NAME : 0;
    x += boxes[c] ? gap * 2 + boxes[c] : gap;
    const room = H - TOP - foot - column.length * names - (column.length - 1) * 10, wanted = column.reduce((sum, k) => sum + shapes[k].high, 0);
    const stretch = Math.min(room / wanted, column.some(k => shapes[k].b.name) ? 1.2 : 9);
    const pitches = column.map(k => Math.min(shapes[k].high * stretch / shapes[k].per, shapes[k].b.name ? 24 : counts[k] === 1 && alone ? 96 : 92));
    let y = mid - (column.reduce((sum, k, n) => sum + pitches[n] * shapes[k].per + names, 0) + (column.length - 1) * 10) / 2;
    column.forEach((k, at) => {
      y += names;
      const { per, cols, colW, b } = shapes[k], pitch = pitches[at], center = y + pitch * per / 2, N = counts[k];
      const rows = Array.from({ length: N }, (_, n) => rowAt(start[k] + n, k, Math.floor(n / per), Math.round(x + Math.floor(n / per) * colW), y + pitch * (n % per), pitch, b));
      const step = Math.min(pitch * (cols > 1 ? .42 : .62), 46), h = step * Math.max(1, N) + 8, boxed = balanced(stations, k);
      const box = boxed ? { x: boxX, y: center - h / 2, w: boxes[c], h } : null;
      const ports = rows.map((r, n) => ({ x: box ? box.x + box.w : x - Math.min(90, gap * .62), y: box ? center + ((n % per) * cols + r.sub - (N - 1) / 2) * step : center }));
      const hub = box ? { x: box.x, y: center } : N > 1 ? { x: ports[0].x, y: center } : { x: Math.round(x), y: rows[0]?.y ?? center };
      const right = Math.round(x + cols * colW - 28), named = stations[k].mark?.length > 1 || alone;
      groups.push({ station: k, label: stations[k].label, main: k === main, x: Math.round(x), right, rows, ports, hub, box, hits: keeps(stations[k]), cross: 0,
        from: callersOf(stations, k), head: named ? null : { x: Math.round(x), y: names ? y - 4 : 27 } });
      y += pitch * per + 10;
    });
    x += widths[c];
  });
  groups.sort((a, b) => a.station - b.station);
  const spread = Math.min((H - TOP - foot) * .84, 380);
  const clients = Array.from({ length: CLIENTS }, (_, k) => ({ x: pad + 8, y: mid + (k / (CLIENTS - 1) - .5) * spread }));
  return { kind: 'across', W, H, pad, top: TOP, foot, wide, medium, clients, groups, places: new Map(), tray: { x: pad, y: H - foot + 12, w: W - 2 * pad } };
}

/** The server whose instrument is at a point, -1 for none. @param {Layout} L @param {number} x @param {number} y */
export function serverAt(L, x, y) {
  for (const r of L.places.values()) if (x > r.x - 10 && x < r.right + 6 && y > r.top && y < r.top + r.h) return r.i;
  return -1;
}
