// simulation-panel.js — <simulation-panel>: one live simulation. The server simulates, this plays.
//
// For scripts and tests: `playhead` (simulated seconds), `experiment` ({seed, timeline}), `readouts` (the latest
// segment's), `segments` (those that are buffered), `state` ("open", "lost", "closed").

import { Connection } from './connection.js';
import { Controls, make } from './controls.js';
import { percentiles, plotly, queues } from './charts.js';
import { Playback } from './playback.js';
import { Stage, describe } from './stage.js';

const SPEEDS = [.05, .1, .25, .5, 1, 2, 5, 10, 30, 60];
const AHEAD = 1.2;                       // seconds of wall time that are asked for ahead
const still = matchMedia('(prefers-reduced-motion: reduce)');

class SimulationPanel extends HTMLElement {
  connectedCallback() {
    const data = this.querySelector('script[type="application/json"]');
    if (!data?.textContent || this.playback) return;
    this.scenario = JSON.parse(data.textContent);
    this.compact = this.hasAttribute('compact');
    this.playback = new Playback(this.scenario);
    /** @type {any[]} */ this.timeline = this.scenario.opening ?? [];
    this.seed = this.scenario.seed;
    this.state = 'new';
    this.playing = false;
    this.asked = 0;                      // until when segments were asked for, ms
    this.waiting = 0;                    // when the last question was sent, wall ms
    this.delay = 40;                     // ms of a round trip, measured
    this.serial = 0;
    /** @type {Map<number, string>} */ this.touched = new Map();
    /** @type {Record<string, any>} */ this.settings = {};
    this.#build();
    this.connection = new Connection(this.getAttribute('path') ?? '', () => this.#opening());
    this.connection.addEventListener('message', e => this.#hear(/** @type {CustomEvent} */ (e).detail));
    this.connection.addEventListener('state', e => this.#connected(/** @type {CustomEvent} */ (e).detail));
    new IntersectionObserver(seen => {
      this.visible = seen[0].isIntersecting;
      if (this.visible) this.connection?.open();
    }, { rootMargin: '200px' }).observe(this);
  }

  get playhead() { return (this.playback?.now ?? 0) / 1000; }
  get experiment() { return { seed: this.seed, timeline: this.timeline }; }
  get segments() { return this.playback?.segments ?? []; }
  get readouts() { return this.segments.at(-1)?.readouts ?? {}; }

  #build() {
    const id = this.id, part = (/** @type {string} */ name) => /** @type {any} */ (this.querySelector(`[data-part="${name}"]`));
    part('live').hidden = false;
    part('still')?.remove();
    this.stage = new Stage(part('canvas'), { servers: this.scenario.stations[0].servers, ruler: true });
    this.controls = new Controls(part('controls'), this.scenario, id);
    this.controls.addEventListener('touch', e => this.#touch(/** @type {CustomEvent} */ (e).detail));
    this.controls.addEventListener('target', () => { this.stage.selected = +this.controls.target.value - 1; });
    if (!this.compact) this.stage.selected = +(this.controls.target?.value ?? 0) - 1;
    this.says = part('says');
    this.spoken = part('spoken');
    this.clock = part('clock');
    this.playButton = part('play');
    this.playButton.addEventListener('click', () => this.play(!this.playing));
    part('step').addEventListener('click', () => { this.play(false); this.#ask(this.playback.now + 40 * this.speed * 10); this.playback.advance(Math.min(this.playback.end, this.playback.now + 40 * this.speed * 5)); this.#draw(0); });
    part('restart').addEventListener('click', () => this.#restart());
    part('copy')?.addEventListener('click', () => this.#copy());
    const speed = part('speed');
    for (const value of SPEEDS) speed.append(make('option', { value: String(value), selected: value === this.scenario.speed }, value < 1 ? `1/${Math.round(1 / value)}×` : `${value}×`));
    this.speed = this.scenario.speed;
    this.playback.pace(this.speed);
    speed.addEventListener('change', () => { this.speed = +speed.value; this.playback.pace(this.speed); this.asked = this.playback.end; });
    this.readoutsBox = part('readouts');
    this.tiles = Object.fromEntries(this.scenario.readouts.map((/** @type {any} */ r) => {
      const value = make('b', {}, '–'), theory = make('div', { className: 'th' });
      this.readoutsBox.append(make('div', { className: 'readout' }, make('dt', {}, r.label), make('dd', {}, make('div', { className: 'v' }, value, make('span', {}, r.unit)), theory)));
      return [r.name, { r, value, theory }];
    }));
    const plots = part('charts');
    if (!this.compact) new IntersectionObserver(async (seen, watch) => {
      if (!seen.some(s => s.isIntersecting)) return;
      watch.disconnect();
      this.Plotly = await plotly(this.getAttribute('plotly') ?? '').catch(() => /** @type {any} */ (null));
    }, { rootMargin: '300px' }).observe(plots);
    this.plots = [part('latency'), part('queues')];
    new ResizeObserver(() => { this.stage.measure(); this.#draw(0); }).observe(part('canvas'));
    document.addEventListener('themechange', () => { this.stage.readTheme(); this.#draw(0); });
    document.fonts.ready.then(() => { this.stage.readTheme(); this.#draw(0); });
    document.addEventListener('visibilitychange', () => { this.last = performance.now(); });
  }

  #opening() {
    const link = this.timeline.length || this.playback.end ? this.timeline : [];
    const from = this.playhead;
    this.waiting = performance.now();
    this.fresh = true;
    return { type: 'open', seed: this.seed, timeline: link, from, until: from + AHEAD * this.speed + 4 * this.playback.hop / 1000 };
  }

  /** @param {string} state */
  #connected(state) {
    this.state = state;
    if (state === 'lost') this.#say('The connection was lost. It comes back by itself, and the run goes on where it is.');
    else if (state === 'open') this.#say('');
  }

  /** @param {any} message */
  #hear(message) {
    const took = performance.now() - this.waiting;
    if (this.waiting) this.delay += (Math.min(400, took) - this.delay) * .3;
    this.waiting = 0;
    if (message.type === 'error') { this.#refused(message); return; }
    const first = !this.playback.end;
    if (message.timeline) this.timeline = message.timeline;
    if (message.servers.queue_length.length !== this.stage.n) { this.stage.n = message.servers.queue_length.length; this.stage.measure(); }
    this.playback.add(message, this.fresh && message.reply === 'open');
    if (message.reply === 'open') this.fresh = false;
    this.asked = this.playback.end;
    this.settings = message.settings;
    this.theory = message.theory;
    if (!message.id || message.id === this.serial) { this.controls.print(message.settings); this.touched.clear(); }
    this.playback.advance(this.playback.now);
    this.#read();
    this.#draw(0);
    if (first && this.hasAttribute('autoplay') && !still.matches) this.play(true);
  }

  /** @param {any} message */
  #refused(message) {
    this.#say(message.message, true);
    if (message.control) this.controls.restore(message.control, this.settings[message.control] ?? this.scenario.controls.find((/** @type {any} */ c) => c.name === message.control)?.default);
    if (message.code === 'too_expensive') { this.play(false); }
    this.asked = this.playback.end;
  }

  /** @param {{control: string, value: any}} what */
  #touch({ control, value }) {
    const at = Math.min(this.playhead + (this.playing ? this.delay / 1000 * this.speed : 0), this.playback.end / 1000);
    const until = at + AHEAD * this.speed + 4 * this.playback.hop / 1000;
    this.waiting = performance.now();
    this.#say('');
    if (!this.connection?.send({ type: 'change', at: +at.toFixed(6), control, value, until: +until.toFixed(6), id: ++this.serial })) {
      this.#say('There is no connection right now; the change was not made.', true);
      this.controls.restore(control, this.settings[control]);
    }
  }

  /** Ask for what comes next, up to `until` ms. @param {number} until */
  #ask(until) {
    if (this.asked > this.playback.end || until <= this.playback.end || !this.connection?.ready) return;
    this.asked = until;
    this.waiting = performance.now();
    this.connection.send({ type: 'play', from: this.playback.end / 1000, until: until / 1000 });
  }

  /** @param {boolean} on */
  play(on) {
    this.playing = on;
    this.playButton.querySelector('span').textContent = on ? 'Pause' : 'Play';
    this.playButton.setAttribute('aria-pressed', String(on));
    this.connection?.open();
    this.last = performance.now();
    if (on) requestAnimationFrame(t => this.#frame(t));
  }

  /** @param {number} t */
  #frame(t) {
    if (!this.playing || !this.isConnected) return;
    const dt = Math.min(64, t - (this.last ?? t));
    this.last = t;
    if (this.visible && !document.hidden && this.playback.end) {
      const lead = 2 * this.playback.hop;
      const to = Math.min(this.playback.now + dt * this.speed, Math.max(this.playback.now, this.playback.end - lead));
      this.playback.advance(to);
      if (this.playback.end - to < AHEAD * 1000 * this.speed * .7 + lead) this.#ask(this.playback.end + AHEAD * 1000 * this.speed);
      if (!still.matches || t - (this.painted ?? 0) > 500) { this.painted = t; this.#draw(dt); }
      if (t - (this.readAt ?? 0) > 250) { this.readAt = t; this.#read(); }
      if (t - (this.spokeAt ?? 0) > 5000) { this.spokeAt = t; this.spoken.textContent = describe(this.playback, this.readouts); }
    }
    requestAnimationFrame(next => this.#frame(next));
  }

  /** @param {number} dt */
  #draw(dt) {
    if (!this.playback.servers.length) return;
    this.stage.draw(this.playback, { dt, speed: this.speed, still: still.matches });
    this.clock.textContent = `${this.playhead.toFixed(2)} s`;
  }

  #read() {
    const row = this.playback.history.findLast((/** @type {any} */ h) => h.t <= this.playback.now + 1) ?? this.playback.history[0];
    if (!row) return;
    const worst = Math.max(50, ...this.playback.history.slice(-60).map((/** @type {any} */ h) => (h.p95 ?? 0) * 2000));
    this.playback.rug = [100, 200, 400, 1000, 2000, 4000, 10000].find(n => n >= worst) ?? 10000;
    for (const { r, value, theory } of Object.values(this.tiles)) {
      const measured = row[r.name] ?? (r.name === 'cost_per_hour' ? this.readouts.cost_per_hour : null);
      value.textContent = measured == null ? '–' : (measured * r.scale).toLocaleString('en', { minimumFractionDigits: r.digits, maximumFractionDigits: r.digits });
      const said = this.theory?.[r.name];
      theory.textContent = said != null ? `theory says ${(said * r.scale).toLocaleString('en', { maximumFractionDigits: r.digits })}` : '';
    }
    this.readoutsBox.title = this.theory?.holds ? `Theory: ${this.theory.name}` : `No theory: ${this.theory?.why ?? ''}`;
    if (this.Plotly && this.plots[0].clientWidth) {
      const end = this.playback.now / 1000, length = Math.max(2, 12 * Math.max(.1, this.speed));
      const span = /** @type {[number, number]} */ ([Math.max(0, end - length), Math.max(length, end)]);
      const rows = this.playback.history.filter((/** @type {any} */ h) => h.t <= this.playback.now && h.t >= span[0] * 1000);
      percentiles(this.Plotly, this.plots[0], rows, this.playback.events, span, this.theory);
      queues(this.Plotly, this.plots[1], rows, this.playback.events, span, this.playback.servers.length);
    }
  }

  #restart() {
    this.timeline = [];
    this.playback.reset();
    this.playback.pace(this.speed);
    this.asked = 0;
    this.stage.tray = [];
    this.connection?.send({ ...this.#opening(), timeline: [], from: 0 });
  }

  async #copy() {
    const url = `${location.origin}${location.pathname}#${this.id}`;
    try { await navigator.clipboard.writeText(url); this.#say('The link is copied.'); } catch { this.#say(url); }
  }

  /** @param {string} text @param {boolean} bad */
  #say(text, bad = false) {
    this.says.textContent = text;
    this.says.classList.toggle('no', bad);
  }
}

customElements.define('simulation-panel', SimulationPanel);
