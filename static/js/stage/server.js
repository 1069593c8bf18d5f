// server.js — one server as a small instrument: name and numerals on the upper line, queue, workers, utilisation, latency below.

/** @import {Place, Server} from '../panel/types.js' */
/** @import {Scene} from './stage.js' */

import { clamp } from './parts.js';
import { TAU } from './pen.js';

export const STATE_WORD = { up: 'Up', slow: 'Slow', down: 'Down', boot: 'Booting', hung: 'Hangs', drain: 'Draining' };
const TONE = { up: 'up', slow: 'slow', down: 'down', boot: 'boot', hung: 'down', drain: 'boot' };

/** @param {Scene} scene @param {Server} s @param {Place} r @param {boolean} first in its group */
export function server(scene, s, r, first) {
  const { pen, idle } = scene, { c } = pen;
  if (!first) pen.line(r.x, r.top, r.right, r.top, c.line);
  const head = r.y - r.bar / 2 - 8, base = r.y + r.bar / 2, off = s.state === 'down' || s.state === 'boot';
  if (!idle && (scene.selected === s.i || scene.hovered === s.i)) {
    pen.fill(r.x - 5, head - 13, pen.width(s.name, 13, 600) + 10, 18, scene.selected === s.i ? c['accent-wash'] : c.sunken);
  }
  pen.text(s.name, r.x, head, { size: 13, weight: 600, color: c.ink });
  const after = r.x + Math.max(24, pen.width(s.name, 13, 600) + 9);
  glyph(scene, s, after + 4, head - 4.5);
  const { word, odd, tone } = says(s), quiet = s.primary ? 'primary' : word;
  if (odd) pen.text(word, after + 14, head, { color: c[tone], weight: 500 });
  if (r.qw) {
    const line = together(scene, s, r, odd ? '' : quiet, after + 14, after + (odd ? 22 + pen.width(word, 12, 500) : 10));
    if (line.quiet) pen.text(line.quiet, after + 14, head, { color: c['ink-2'] });
    queue(scene, s, r, head, base, off, line.count);
  }
  workers(scene, s, r, head, off);
  if (r.uw) (r.qw ? utilisation : hits)(scene, s, r, head, base, off);
  if (r.rw) rug(scene, s, r, head, base);
}

/** A server's state in a word, whether it is out of the ordinary, and its colour. @param {Server} s */
export function says(s) {
  const odd = s.state !== 'up' || s.failing;
  return { word: s.failing && s.state === 'up' ? 'Failing' : STATE_WORD[s.state], odd, tone: s.failing ? 'down' : TONE[s.state] };
}

/** The words above a queue that fit beside one another: of an ordinary state, and how many wait. That a queue is full comes first.
 * @param {Scene} scene @param {Server} s @param {Place} r @param {string} quiet @param {number} from where `quiet` would begin
 * @param {number} said where the count may begin without it @returns {{quiet: string, count: string}} */
function together({ pen, L, idle }, s, r, quiet, from, said) {
  const end = r.qx + r.qw, full = isFull(s), n = s.queue.length, count = n.toLocaleString('en'), beside = from + pen.width(quiet) + 8;
  if (idle || !n) return { quiet: quiet && from + pen.width(quiet) <= end ? quiet : '', count: '' };
  const words = full ? [`${count}, full`, count] : L.kind === 'across' && L.medium && r.qw > 140 ? [`${count} waiting`, count] : [count];
  const fits = (/** @type {number} */ at) => words.find(each => end - pen.width(each, 12, full ? 500 : 400) >= at) ?? '';
  const both = quiet ? fits(beside) : '', alone = fits(said);
  return both && (!full || both === alone) ? { quiet, count: both } : { quiet: '', count: alone };
}

/** @param {Server} s */
const isFull = s => s.limit > 0 && s.queue.length >= s.limit;

/** Queue: a rule whose length is the limit, one tick for each waiting request, taller the longer it waits.
 * @param {Scene} scene @param {Server} s @param {Place} r @param {number} head @param {number} base @param {boolean} off @param {string} count */
