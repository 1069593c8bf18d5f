// run.js — one run: its experiment, its connection, what was sent for and what is buffered. It has no clock of its own.

/** @import {Scenario, Segment} from './types.js' */

import { LEAD, SPARE, endAfter, lengthAt } from './ahead.js';
import { Changes } from './changes.js';
import { Connection } from './connection.js';
import { Playback } from './playback.js';
import { Questions } from './questions.js';
import { settingsAt, theoryAt } from './script.js';

/** Tells "segment" and "refused" (with the message), "state" ("open", "slow", "lost", "resting", "closed"). */
export class Run extends EventTarget {
  /** @param {string} path @param {Scenario} scenario @param {{seed?: number, timeline?: any[], link?: string, at?: number, past?: Playback, speed: number}} from at
   * `at`, s, or where another run stands, with its `past` */
  constructor(path, scenario, { seed = scenario.seed, timeline = [], link = '', at = 0, past, speed }) {
    super();
    this.scenario = scenario;
    this.playback = new Playback(scenario);
    this.playback.now = at * 1000;
    if (past) this.playback.inherit(past);
    this.seed = seed;
    this.timeline = timeline;
    this.link = link;                    // opens the first time; afterwards the one that the server gives
    this.linked = !!link;
    this.state = 'new';
    this.delay = 40;                     // ms of a round trip, measured
    this.serial = this.heard = 0;        // of the last question with a number, and of the last answer to one
    this.asked = 0;                      // until when segments were asked for, ms
    this.sent = 0;                       // when the last question was sent, wall ms
    this.opens = this.finer = 0;         // the numbers of the questions from whose answers the system is built, while they are not answered
    this.shut = false;                   // an opening was refused: there is nothing to ask until the next one
    this.touched = 0;                    // where the last change was made, s: the server drops what lies after a change
    /** @type {Record<string, any>} */ this.settings = { ...scenario.preset };
    this.changes = new Changes();
    this.questions = new Questions();
    this.speed = speed;
    this.playback.pace(speed);
    this.connection = new Connection(path, () => this.#opening());
    this.connection.addEventListener('message', e => this.#hear(/** @type {CustomEvent} */ (e).detail));
    this.connection.addEventListener('state', e => this.#turned(/** @type {CustomEvent} */ (e).detail));
  }

  get playhead() { return this.playback.now / 1000; }
  get experiment() { return { seed: this.seed, timeline: this.timeline }; }
  /** The settings at the playhead: those that a script still has ahead are not shown before their time. */
  get current() { return settingsAt(this.settings, this.timeline, Math.max(this.playhead, this.touched), this.scenario); }
  /** What theory says of the settings at the playhead. */
  get theory() { return theoryAt(this.playback.current, this.playback.passed, this.timeline, this.playhead); }
  /** How much of the timeline has been played. */
  get played() { return this.timeline.filter(([at]) => at <= Math.max(this.playhead, this.touched)).length; }
  get known() { return this.playback.end > 0; }

  /** @param {number} speed simulated seconds per second */
  pace(speed) {
    const slower = speed < this.speed && (this.playback.current?.sample ?? 1) > 1;
    this.speed = speed;
    this.playback.pace(speed);
    this.asked = this.playback.end;
    if (slower && this.ready) this.#finer();
  }

  /** What is buffered holds only a sample of the requests: at a lower speed more of them are drawn, so it is asked for again. */
  #finer() {
    this.finer = ++this.serial;
    this.sent = performance.now();
    this.connection.send({ type: 'play', id: this.finer, from: +this.playhead.toFixed(6), until: this.#until(this.playhead) });
  }

  /** Whether something can be asked. */
  get ready() { return this.connection.ready && !this.shut; }
  open() { this.connection.open(); }
  #begin() { if (this.connection.ready) this.connection.send(this.#opening()); else this.open(); }
  leave() { this.connection.leave(); this.questions.drop(); }

  /** @param {number} at s */
  #until(at) { return endAfter(at, this.speed, this.playback.hop); }

  #opening() {
    this.sent = performance.now();
    this.shut = false;
    this.opens = ++this.serial;
    this.finer = 0;
    this.changes.back();                                                   // what is not answered by now is lost, or void
    const where = { type: 'open', id: this.opens, from: this.playhead, until: this.#until(this.playhead) };
    return this.linked ? { ...where, link: this.link } : { ...where, seed: this.seed, timeline: this.timeline };
  }

  /** @param {string} state of the connection */
  #turned(state) {
    this.state = state;
    if (state !== 'open' && state !== 'slow') this.questions.drop();
    this.#say('state', state);
    if (state === 'resting' && this.changes.any) this.open();              // a touch crossed the word of its rest
  }

  /** @param {any} message */
  #hear(message) {
    if (this.sent) this.delay += (Math.min(400, performance.now() - this.sent) - this.delay) * .3;
    this.sent = 0;
    this.heard = message.id ?? this.heard;
    this.changes.answered(message);
    const opening = message.id === this.opens, fresh = opening || message.id === this.finer;
    if (opening) this.opens = 0;
    else if (fresh) this.finer = 0;
    if (this.questions.answered(message)) return;
    if (message.type === 'error') this.#refused(message, opening);
    else if (!this.opens && (!this.finer || message.reply !== 'play')) this.#took(message, fresh);      // else asked for before that
  }

  /** @param {Segment} message @param {boolean} fresh whether the picture is built from it */
  #took(message, fresh) {
    if (message.timeline) { this.timeline = message.timeline; this.seed = message.seed ?? this.seed; this.link = message.link ?? ''; this.linked = false; }
    this.playback.add(message, fresh);
    if (message.reply === 'change') this.playback.since = message.from * 1000;
    this.asked = this.playback.end;
    this.settings = message.settings;
    this.playback.advance(this.playback.now);
    for (const [control, value] of this.changes.take()) this.change(control, value, false);
    if (message.sample > 1 && message.until - message.from > 2 * lengthAt(this.speed)) this.#finer();      // asked for before it was slowed down
    this.#say('segment', message);
  }

  /** @param {any} message @param {boolean} opening whether it was the opening that was refused: it is asked for again, and nothing before */
  #refused(message, opening) {
    const again = () => { if (!opening) this.asked = this.playback.end; else if (this.shut) this.#begin(); };
    this.shut ||= opening;
    if (message.code === 'bad_link') this.linked = false;
    if (opening) this.#say('refused', message);                            // the panel may lower the speed
    if (message.code === 'too_many' && message.wait) setTimeout(again, message.wait * 1000);
    else if (opening ? message.code === 'bad_link' || message.longest : message.code !== 'idle') again();
    if (!opening) this.#say('refused', message);
  }

  /** Change a control at the playhead (while it plays: where the playhead will be when the answer comes), once it is known where that is.
   * @param {string} control @param {any} value @param {boolean} playing */
  change(control, value, playing) {
    const id = ++this.serial;
    if (!this.ready || this.opens || !this.known) { this.changes.wait(id, control, value); this.open(); return; }
    const ahead = playing ? this.delay / 1000 * this.speed : 0;
    const at = this.touched = Math.max(this.touched, +Math.min(this.playhead + ahead, this.playback.end / 1000).toFixed(6));      // as the timeline has it
    this.sent = performance.now();
    this.changes.ask(id, control, value);
    this.connection.send({ type: 'change', at, control, value, until: this.#until(at), id });
  }

  /** Make a change once more that was refused at a higher speed, unless another one came after it. @param {number} id of the refused message */
  repeat(id) { if (this.changes.last?.id === id) this.change(this.changes.last.control, this.changes.last.value, false); }

  /** Drop the changes that lie ahead, as a touch does. */
  cut() {
    const kept = this.timeline.filter(([at]) => at <= Math.max(this.playhead, this.touched));
    if (kept.length === this.timeline.length) return;
    this.timeline = kept;
    if (this.connection.ready) this.connection.send(this.#opening());
  }

  /** Ask for what is answered apart from the segments; null when the connection is lost. @param {object} question @returns {Promise<any>} */
  async ask(question) {
    const id = ++this.serial;
    return this.ready && this.connection.send({ ...question, id }) ? this.questions.put(id) : null;
  }

  /** How far the playhead may go without leaving what is known, ms. */
  get reach() { return Math.max(this.playback.now, this.playback.end - LEAD * this.playback.hop); }

  /** Send for what comes next when little is left before the playhead: what was simulated early is lost when a control moves. */
  provide() {
    const { playback } = this;
    if (!this.known || this.asked > playback.end || this.reach - playback.now > Math.max(SPARE, 3 * this.delay) * this.speed) return;
    this.#more(this.#until(playback.end / 1000));
  }

  /** Send for everything up to `at`, ms, whatever is left. @param {number} at */
  reachFor(at) { if (this.reach < at && this.asked <= this.playback.end) this.#more(this.#until(at / 1000)); }

  /** @param {number} until s */
  #more(until) {
    if (!this.ready && this.state === 'resting') this.open();
    if (!this.ready || this.opens || this.finer) return;                   // what comes next begins where their answer ends
    this.asked = until * 1000;
    this.sent = performance.now();
    this.connection.send({ type: 'play', from: this.playback.end / 1000, until });
  }

  /** Begin again: the lesson's opening unless a timeline is given. `kept`: changes that have no answer are still to be made.
   * @param {{seed?: number, timeline?: any[], speed?: number, kept?: boolean}} [how] */
  restart({ seed = this.seed, timeline = this.scenario.opening ?? [], speed = this.speed, kept = false } = {}) {
    this.seed = seed;
    this.timeline = timeline;
    this.linked = false;
    if (!kept) this.changes.clear();
    this.playback.reset();
    this.playback.now = this.touched = 0;
    this.pace(speed);
    this.#begin();
  }

  /** @param {string} type @param {any} detail */
  #say(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
