// view.js — one run as it is seen: its stage, the buttons and cards of its servers, its caption in a comparison.

/** @import {Run} from './run.js' */
/** @import {Controls} from './controls.js' */

import { Stage } from '../stage/stage.js';
import { Cards } from './card.js';

export class View {
  /** @param {HTMLElement} figure @param {Run} run @param {Controls} controls @param {{tone?: 'accent'|'b', compact?: boolean, chosen: (server: number) => void}} how */
  constructor(figure, run, controls, { tone = 'accent', compact = false, chosen }) {
    this.figure = figure;
    this.run = run;
    this.canvas = /** @type {HTMLCanvasElement} */ (figure.querySelector('canvas'));
    this.label = this.canvas.getAttribute('aria-label') ?? '';
    this.stage = new Stage(this.canvas, run.scenario.stations, { tone, ruler: true });
    this.cards = compact ? null : new Cards(/** @type {HTMLElement} */ (this.canvas.parentElement), this.stage, run, controls, chosen);
    this.resize = new ResizeObserver(() => { if (this.canvas.clientWidth !== this.stage.W) { this.stage.measure(); this.placed = null; this.redraw(); } });
    this.resize.observe(this.canvas);
    this.canvas.parentElement?.addEventListener('redraw', () => this.redraw());
    /** @type {any} */ this.placed = null;
    this.still = false;
    this.idle = false;
  }

  /** Say of which side of a comparison it is the picture, to those who hear it. @param {''|'A'|'B'} side */
  mark(side) {
    this.canvas.setAttribute('aria-label', side ? `${side}: ${this.label}` : this.label);
    this.cards?.mark(side);
  }

  /** @param {number} dt ms of wall time @param {number} speed */
  draw(dt, speed) {
    const { playback } = this.run;
    this.stage.draw(playback, { dt, speed, still: this.still, idle: this.idle || !playback.servers.length });
    if (this.cards && this.placed !== this.stage.L) { this.placed = this.stage.L; this.cards.place(); }
  }

  redraw() { this.draw(0, this.run.speed); }

  retheme() { this.stage.readTheme(); this.redraw(); }

  /** Forget what fell, and begin the height anew. */
  clear() { this.stage.losses.clear(); this.stage.most = this.stage.least = 0; }

  leave() {
    this.resize.disconnect();
    this.cards?.leave();
    this.cards?.layer.remove();
    this.cards?.card.remove();
  }
}