function queue({ pen, k, idle }, s, r, head, base, off, count) {
  const { c } = pen, end = r.qx + r.qw;
  const { pitch, shown } = ticks(s, r), start = Math.round(end - shown * pitch);
  if (start > r.x + 1) pen.line(r.x, r.y, start, r.y, c.line);
  pen.line(start, base, end, base, c['line-2']);
  for (let n = 0; n <= shown; n += 4) pen.line(end - n * pitch, base, end - n * pitch, base + (n % 8 ? 3 : 5), c['line-2']);
  const full = isFull(s);
  pen.line(start, base - r.bar, start, base, full ? c.down : c['line-2'], full ? 2 : 1);
  if (off) pen.hatch(start + 1, base - r.bar + 1, end - start - 2, r.bar - 2);
  if (idle) return;
  const low = r.bar * .38, rest = r.bar * .54;
  pen.g.fillStyle = c.req;
  for (let n = 0; n < Math.min(shown, s.queue.length); n++) {
    const h = low + rest * clamp((k.now - s.queue[n].joined) / (k.rug / 2), 0, 1);
    pen.g.fillRect(Math.round(end - (n + .5) * pitch) - 1, base - h, pitch > 4 ? 2 : 1, h);
  }
  if (count) pen.text(count, end, head, { align: 'right', color: full ? c.down : c['ink-2'], weight: full ? 500 : 400 });
}

/** How the queue's rule is divided. @param {Server} s @param {Place} r */
export function ticks(s, r) {
  const shown = Math.min(s.limit, Math.floor(r.qw / 4));
  return { shown, pitch: shown ? Math.min(8, r.qw / shown) : 8 };
}

/** Workers: wells that fill while a request is worked on; many of them are one well with a level.
 * @param {Scene} scene @param {Server} s @param {Place} r @param {number} head @param {boolean} off */
function workers(scene, s, r, head, off) {
  const { pen, idle } = scene, busy = wells(scene, s, r, off);
  if (idle || off) return;
  if (r.qw) pen.text(`${busy}/${s.workers}`, r.wx, head);
  else pen.text(`${busy} inside`, r.wx + 5, r.y + 4, { size: 11, color: pen.c['ink-2'] });
}

/** @param {Scene} scene @param {Server} s @param {Place} r @param {boolean} off @returns {number} how many are at work */
export function wells({ pen, k, idle, still }, s, r, off) {
  const { c } = pen, n = s.workers, top = Math.round(r.y - r.bar / 2), tone = s.state === 'slow' ? c.slow : c.req;
  const busy = s.slots.reduce((sum, q) => sum + (q ? 1 : 0), 0), gap = r.dense ? 2 : 3, w = Math.min(26, (r.ww - gap * (n - 1)) / n);
  const start = s.state === 'boot' ? clamp((k.now - s.boots[0]) / Math.max(1, s.boots[1] - s.boots[0]), 0, 1) : 0;
  if (w < 3 || !r.qw) {                  // too many to tell apart: how far the well is filled
    pen.fill(r.wx, top, r.ww, r.bar, c.sunken);
    if (off) pen.hatch(r.wx, top, r.ww, r.bar);
    if (!idle) pen.fill(r.wx, top, Math.round(r.ww * Math.min(1, busy / (r.qw ? n : Math.max(n, 64)))), r.bar, r.qw ? tone : c['accent-wash']);
    if (!idle && busy && !r.qw) pen.fill(r.wx, top, 2, r.bar, tone);
    if (start) pen.fill(r.wx, top + r.bar * (1 - start), 2, r.bar * start, c.boot);
    return busy;
  }
  for (let j = 0; j < n; j++) {
    const x = Math.round(r.wx + j * (w + gap)), width = Math.floor(w), q = idle ? null : s.slots[j];
    pen.fill(x, top, width, r.bar, c.sunken);
    if (off) pen.hatch(x, top, width, r.bar);
    if (q) {
      const part = still ? 1 : clamp((k.now - q.tStart) / Math.max(.001, q.tEnd - q.tStart), 0, 1), h = 3 + (r.bar - 3) * part;
      pen.fill(x, top + r.bar - h, width, h, tone);
    }
    if (start) pen.fill(x, top + r.bar * (1 - start), 2, r.bar * start, c.boot);
  }
  return busy;
}

/** How many of the requests a cache answers itself. @param {Scene} scene @param {Server} s @param {Place} r @param {number} head */
export function hits({ pen, idle }, s, r, head) {
  const { c } = pen, h = Math.min(8, r.bar / 2), part = s.hit ?? 0;
  if (!idle && s.hit != null) pen.text(`${Math.round(part * 100)} % hits`, r.ux, r.dense ? r.y + 4 : head, { size: r.dense ? 11 : 12, color: c['ink-2'] });
  if (r.dense) return;
  pen.fill(r.ux, r.y - h / 2, r.uw, h, c.sunken);
  if (!idle) pen.fill(r.ux, r.y - h / 2, r.uw * part, h, c['ink-2']);
}

