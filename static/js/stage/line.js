// line.js — one of many servers: the same instrument on a single line. Name, state, queue, workers, and one number.

/** @import {Place, Server} from '../panel/types.js' */
/** @import {Scene} from './stage.js' */

import { clamp } from './parts.js';
import { glyph, hits, rug, says, ticks, wells } from './server.js';

/** @param {Scene} scene @param {Server} s @param {Place} r */
export function line(scene, s, r) {
  const { pen, idle } = scene, { c } = pen, off = s.state === 'down' || s.state === 'boot', { word, odd, tone } = says(s), base = r.y + 4;
  pen.fill(r.x - 1, r.y - 8, r.qx - r.x - 3, 16, c.surface);           // what comes in passes behind the name
  if (!idle && (scene.selected === s.i || scene.hovered === s.i)) {
    pen.fill(r.x - 4, r.y - 9, pen.width(s.name, 12, 600) + 8, 17, scene.selected === s.i ? c['accent-wash'] : c.sunken);
  }
  pen.text(s.name, r.x, base, { weight: 600, color: c.ink });
  glyph(scene, s, r.x + 36, r.y);
  if (r.qw) queue(scene, s, r, off);
  wells(scene, s, r, off);
  if (idle) return;
  const at = { size: 11, align: /** @type {CanvasTextAlign} */ ('left') };
  if (odd) pen.text(word, r.qw ? r.ux : r.wx + r.ww + 8, base, { ...at, color: c[tone], weight: 500 });
  else if (!r.qw && r.uw) hits(scene, s, r, base);
  else if (r.uw) {
    const hot = s.util > .9;
    pen.text(s.primary && r.uw > 60 ? `${Math.round(s.util * 100)} %, primary` : `${Math.round(s.util * 100)} %`, r.ux, base, { ...at, color: hot ? c.slow : c['ink-2'], weight: hot ? 600 : 400 });
  }
  if (r.rw) rug(scene, s, r, -1, r.y + 5);
}

/** @param {Scene} scene @param {Server} s @param {Place} r @param {boolean} off */
function queue({ pen, k, idle }, s, r, off) {
  const { c } = pen, end = r.qx + r.qw, base = r.y + r.bar / 2, { pitch, shown } = ticks(s, r), start = Math.round(end - shown * pitch);
  const full = s.limit > 0 && s.queue.length >= s.limit;
  pen.line(start, base, end, base, c['line-2']);
  pen.line(start, base - r.bar, start, base, full ? c.down : c['line-2'], full ? 2 : 1);
  if (off) pen.hatch(start + 1, base - r.bar + 1, end - start - 2, r.bar - 2);
  if (idle || !s.queue.length) return;
  const count = s.queue.length, glance = count < 4 && pitch > 4;        // as many as one counts at a glance
  const label = glance ? '' : full ? `${count}, full` : String(count), clear = label ? r.qx + 8 + pen.width(label, 11, 500) : start;
  pen.g.fillStyle = c.req;
  for (let n = 0; n < Math.min(shown, count); n++) {
    const x = Math.round(end - (n + .5) * pitch) - 1, h = r.bar * (.4 + .55 * clamp((k.now - s.queue[n].joined) / (k.rug / 2), 0, 1));
    if (x < clear) break;
    pen.g.fillRect(x, base - h, pitch > 4 ? 2 : 1, h);
  }
  if (label) pen.text(label, r.qx + 4, r.y + 4, { size: 11, weight: 500, color: full ? c.down : c['ink-2'] });
}
