// traffic.js — requests on their way, and lost ones: each is marked where it was lost, then falls into the counted tray.

/** @import {How, Layout, Place, Point} from '../panel/types.js' */
/** @import {Way} from './paths.js' */
/** @import {Scene} from './stage.js' */

import { clamp } from './parts.js';
import { inward, outward, point, way } from './paths.js';
import { ticks } from './server.js';

/** @typedef {{how: How, x: number, y: number, vx: number, vy: number, spin: number, turn: number, held: number}} Falling */

export const WORDS = /** @type {Record<How, string>} */ ({ full: 'turned away', refused: 'refused', failed: 'failed', timeout: 'timed out', kept: 'kept back' });
const ORDER = /** @type {How[]} */ (['failed', 'full', 'refused', 'timeout', 'kept']);
const HELD = 260;                        // ms of wall time that a mark stays where the request was lost
const MOST = 40;

/** @type {WeakMap<Layout, Map<string, Way>>} */ const known = new WeakMap();

/** The way of a trip: from a client or a server to where a station takes it in, from there to its server, or both.
 * @param {Layout} L @param {{client: number, from: number, server: number, leg: string}} trip @param {Place} to @returns {Way} */
function wayOf(L, { client, from, server, leg }, to) {
  let ways = known.get(L);
  if (!ways) known.set(L, ways = new Map());
  const back = from >= 0 ? L.places.get(from) : undefined, key = `${back ? from : -1 - client % L.clients.length} ${server} ${leg}`;
  let found = ways.get(key);
  if (found) return found;
  const group = L.groups[to.group], start = back ?? L.clients[client % L.clients.length];
  const points = leg === 'out' ? [] : inward(L, start, group);
  if (leg !== 'in') points.push(...outward(L, group, group.rows.indexOf(to)));
  ways.set(key, found = way(points));
  return found;
}

/** Dots; at high speed they stretch into streaks, so that the eye still reads the direction. @param {Scene} scene @param {number} speed */
export function travellers(scene, speed) {
  const { pen, k, L } = scene, { g, c } = pen;
  const streak = clamp((speed - .2) / 2, 0, 1) * .4;
  for (const trip of k.trips) {
    const to = L.places.get(trip.server);
    if (!to) continue;
    const road = wayOf(L, trip, to), s = k.servers[trip.server], { pitch } = ticks(s, to), free = !s.queue.length && s.slots.filter(Boolean).length < s.workers;
    const stop = s.state === 'down' || s.state === 'boot' ? to.x : free ? to.wx : Math.max(to.qx, to.qx + to.qw - (s.queue.length + .5) * pitch);
    const u = clamp((k.now - trip.begin) / Math.max(.001, trip.t - trip.begin), 0, 1), inside = trip.leg === 'in' ? 0 : INSIDE;
    const p = along(road, u, to, stop, inside);
    if (streak > 0) {
      g.strokeStyle = c.req; g.lineWidth = 2.5; g.lineCap = 'round'; g.globalAlpha = .8;
      g.beginPath(); g.moveTo(p.x, p.y);
      for (let i = 1; i <= 10; i++) { const q = along(road, Math.max(0, u - streak * i / 20), to, stop, inside); g.lineTo(q.x, q.y); }
      g.stroke(); g.globalAlpha = 1;
    }
    if (!streak || trip.again) pen.dot(p.x, p.y, trip.again);
  }
}

const INSIDE = .19;                      // the share of a trip that lies inside the server, up to where it waits

/** @param {Way} road @param {number} u @param {Place} to @param {number} stop @param {number} inside @returns {Point} */
function along(road, u, to, stop, inside) {
  if (u <= 1 - inside) return point(road, u / (1 - inside));
  const from = to.dense ? Math.max(to.x, Math.min(to.qx, stop)) : to.x;
  return { x: from + (stop - from) * (u - 1 + inside) / inside, y: to.y };
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

  /** What falls lies in the tray: the places at which it was lost are elsewhere now. */
  settle() { for (const loss of this.falling.splice(0)) this.#land(loss.how); }

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
    const s = dt / 1000, crowded = L.groups.length > 1 || L.groups[0].rows.some(r => r.dense);      // nothing falls across other servers
    this.falling = this.falling.filter(p => {
      if (p.held > 0) p.held -= dt;
      else if (crowded) { this.#land(p.how); return false; }
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
      pen.text(label, x + 14, L.tray.y, { color: pen.losing(how), weight: 500 });
      x += pen.width(label, 12, 500) + 26;
    }
    const room = Math.floor((L.tray.x + L.tray.w - x) / 7);
    for (let n = 0; n < Math.min(this.tray.length, room); n++) pen.lost(this.tray[n].how, x + n * 7, L.tray.y - 4, 2.5, this.tray[n].turn, 1.25);
  }
}
