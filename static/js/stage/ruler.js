// ruler.js — simulated time scrolling from right to left under the picture, with what happened pinned to it.

/** @import {Scene} from './stage.js' */

/** @param {Scene} scene */
export function ruler({ pen, L, k }) {
  const { c } = pen, y = L.H - 28, x0 = L.pad, x1 = L.W - L.pad;
  const unit = k.tick, perMs = (L.wide ? 11 : 8) / unit, { now } = k, at = (/** @type {number} */ t) => x1 - (now - t) * perMs;
  pen.line(x0, y, x1, y, c['line-2']);
  /** @type {[number, number, string][]} */ const labels = [];     // newest first; older ones give way
  let edge = x1 - 34;
  for (let i = k.events.length - 1; i >= 0; i--) {
    const e = k.events[i], x = at(e.t);
    if (e.t > now || e.t === k.events[i + 1]?.t) continue;         // several at once are one mark, named by the last
    if (x < x0 + 4) break;
    const w = pen.width(e.label, 11, 500), left = Math.min(Math.max(x0, x - w / 2), edge - w - 8);
    pen.line(x, y - 6, x, y + 8, c.ink, 2);
    if (left < x0 || left + w < x - 14) continue;                 // no room: the mark alone
    labels.push([left, w, e.label]);
    edge = left;
  }
  const taken = (/** @type {number} */ x) => labels.some(([l, w]) => x > l - 18 && x < l + w + 18) || x < x0 + 16 || x > x1 - 50;
  /** @type {[number, number]|null} */ let first = null;           // where the leftmost number ends
  for (let n = Math.floor(now / unit); at(n * unit) >= x0 && n >= 0; n--) {
    const t = n * unit, big = n % 10 === 0;
    pen.line(at(t), y, at(t), y + (big ? 8 : n % 5 ? 3 : 5), c['line-2']);
    if (!big || taken(at(t))) continue;
    const number = (t / 1000).toFixed(unit < 100 ? 1 : 0);
    pen.text(number, at(t), y + 20, { size: 11, align: 'center' });
    first = [at(t), pen.width(number, 11)];
  }
  if (first) pen.text('s', first[0] + first[1] / 2 + 3, y + 20, { size: 11 });
  pen.text('now', x1, y + 20, { size: 11, align: 'right', color: c['ink-2'] });
  for (const [left, , label] of labels) pen.text(label, left, y + 20, { size: 11, weight: 500, color: c.ink });
}
