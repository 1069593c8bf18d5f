// stacked.js — the stage on a narrow canvas: clients on top, one station below the other. Requests come in at the left of a station,
// leave its servers at the right, and go down the right edge and back along the gap to the next one, as lines of text are read.

/** @import {Group, Layout, Station} from '../panel/types.js' */
/** @import {Block} from './parts.js' */

import { clamp, rowAt } from './parts.js';
import { CLIENTS, balanced, callersOf, firsts, keeps, mainOf, waits } from './stations.js';

const LEFT = 58;                         // the wires into the servers have the room left of it
const STRIP = 38, TURN = 30, BETWEEN = 16, FULL = 60, LINE = 24;

/** @param {Station[]} stations @param {number[]} counts @param {number} k */
function shape(stations, counts, k) {
  const total = counts.reduce((a, b) => a + b, 0), n = counts[k], dense = n > 6 || (total > 10 && n > 4), cols = dense && n > 12 ? 2 : 1;
  const strip = balanced(stations, k) ? STRIP : stations.length > 1 && stations[k].mark?.length === 1 ? 22 : 0;
  return { n, dense, cols, per: Math.ceil(n / cols), strip, pitch: dense ? LINE : FULL };
}

/** @param {Station[]} stations @param {number[]} counts @param {boolean} ruler */
export function stackedHeight(stations, counts, ruler) {
  const shapes = stations.map((_, k) => shape(stations, counts, k));
  return 62 + shapes.reduce((sum, s) => sum + s.strip + BETWEEN + s.per * s.pitch, 0) + (stations.length - 1) * TURN + (ruler ? 62 : 34);
}

/** @param {Station} s @param {boolean} dense @param {number} width @returns {Block} */
function block(s, dense, width) {
  if (!waits(s)) return { queue: 0, workers: dense ? clamp(width * .2, 24, 60) : 60, gap: 14, util: keeps(s) ? (dense ? 40 : 46) : 0, rug: 0, name: dense ? 46 : 0 };
  if (dense) { const util = width > 200 && s.kind === 'database' ? 84 : 38, workers = width > 200 ? 44 : 20; return { queue: width - 46 - 12 - workers - 8 - util, workers, gap: 8, util, rug: 0, name: 46 }; }
  return { queue: width - 46 - 74 - 24, workers: 74, gap: 12, util: 46, rug: 0, name: 0 };
}

/** @param {Station[]} stations @param {number[]} counts @param {{W: number, H: number, pad: number, ruler: boolean}} size @returns {Layout} */
export function stacked(stations, counts, { W, H, pad, ruler }) {
  const foot = ruler ? 62 : 34, start = firsts(stations), main = mainOf(stations), alone = stations.length === 1;
  let y = 62;
  /** @type {Group[]} */ const groups = stations.map((s, k) => {
    const { n: N, dense, cols, per, strip, pitch } = shape(stations, counts, k), cross = y - TURN + 6, boxed = balanced(stations, k);
    const between = 18, colW = (W - pad - LEFT - between * (cols - 1)) / cols, b = block(s, dense, colW);
    const box = boxed ? { x: pad, y, w: W - pad * 2, h: strip } : null, head = !boxed && strip ? { x: LEFT, y: y + 14 } : null, hub = { x: pad + 20, y };
    y += strip + BETWEEN;
    const rows = Array.from({ length: N }, (_, n) => rowAt(start[k] + n, k, Math.floor(n / per), Math.round(LEFT + Math.floor(n / per) * (colW + between)), y + pitch * (n % per), pitch, b));
    const room = LEFT - 8 - pad, apart = N > 12 ? 0 : Math.min(5, 40 / N, room / (N - 1 || 1));      // the upper servers have the inner wires
    const middle = Math.min(pad + 20, LEFT - 8 - (N - 1) / 2 * apart);                       // beside the name of a station, not through it
    const ports = rows.map((_, n) => ({ x: middle + ((N - 1) / 2 - n) * apart, y: box ? box.y + box.h : hub.y }));
    y += pitch * per + TURN;
    return { station: k, label: s.label, main: k === main, x: LEFT, right: W - pad, rows, ports, hub, box, hits: keeps(s), cross, from: callersOf(stations, k), head: alone ? null : head };
  });
  const clients = Array.from({ length: CLIENTS }, (_, k) => ({ x: pad + 64 + k * (W - pad * 2 - 72) / (CLIENTS - 1), y: 18 }));
  return { kind: 'stacked', W, H, pad, top: 62, foot, wide: false, medium: false, clients, groups, places: new Map(), tray: { x: pad, y: H - foot + 18, w: W - pad * 2 } };
}
