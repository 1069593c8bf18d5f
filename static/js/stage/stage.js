// stage.js — one canvas with one run on it. A request keeps one identity through four marks: dot (travelling), tick (waiting),
// fill (being worked on), tick (answered, at its latency). A lost one is marked by shape where it was lost.

/** @import {Layout, Station} from '../panel/types.js' */
/** @import {Playback} from '../panel/playback.js' */

import { heightFor, layout, serverAt } from './geometry.js';
import { line } from './line.js';
import { Pen } from './pen.js';
import { ruler } from './ruler.js';
import { server } from './server.js';
import { firsts } from './stations.js';
import { Losses, travellers } from './traffic.js';
import { balancers, clients, headings, wires } from './wiring.js';

/** What the drawing functions share in one frame.
 * @typedef {{pen: Pen, L: Layout, k: Playback, idle: boolean, still: boolean, selected: number, hovered: number}} Scene */

export class Stage {
  /** @param {HTMLCanvasElement} canvas @param {Station[]} stations @param {{tone?: 'accent'|'b', ruler?: boolean, least?: number}} [options] */
  constructor(canvas, stations, { tone = 'accent', ruler = true, least = 0 } = {}) {
    this.canvas = canvas;
    this.stations = stations;
    this.first = firsts(stations);
    this.counts = stations.map(s => s.servers);
    this.pen = new Pen(canvas, tone);
    this.ruler = ruler;
    this.least = least;                  // px of height, so that two stages side by side can be alike
    this.losses = new Losses();
    this.selected = -1;
    this.hovered = -1;
    this.most = 0;
    this.measure();
  }

  readTheme() { this.pen.readTheme(); }

  /** Fit the canvas to its place and lay everything out again. */
  measure() {
    const { canvas } = this, W = canvas.clientWidth || 640;
    const pad = parseFloat(getComputedStyle(canvas).getPropertyValue('--lab-x')) * 16 || 16;      // the panel's own margin
    const wanted = heightFor(this.stations, this.counts, W, this.ruler);
    this.most = W === this.W ? Math.max(this.most, wanted) : wanted;                              // never shrinks while one plays
    const H = Math.max(this.most, this.least);
    this.dpr = Math.min(3, window.devicePixelRatio || 1);
    this.W = W; this.H = H;
    canvas.style.height = `${H}px`;
    canvas.width = Math.round(W * this.dpr);
    canvas.height = Math.round(H * this.dpr);
    this.L = layout(this.stations, this.counts, { W, H, pad, ruler: this.ruler });
    this.losses.settle();
  }

  /** Follow the number of servers. @param {Playback} k @returns {boolean} whether anything moved */
  fit(k) {
    const counts = this.first.map((first, n) => {
      let count = 0;
      for (let i = first; i < first + this.stations[n].max_servers; i++) if (k.servers[i]) count = i - first + 1;
      return Math.max(1, count);
    });
    if (counts.every((count, n) => count === this.counts[n])) return false;
    this.counts = counts;
    this.measure();
    return true;
  }

  /** @param {number} x @param {number} y css pixels in the canvas @returns {number} the server there, -1 for none */
  serverAt(x, y) { return serverAt(this.L, x, y); }

  /** @param {Playback} k @param {{dt?: number, speed?: number, still?: boolean, idle?: boolean}} [how] dt: ms of wall time since the last frame */
  draw(k, { dt = 0, speed = 1, still = false, idle = false } = {}) {
    if (this.fit(k)) dt = 0;
    const { pen, L } = this;
    /** @type {Scene} */ const scene = { pen, L, k, idle, still, selected: this.selected, hovered: this.hovered };
    pen.begin(this.W, this.H, this.dpr);
    headings(scene);
    wires(scene);
    clients(scene);
    balancers(scene);
    if (!still && !idle) travellers(scene, speed);
    for (const group of L.groups) group.rows.forEach((r, n) => { const s = k.servers[r.i]; if (s) (r.dense ? line : server)(scene, s, r, n === 0); });
    this.losses.draw(scene, dt);
    if (this.ruler && !idle) ruler(scene);
  }
}
