// element.js — <simulation-panel>: one live simulation. The server simulates, this plays.
//
// For scripts and tests: `playhead` (simulated seconds), `experiment` ({seed, timeline}), `readouts` (the latest
// segment's), `segments` (those that are buffered), `state` ("open", "slow", "lost", "resting", "closed").

/** @import {Scenario} from './types.js' */

import { Board } from './board.js';
import { Clock, still } from './clock.js';
import { Controls } from './controls.js';
import { Key } from './key.js';
import { Readouts } from './readouts.js';
import { Run } from './run.js';
import { Transport } from './transport.js';
import { View } from './view.js';
import { changed, tabulate } from './words.js';
import { linkFor } from './address.js';
import { Compare, settled } from './compare.js';
import { Phases } from './phases.js';
import { Prediction } from './predict.js';
import { saving } from './save.js';
import { shown } from './claimed.js';
import { Steps } from './steps.js';
import { heed, refused, wire } from './wiring.js';

export class SimulationPanel extends HTMLElement {
  connectedCallback() {
    const data = this.querySelector('script[type="application/json"]');
    if (!data?.textContent || this.runs) return;
    /** @type {Scenario} */ this.scenario = JSON.parse(data.textContent);
    this.path = this.getAttribute('path') ?? '';
    this.compact = this.hasAttribute('compact');
    /** @type {Run[]|null} */ this.edits = null;          // the runs that the controls move; null: all
    this.leaving = new AbortController();
    this.clock = new Clock(this);
    this.#build();
    this.near = new IntersectionObserver(seen => {
      this.visible = seen[seen.length - 1].isIntersecting;
      if (this.visible && this.dataset.phase !== 'predict') { for (const run of this.runs) run.open(); this.clock.wake(); }
    }, { rootMargin: '200px' });
    this.near.observe(this);
  }

  disconnectedCallback() {
    this.leaving?.abort();
    this.near?.disconnect();
    for (const run of this.runs ?? []) run.leave();
    for (const view of this.views ?? []) view.leave();
    this.board?.leave();
  }
  /** @param {string} name @returns {any} */
  piece(name) { return this.querySelector(`[data-part="${name}"]`); }

  get run() { return this.runs?.[0]; }
  get playhead() { return this.run?.playhead ?? 0; }
  get experiment() { return this.run.experiment; }
  get segments() { return this.run.playback.segments; }
  get readouts() { return this.segments.at(-1)?.readouts ?? {}; }
  get state() { return this.run?.state; }