/** @param {Scene} scene @param {Server} s @param {Place} r @param {number} head @param {number} base @param {boolean} off */
function utilisation({ pen, idle }, s, r, head, base, off) {
  const { c } = pen, part = off ? 0 : s.util, hot = part > .9, h = Math.min(8, r.bar / 2);
  if (!idle) pen.text(off ? '–' : `${Math.round(part * 100)} %`, r.ux, head, { color: hot ? c.slow : c['ink-2'], weight: hot ? 600 : 400 });
  pen.fill(r.ux, r.y - h / 2, r.uw, h, c.sunken);
  if (!idle) pen.fill(r.ux, r.y - h / 2, r.uw * Math.min(1, part), h, hot ? c.slow : c['ink-2']);
  if (r.bar < 16) return;
  for (let t = 0; t <= 4; t++) pen.line(r.ux + (r.uw - 1) * t / 4, base - 5, r.ux + (r.uw - 1) * t / 4, base - (t % 2 ? 2 : 0), c['line-2']);
}

/** Latency rug: one tick for each answer, the newest strongest. @param {Scene} scene @param {Server} s @param {Place} r @param {number} head @param {number} base */
export function rug({ pen, k, idle }, s, r, head, base) {
  const { c, g } = pen, max = k.rug, x = (/** @type {number} */ ms) => r.rx + (r.rw - 1) * Math.min(1, ms / max);
  pen.line(r.rx, base, r.rx + r.rw, base, c['line-2']);
  for (let t = 0; t <= 4; t++) pen.line(x(t * max / 4), base, x(t * max / 4), base + (t % 2 ? 3 : 5), c['line-2']);
  if (idle || !s.recent.length) return;
  let worst = 0;
  g.fillStyle = c.req;
  for (const d of s.recent) {
    const age = clamp((k.now - d.t) / (k.hop * 45), 0, 1), h = r.bar * (age < .03 ? .92 : .62);
    if (d.ms > worst) worst = d.ms;
    g.globalAlpha = 1 - .82 * age;
    g.fillRect(Math.round(x(d.ms)), base - h, 1.5, h);
  }
  g.globalAlpha = 1;
  if (head < 0) return;
  const beyond = worst > max;
  pen.text(`up to ${worst < 10 ? worst.toFixed(1) : Math.round(worst).toLocaleString('en')} ms`, r.rx, head, { color: beyond ? c.slow : c['ink-3'], weight: beyond ? 500 : 400 });
}

/** State by shape: circle up, triangle slow, cross down, dashed ring booting, bars hung, arrow draining. @param {Scene} scene @param {Server} s @param {number} x @param {number} y */
export function glyph({ pen }, s, x, y) {
  const { g, c } = pen;
  g.fillStyle = g.strokeStyle = s.failing ? c.down : c[TONE[s.state]]; g.lineWidth = 2;
  g.beginPath();
  if (s.state === 'down' || (s.failing && s.state === 'up')) { g.moveTo(x - 4, y - 4); g.lineTo(x + 4, y + 4); g.moveTo(x + 4, y - 4); g.lineTo(x - 4, y + 4); g.stroke(); }
  else if (s.state === 'up') { g.arc(x, y, 3.5, 0, TAU); g.fill(); }
  else if (s.state === 'hung') { g.fillRect(x - 4, y - 4.5, 3, 9); g.fillRect(x + 1, y - 4.5, 3, 9); }
  else if (s.state === 'drain') { g.moveTo(x - 4, y); g.lineTo(x + 4, y); g.moveTo(x, y - 4); g.lineTo(x + 4, y); g.lineTo(x, y + 4); g.stroke(); }
  else if (s.state === 'slow') { g.moveTo(x - 5, y - 4); g.lineTo(x + 5, y - 4); g.lineTo(x, y + 5); g.closePath(); g.fill(); }
  else { g.setLineDash([2.4, 2]); g.lineWidth = 1.75; g.arc(x, y, 4, 0, TAU); g.stroke(); g.setLineDash([]); }
}
