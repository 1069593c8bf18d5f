// geometry.js — where everything stands on a stage, from the stations and the canvas' size. Pure: it draws nothing.
//
// Across: clients, then one column for the edges, one for each pool of servers, one for what stands behind them (caches,
// stores, databases, one below the other). Narrow: all of it stacked, with the wires as a manifold at the left.

/** @import {Group, Layout, Place, Point, Station} from '../panel/types.js' */

export const CLIENTS = 12;
const GAP = 30;                          // between two stations in one column, room for the second one's name
const BEHIND = new Set(['cache', 'store', 'database']);

/** @param {number} v @param {number} low @param {number} high */
export const clamp = (v, low, high) => Math.max(low, Math.min(high, v));

/** The first server's global number of each station. @param {Station[]} stations @returns {number[]} */
export function firsts(stations) {
  let next = 0;
  return stations.map(s => { const first = s.first ?? next; next = first + s.max_servers; return first; });
}

/** Stations by column, in the order in which requests pass them. @param {Station[]} stations @returns {number[][]} */
export function columnsOf(stations) {
  /** @type {number[][]} */ const columns = [];
  /** @type {string[]} */ const kinds = [];
  stations.forEach((s, k) => {
    const kind = BEHIND.has(s.kind) ? 'behind' : s.kind;
    const same = kind === 'servers' ? -1 : kinds.indexOf(kind);
    if (same >= 0) columns[same].push(k);
    else { columns.push([k]); kinds.push(kind); }
  });
  return columns;
}

/** @param {Station[]} stations @param {number} W */
const stacks = (stations, W) => W < (columnsOf(stations).length > 1 ? 250 + 140 * columnsOf(stations).length : 480);

/** How high a stage wants to be. @param {Station[]} stations @param {number[]} counts servers of each @param {number} W @param {boolean} ruler */
export function heightFor(stations, counts, W, ruler) {
  if (stacks(stations, W)) {
    const rows = counts.reduce((a, b) => a + b, 0);
    return 118 + rows * (rows > 8 ? 52 : 62) + (stations.length - 1) * GAP + (ruler ? 62 : 34);
  }
  const rows = Math.max(...columnsOf(stations).map(c => c.reduce((sum, k) => sum + counts[k], 0) + (c.length - (stations.length > 1 ? 0 : 1)) * .5));
  return 52 + (ruler ? 40 : 14) + Math.round(rows <= 6 ? Math.max(224, rows * 68) : Math.max(408, rows * 38));
}

/** @param {Station[]} stations @param {number[]} counts servers of each that are there @param {{W: number, H: number, pad: number, ruler: boolean}} size
 * @returns {Layout} */
export function layout(stations, counts, size) {
  const found = stacks(stations, size.W) ? stacked(stations, counts, size) : across(stations, counts, size);
  for (const g of found.groups) for (const r of g.rows) found.places.set(r.i, r);
  return found;
}

/** @param {Station[]} stations */
const mainOf = stations => Math.max(0, stations.findIndex(s => s.kind === 'servers'));

/** The widths of one server's instrument. @param {boolean} main @param {number} columns @param {number} W */
function block(main, columns, W) {
  const xl = W >= 940, md = W >= 640;
  if (columns === 1) {
    return { queue: xl ? 192 : md ? 162 : clamp(W * .235, 96, 150), workers: xl ? 116 : md ? 108 : 84, gap: xl ? 28 : md ? 22 : 14, util: xl ? 84 : md ? 92 : 52, rug: xl ? 128 : 0 };
  }
  if (main) return { queue: xl ? 128 : 84, workers: xl ? 84 : 60, gap: 14, util: xl ? 60 : 44, rug: 0 };
  return { queue: xl ? 84 : 60, workers: xl ? 44 : 34, gap: 0, util: 0, rug: 0 };
}

