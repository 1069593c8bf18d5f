// traffic.js — requests on their way, and lost ones: each is marked where it was lost, then falls into the counted tray.

/** @import {Curve, How, Point} from '../panel/types.js' */
/** @import {Scene} from './stage.js' */

import { clamp } from './geometry.js';
import { inward, outward, point } from './paths.js';
import { ticks } from './server.js';

/** @typedef {{how: How, x: number, y: number, vx: number, vy: number, spin: number, turn: number, held: number}} Falling */

export const WORDS = /** @type {Record<How, string>} */ ({ full: 'turned away', refused: 'refused', failed: 'failed', timeout: 'timed out' });
const ORDER = /** @type {How[]} */ (['failed', 'full', 'refused', 'timeout']);
const HELD = 260;                        // ms of wall time that a mark stays where the request was lost
const MOST = 40;

/** Dots; at high speed they stretch into streaks, so that the eye still reads the direction. @param {Scene} scene @param {number} speed */
export function travellers(scene, speed) {
  const { pen, k, L } = scene, { g, c } = pen;
  const streak = clamp((speed - .2) / 2, 0, 1) * .5;
  for (const trip of k.trips) {
    const to = L.places.get(trip.server), group = to && L.groups[to.group];
    if (!to || !group) continue;
    const back = trip.from >= 0 ? L.places.get(trip.from) : null;
    const a = back ? { x: back.right, y: back.y } : L.clients[trip.client % L.clients.length];
    const n = group.rows.indexOf(to), legs = trip.leg === 'out' ? [] : [inward(L, a, group)];
    if (trip.leg !== 'in' && (group.box || group.rows.length > 1 || L.kind === 'stacked')) legs.push(outward(L, group, n));
    if (!legs.length) continue;
    const s = k.servers[trip.server], { pitch } = ticks(s, to), free = s.slots.filter(Boolean).length < s.workers;
    const stop = s.state === 'down' || s.state === 'boot' ? to.x : free ? to.wx : Math.max(to.x, to.qx + to.qw - (s.queue.length + .5) * pitch);
    const u = clamp((k.now - trip.begin) / Math.max(.001, trip.t - trip.begin), 0, 1);
    if (trip.leg === 'in') { const q = point(legs[0], u); pen.dot(q.x, q.y, trip.again); continue; }
    const p = along(legs, u, to.x, stop, to.y);
    if (streak > 0) {
      g.strokeStyle = c.req; g.lineWidth = 2.5; g.lineCap = 'round'; g.globalAlpha = .8;
      g.beginPath(); g.moveTo(p.x, p.y);
      for (let i = 1; i <= 6; i++) { const q = along(legs, Math.max(0, u - streak * i / 12), to.x, stop, to.y); g.lineTo(q.x, q.y); }
      g.stroke(); g.globalAlpha = 1;
    } else pen.dot(p.x, p.y, trip.again);
  }
}

const INSIDE = .19;                      // the share of a trip that lies inside the server, up to where it waits

/** @param {Curve[]} legs @param {number} u @param {number} x0 @param {number} x1 @param {number} y @returns {Point} */
function along(legs, u, x0, x1, y) {
  if (u >= 1 - INSIDE) return { x: x0 + (x1 - x0) * (u - 1 + INSIDE) / INSIDE, y };
  const v = u / (1 - INSIDE) * legs.length, n = Math.min(legs.length - 1, Math.floor(v));
  return point(legs[n], v - n);
}

/** Lost requests. Keeps what is falling and what lies in the tray; everything else it reads from the scene. */
export class Losses {
  constructor() {
    /** @type {Falling[]} */ this.falling = [];
    /** @type {{how: How, turn: number}[]} */ this.tray = [];
    this.dice = 7;
  }

  clear() { this.falling = []; this.tray = []; }

  #chance() { this.dice = (this.dice * 16807) % 2147483647; return this.dice / 2147483647; }

  /** @param {How} how */
  #land(how) { this.tray.push({ how, turn: (this.#chance() - .5) * 1.2 }); if (this.tray.length > 60) this.tray.shift(); }

  /** @param {Scene} scene @param {number} dt ms of wall time since the last frame */
  draw(scene, dt) {
    const { pen, k, L, still } = scene, floor = L.tray.y - 10, kick = L.kind === 'stacked' ? .3 : 1;
    for (const loss of k.losses.splice(0)) {
      const r = L.places.get(loss.server);
      if (!r || still || this.falling.length >= MOST) { this.#land(loss.how); continue; }
      const x = loss.where === 'worker' ? r.wx + 8 : loss.where === 'queue' ? r.qx + r.qw * .5 : r.x - 6;
      this.falling.push({ how: loss.how, x, y: r.y, vx: (-26 - this.#chance() * 60) * kick, vy: -70 - this.#chance() * 40, spin: 0, turn: (this.#chance() - .5) * 8, held: HELD });
    }
    const s = dt / 1000;
    this.falling = this.falling.filter(p => {
      if (p.held > 0) p.held -= dt;
      else { p.vy += 620 * s; p.x += p.vx * s; p.y += p.vy * s; p.spin += p.turn * s; }
      if (p.y > floor) { this.#land(p.how); return false; }
      pen.lost(p.how, p.x, p.y, 4.5, p.spin, 2);
      return true;
    });
    if (!scene.idle) this.#tray(scene);
  }

  /** @param {Scene} scene */
  #tray({ pen, k, L }) {
    const kinds = ORDER.filter(how => k.lost[how] > 0);
    if (!kinds.length) return;
    let { x } = L.tray;
    for (const how of kinds) {
      const label = `${Math.round(k.lost[how]).toLocaleString('en')} ${WORDS[how]}`;
      pen.lost(how, x + 5, L.tray.y - 4, 4, 0, 1.5);
      pen.text(label, x + 14, L.tray.y, { color: how === 'timeout' ? pen.c.slow : pen.c.down, weight: 500 });
      x += pen.width(label, 12, 500) + 26;
    }
    const room = Math.floor((L.tray.x + L.tray.w - x) / 7);
    for (let n = 0; n < Math.min(this.tray.length, room); n++) pen.lost(this.tray[n].how, x + n * 7, L.tray.y - 4, 2.5, this.tray[n].turn, 1.25);
  }
}
