// clock.js — the frames of a panel: moves every run to the same instant, and asks for no frame without a reason.

/** @import {SimulationPanel} from './element.js' */

import { describe } from './words.js';

export const still = matchMedia('(prefers-reduced-motion: reduce)');
const EVERY = { still: 500, read: 250, say: 5000 };      // ms of wall time
const LONGEST_FRAME = 64;

export class Clock {
  /** @param {SimulationPanel} panel */
  constructor(panel) {
    this.panel = panel;
    this.frame = 0;                      // the frame that is asked for, 0 for none
    this.last = 0;
    this.painted = this.readAt = this.spokeAt = 0;
  }

  wake() {
    const { panel } = this;
    this.last = performance.now();
    if (this.frame || !panel.transport.playing || !panel.visible || document.hidden) return;
    this.frame = requestAnimationFrame(t => this.#tick(t));
  }

  /** One frame. Without a reason for another one, none is asked for. @param {number} t */
  #tick(t) {
    const { panel } = this;
    this.frame = 0;
    if (!panel.transport.playing || !panel.isConnected || !panel.visible || document.hidden) return;
    this.frame = requestAnimationFrame(next => this.#tick(next));
    const dt = Math.min(LONGEST_FRAME, Math.max(0, t - this.last));
    this.last = t;
    if (!panel.runs.every(run => run.known)) return;
    const to = Math.min(panel.run.playback.now + dt * panel.transport.speed, ...panel.runs.map(run => run.reach));
    for (const run of panel.runs) { run.playback.advance(Math.max(run.playback.now, to)); run.provide(); }
    if (!still.matches || t - this.painted > EVERY.still) { this.painted = t; panel.draw(dt); }
    if (t - this.readAt > EVERY.read) { this.readAt = t; panel.tell(); }
    if (t - this.spokeAt > EVERY.say) this.speak(describe(panel.runs));
  }

  /** @param {string} text for those who hear the page; what it says next comes five seconds later */
  speak(text) {
    this.spokeAt = performance.now();
    this.panel.piece('spoken').textContent = text;
  }

  async step() {
    const { panel } = this;
    panel.transport.play(false);
    const to = panel.run.playback.now + 200 * panel.transport.speed;
    for (const run of panel.runs) run.reachFor(to);
    for (let n = 0; n < 40 && panel.runs.some(run => run.reach < to); n++) await new Promise(done => setTimeout(done, 25));
    for (const run of panel.runs) run.playback.advance(Math.min(to, run.playback.end));
    panel.draw(0);
    panel.tell(true);
  }
}