  #build() {
    const { scenario, id } = this, part = this.piece.bind(this);
    part('live').hidden = false;
    part('still')?.remove();
    part('plain')?.remove();
    this.transport = new Transport(part, scenario.speed);
    this.transport.keys(this);
    const { link, at } = linkFor(this);
    this.runs = [this.follow(new Run(this.path, scenario, { link, at, timeline: scenario.opening ?? [], speed: scenario.speed }))];
    const names = Array.from({ length: 64 }, (_, i) => this.run.playback.name(i));
    this.controls = new Controls(part('controls'), scenario, id, names);
    this.views = [new View(part('stage'), this.run, this.controls, { compact: this.compact, chosen: i => { this.compare?.turn('a'); this.aim(i); } })];
    this.tiles = new Readouts(part('readouts'), scenario.readouts, part('warming'), part('theory'));
    this.key = this.compact ? null : new Key(part('key'));
    this.board = this.compact ? null : new Board(part('charts'), this.getAttribute('plotly') ?? '', id, scenario.charts, () => this.plot(true));
    if (!this.compact) this.aim(this.controls.server);
    wire(this);
    saving(this);
    this.phases = new Phases(this);
    this.phases.show('run');
    if (!this.compact) {
      this.compare = new Compare(this);
      if (scenario.claimed) shown(this, scenario.claimed.span);
      if (scenario.predict && !link) this.prediction = new Prediction(this, scenario.predict);
      if (scenario.steps?.length) this.steps = new Steps(this, scenario.steps, !!link);
    }
    heed(this);
  }

  calm() { for (const view of this.views) view.still = still.matches; }
  /** Hear what a run says. @param {Run} run */
  follow(run) {
    run.addEventListener('segment', e => this.#took(run, /** @type {CustomEvent} */ (e).detail));
    run.addEventListener('refused', e => refused(this, run, /** @type {CustomEvent} */ (e).detail));
    run.addEventListener('state', () => {
      if (run.state === 'lost') this.say('The connection was lost. It comes back by itself, and the run goes on where it is.', false, true);
      else if (run.state === 'slow') this.say('Waiting for the server. The run goes on where it is.', false, true);
      else if (run.state === 'open') this.say('');
    });
    return run;
  }

  /** @param {Run} run @param {any} message */
  #took(run, message) {
    if (run === this.run) this.controls.servers(i => !!run.playback.servers[i]);
    if (run === (this.edits?.[0] ?? this.run) && (message.id === undefined || message.id === run.serial)) {
      this.#print(run);
      if (message.reply === 'change') this.clock.speak(changed(this.runs, run, !this.edits));      // not each step of a slider that is dragged
    }
    if (message.reply !== 'play') this.tell(true);
    for (const view of this.views) view.redraw();
    if (!this.began) {
      this.began = true;
      this.transport.tell(this.playhead);
      this.dispatchEvent(new CustomEvent('ready'));
      if (this.hasAttribute('autoplay') && !still.matches) this.transport.play(true);
    }
  }

  /** The controls as the run that they move has them. @param {Run} run */
  #print(run) {
    this.printed = run.played;
    this.controls.print(run.current);
  }

  /** A control was moved. @param {{control: string, value: any}} what */
  touch({ control, value }) {
    this.say('');
    this.prediction?.part();
    for (const run of this.edits ?? this.runs) run.change(control, value, this.transport.playing);
  }

  /** Faults go to this server. @param {number} server */
  aim(server) {
    for (const view of this.views) view.stage.selected = server;
    this.controls.aim(server);
    for (const view of this.views) view.redraw();
  }

  /** @param {number} dt ms of wall time */
  draw(dt) {
    for (const view of this.views) view.draw(dt, this.transport.speed);
    this.transport.tell(this.playhead);
  }

  /** Figures, charts and the table at the playhead. @param {boolean} all whether every chart is drawn now */
  tell(all = false) {
    if (!this.run.known) return;
    for (const run of this.runs) run.playback.scaleRug();
    const moved = this.edits?.[0] ?? this.run;
    if (this.printed !== moved.played && moved.heard === moved.serial) this.#print(moved);       // not under a finger
    if (!this.compact) this.tiles.read(this.runs);
    this.key?.read(this.runs, this.views);
    for (const view of this.views) view.cards?.update();
    this.plot(all);
    const table = this.piece('table');
    if (table?.closest('details').open) tabulate(table, this.runs);
    this.dispatchEvent(new CustomEvent('told'));
  }

  /** @param {boolean} all */
  plot(all) { this.board?.draw(this.runs, { all, playing: this.transport.playing }); }

  /** Begin again, all runs alike. @param {{seed?: number, timeline?: any[], speed?: number}} [how] */
  restart(how = {}) {
    if (how.speed) this.transport.set(how.speed, false);
    const pair = this.runs.length > 1;               // in a comparison each keeps the settings that it has
    for (const run of this.runs) run.restart(pair ? { ...how, timeline: settled(run.timeline), kept: true } : how);
    for (const view of this.views) view.clear();
    if (how.seed) this.say(`A new seed, ${how.seed}: other requests, the same settings.`);
    this.board?.reset();
    this.key?.reset();
    this.transport.tell(0);
  }

  /** Play from the beginning, so fast that `span` simulated seconds take about fifteen. @param {{timeline?: any[], span: number}} how */
  begin({ timeline, span }) {
    const speed = this.transport.suited(span);
    this.restart(timeline ? { timeline, speed } : { speed });
    for (const view of this.views) view.stage.measure();
    this.transport.play(true);
  }

  /** @param {string} text @param {boolean} bad whether something was refused @param {boolean} over whether it passes: it lies over what stands below then,
   * so that nothing moves under a pointer */
  say(text, bad = false, over = false) {
    const says = this.piece('says');
    says.textContent = text;
    says.classList.toggle('no', bad);
    says.classList.toggle('passing', over);
    says.style.marginBottom = over ? `${-says.getBoundingClientRect().height}px` : '';
  }
}

customElements.define('simulation-panel', SimulationPanel);
