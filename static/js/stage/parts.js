// parts.js — one server's instrument in lengths: name, queue, workers, utilisation, latency, from left to right.

/** @import {Place} from '../panel/types.js' */

/** @param {number} v @param {number} low @param {number} high */
export const clamp = (v, low, high) => Math.max(low, Math.min(high, v));

/** @typedef {{queue: number, workers: number, gap: number, util: number, rug: number, name: number}} Block the widths of one server's parts */

/** @param {Block} b */
export const widthOf = b => b.name + b.queue + (b.queue ? 12 : 0) + b.workers + (b.util ? b.gap + b.util : 0) + (b.rug ? b.gap + b.rug : 0);

/** @param {number} i @param {number} group @param {number} sub @param {number} x @param {number} top @param {number} pitch @param {Block} b @returns {Place} */
export function rowAt(i, group, sub, x, top, pitch, b) {
  const dense = b.name > 0, bar = dense ? 10 : Math.round(clamp(pitch - 26, 8, 24)), y = Math.round(top + pitch / 2 + (dense ? 0 : 9));
  const qx = x + b.name, wx = qx + (b.queue ? b.queue + 12 : 0), ux = wx + b.workers + b.gap, rx = ux + b.util + b.gap;
  const right = b.rug ? rx + b.rug : b.util ? ux + b.util : wx + b.workers;
  return { i, group, x, right, y, top, h: pitch, bar, qx, qw: b.queue, wx, ww: b.workers, ux, uw: b.util, rx, rw: b.rug, dense, sub, lane: Math.round(top + pitch) };
}