/** @param {Station[]} stations @param {number[]} counts @param {{W: number, H: number, pad: number, ruler: boolean}} size @returns {Layout} */
function across(stations, counts, { W, H, pad, ruler }) {
  const wide = W >= 940, medium = W >= 640, top = 52, foot = ruler ? 40 : 14, mid = top + (H - top - foot) / 2;
  const columns = columnsOf(stations), main = mainOf(stations), start = firsts(stations);
  const parts = columns.map(c => block(c.includes(main), columns.length, W));
  const widths = parts.map(b => b.queue + 12 + b.workers + (b.util ? b.gap + b.util : 0) + (b.rug ? b.gap + b.rug : 0));
  const boxed = (/** @type {number} */ k) => stations[k].kind === 'servers' && stations[k].max_servers > 1;
  const boxW = columns.length > 1 ? (wide ? 70 : 50) : wide ? 96 : medium ? 78 : 54;
  /** @type {number[]} */ const boxes = columns.map(c => (c.some(boxed) ? boxW : 0));
  const free = W - 2 * pad - 16 - widths.reduce((a, b) => a + b, 0) - boxes.reduce((a, b) => a + b, 0);
  const gap = free / columns.reduce((n, _, c) => n + (boxes[c] ? 2 : 1), 0);
  /** @type {Group[]} */ const groups = [];
  let x = pad + 16;
  columns.forEach((column, c) => {
    const boxX = x + gap * (columns.length === 1 ? .9 : 1);
    x += boxes[c] ? gap * 2 + boxes[c] : gap;
    const names = column.includes(main) ? 0 : GAP;         // room above each for its name; the main one stands under the headings
    const b = parts[c], n = column.reduce((sum, k) => sum + counts[k], 0), room = H - top - foot - column.length * names;
    const pitch = Math.min(room / Math.max(1, n), n === 1 && column.length === 1 ? 96 : 92);
    let y = mid - (pitch * n + column.length * names) / 2;
    for (const k of column) {
      y += names;
      const rows = Array.from({ length: counts[k] }, (_, i) => rowAt(start[k] + i, k, Math.round(x), y + pitch * i, pitch, b));
      const center = y + pitch * counts[k] / 2, step = Math.min(pitch * .62, 46), h = step * Math.max(1, counts[k]) + 8;
      const box = boxed(k) ? { x: boxX, y: center - h / 2, w: boxes[c], h } : null;
      const ports = rows.map((_, i) => ({ x: box ? box.x + box.w : x - Math.min(28, gap * .4), y: box ? center + (i - (rows.length - 1) / 2) * step : rows[i].y }));
      const hub = box ? { x: box.x, y: center } : rows.length > 1 ? { x: ports[0].x, y: center } : { x: Math.round(x), y: rows[0]?.y ?? center };
      groups.push({ station: k, label: stations[k].label, main: k === main, x: Math.round(x), right: Math.round(x + widths[c]), headY: y - 4, rows, ports, hub, box });
      y += pitch * counts[k];
    }
    x += widths[c];
  });
  groups.sort((a, b) => a.station - b.station);
  const spread = Math.min((H - top - foot) * .84, 380);
  const clients = Array.from({ length: CLIENTS }, (_, k) => ({ x: pad + 8, y: mid + (k / (CLIENTS - 1) - .5) * spread }));
  const lead = groups[main], left = lead.box?.x ?? pad + 40;
  return { kind: 'across', W, H, pad, top, foot, wide, medium, clients, groups, places: new Map(), tray: { x: left, y: H - foot - 10, w: lead.x - left - 24 } };
}

/** @param {number} i @param {number} group @param {number} x @param {number} top @param {number} pitch @param {ReturnType<typeof block>} b @returns {Place} */
function rowAt(i, group, x, top, pitch, b) {
  const bar = Math.round(clamp(pitch - 26, 8, 24)), y = Math.round(top + pitch / 2 + 9);
  const wx = x + b.queue + 12, ux = wx + b.workers + b.gap, rx = ux + b.util + b.gap;
  return { i, group, x, right: b.rug ? rx + b.rug : b.util ? ux + b.util : wx + b.workers, y, top, h: pitch, bar, qx: x, qw: b.queue, wx, ww: b.workers, ux, uw: b.util, rx, rw: b.rug };
}

/** @param {Station[]} stations @param {number[]} counts @param {{W: number, H: number, pad: number, ruler: boolean}} size @returns {Layout} */
function stacked(stations, counts, { W, H, pad, ruler }) {
  const top = 118, foot = ruler ? 62 : 34, start = firsts(stations), main = mainOf(stations), x = 58;
  const total = Math.max(1, counts.reduce((a, b) => a + b, 0)), pitch = (H - top - foot - (stations.length - 1) * GAP) / total;
  const util = 46, workers = 74, gap = 12, b = { queue: W - pad - x - util - workers - gap - 12, workers, gap, util, rug: 0 };
  const box = { x: pad, y: 62, w: W - pad * 2, h: 38 };
  let y = top, passed = 0;
  const groups = stations.map((s, k) => {
    const rows = Array.from({ length: counts[k] }, (_, i) => rowAt(start[k] + i, k, x, y + pitch * i, pitch, b));
    const ports = rows.map((_, i) => ({ x: pad + 8 + (total - 1 - passed - i) * Math.min(5, 40 / total), y: box.y + box.h }));
    const hub = { x: box.x + box.w / 2, y: box.y };
    const group = { station: k, label: s.label, main: k === main, x, right: W - pad, headY: y - 4, rows, ports, hub, box: k === main ? box : null };
    passed += counts[k];
    y += pitch * counts[k] + GAP;
    return group;
  });
  const clients = Array.from({ length: CLIENTS }, (_, k) => ({ x: pad + 64 + k * (W - pad * 2 - 72) / (CLIENTS - 1), y: 18 }));
  return { kind: 'stacked', W, H, pad, top, foot, wide: false, medium: false, clients, groups, places: new Map(), tray: { x: pad, y: H - foot + 18, w: W - pad * 2 } };
}

/** The server whose instrument is at a point, -1 for none. @param {Layout} L @param {number} x @param {number} y */
export function serverAt(L, x, y) {
  for (const r of L.places.values()) if (x > r.x - 10 && x < r.right + 6 && y > r.top && y < r.top + r.h) return r.i;
  return -1;
}
